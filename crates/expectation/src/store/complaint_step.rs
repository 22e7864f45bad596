//! Steps that were taken with complaints here, and what each request was answered. Register: changes together with an entry.

use std::collections::BTreeSet;

use prost::Message;
use tenure_kernel::{RecordId, Tenant};
use tenure_proto::expectation::v1::{Complaint, ComplaintStepRecorded};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("step_id", Kind::Bytes),
    ("record_id", Kind::Bytes),
    ("request_id", Kind::Text),
    ("request_body", Kind::Bytes),
    ("payload", Kind::Bytes),
    ("answer", Kind::Bytes),
];

/// A request that took a step.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) id: String,
    /// What was asked for without its text, equal for equal requests.
    pub(crate) body: Vec<u8>,
}

/// A step, and what its request was answered.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) request_body: Vec<u8>,
    pub(crate) entry: ComplaintStepRecorded,
    pub(crate) answer: Complaint,
}

pub(crate) async fn insert(
    tx: &Tx,
    tenant: &Tenant,
    request: &Request,
    (entry, answer): (&ComplaintStepRecorded, &Complaint),
) -> Result<(), StoreError> {
    let mut insert = Insert::new("complaint_step", COLUMNS);
    insert.row([
        tenant.as_str().into(),
        entry.step_id.clone().into(),
        entry.record_id.clone().into(),
        request.id.as_str().into(),
        request.body.clone().into(),
        entry.encode_to_vec().into(),
        answer.encode_to_vec().into(),
    ]);
    tx.insert(insert).await.map(|_| ())
}

/// The step that a request took.
pub(crate) async fn of_request(
    query: &impl Query,
    tenant: &Tenant,
    request_id: &str,
) -> Result<Option<Taken>, StoreError> {
    let sql = "SELECT request_body, payload, answer FROM complaint_step WHERE tenant = ? AND request_id = ?";
    let row = query.first(sql, vec![tenant.as_str().into(), request_id.into()]).await?;
    row.map(|row| {
        let answer = Complaint::decode(row.get::<Vec<u8>>(2)?.as_slice());
        Ok(Taken {
            request_body: row.get(0)?,
            entry: read(&row.get::<Vec<u8>>(1)?)?,
            answer: answer.map_err(|_| StoreError::Row("complaint_step.answer".to_owned()))?,
        })
    })
    .transpose()
}

/// The steps under records, in no order.
pub(crate) async fn of_records(
    query: &impl Query,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<Vec<ComplaintStepRecorded>, StoreError> {
    let sql = "SELECT payload FROM complaint_step WHERE tenant = ? AND record_id {keys}";
    let rows = query.by_keys(sql, vec![tenant.as_str().into()], super::keys(records)).await?;
    rows.iter().map(|row| read(&row.get::<Vec<u8>>(0)?)).collect()
}

/// Drops what is held of erased records: how many rows.
pub(crate) async fn drop(tx: &Tx, tenant: &Tenant, records: &[RecordId]) -> Result<u64, StoreError> {
    let sql = "DELETE FROM complaint_step WHERE tenant = ? AND record_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], super::keys(records)).await
}

fn read(payload: &[u8]) -> Result<ComplaintStepRecorded, StoreError> {
    ComplaintStepRecorded::decode(payload).map_err(|_| StoreError::Row("complaint_step.payload".to_owned()))
}
