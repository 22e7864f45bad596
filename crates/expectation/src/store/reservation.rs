//! Surveys that somebody wanted to send, what was decided, and the permits. Register: changes together with an entry.

use std::collections::BTreeSet;

use prost::Message;
use tenure_kernel::{PermitId, RecordId, Tenant, Timestamp};
use tenure_proto::expectation::v1::SurveyReserved;
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("permit_id", Kind::Bytes),
    ("record_id", Kind::Bytes),
    ("request_id", Kind::Text),
    ("request_body", Kind::Bytes),
    ("allowed", Kind::Bool),
    ("reserved_at", Kind::Int),
    ("expires_at", Kind::Int),
    ("redeemed_at", Kind::Int),
    ("redeem_request_id", Kind::Text),
    ("payload", Kind::Bytes),
];

const SELECT: &str = "SELECT permit_id, record_id, request_body, allowed, reserved_at, expires_at, redeemed_at,
                      redeem_request_id, payload FROM reservation";

/// A reservation: the request, the decision, and what became of the permit.
#[derive(Debug, Clone)]
pub(crate) struct Reservation {
    pub(crate) permit: PermitId,
    /// The record that it is kept under.
    pub(crate) record: RecordId,
    /// What was asked for, equal for equal requests.
    pub(crate) request_body: Vec<u8>,
    /// Whether there is a permit.
    pub(crate) allowed: bool,
    pub(crate) reserved_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) redeemed_at: Option<Timestamp>,
    /// The request that used it; empty: none yet.
    pub(crate) redeem_request_id: String,
    /// As it stands in the journal.
    pub(crate) entry: SurveyReserved,
}

/// A new reservation, unless the request has made one. Who repeats a request at the same time waits for it.
pub(crate) fn row(tenant: &Tenant, request_id: &str, one: &Reservation) -> Insert {
    let mut insert = Insert::new("reservation", COLUMNS).on_conflict("(tenant, request_id) DO NOTHING");
    insert.row([
        tenant.as_str().into(),
        one.permit.0.to_vec().into(),
        one.record.0.to_vec().into(),
        request_id.into(),
        one.request_body.clone().into(),
        one.allowed.into(),
        one.reserved_at.0.into(),
        one.expires_at.0.into(),
        0_i64.into(),
        "".into(),
        one.entry.encode_to_vec().into(),
    ]);
    insert
}

/// Notes that a permit was used.
pub(crate) async fn redeem(
    tx: &Tx,
    tenant: &Tenant,
    permit: PermitId,
    (request_id, at): (&str, Timestamp),
) -> Result<(), StoreError> {
    let sql = "UPDATE reservation SET redeemed_at = ?, redeem_request_id = ? WHERE tenant = ? AND permit_id = ?";
    let values = vec![at.0.into(), request_id.into(), tenant.as_str().into(), permit.0.to_vec().into()];
    tx.execute(sql, values).await.map(|_| ())
}

/// The reservation that a request made.
pub(crate) async fn of_request(
    query: &impl Query,
    tenant: &Tenant,
    request_id: &str,
) -> Result<Option<Reservation>, StoreError> {
    let sql = format!("{SELECT} WHERE tenant = ? AND request_id = ?");
    query.first(&sql, vec![tenant.as_str().into(), request_id.into()]).await?.as_ref().map(read).transpose()
}

/// The reservation that gave a permit, or that a request to use one used.
pub(crate) async fn of_permit(
    query: &impl Query,
    tenant: &Tenant,
    permit: PermitId,
) -> Result<Option<Reservation>, StoreError> {
    let sql = format!("{SELECT} WHERE tenant = ? AND permit_id = ? AND allowed");
    query.first(&sql, vec![tenant.as_str().into(), permit.0.to_vec().into()]).await?.as_ref().map(read).transpose()
}

/// The permit that a request used.
pub(crate) async fn used_by(
    query: &impl Query,
    tenant: &Tenant,
    request_id: &str,
) -> Result<Option<PermitId>, StoreError> {
    let sql =
        "SELECT permit_id FROM reservation WHERE tenant = ? AND redeem_request_id = ? AND redeem_request_id <> ''";
    let row = query.first(sql, vec![tenant.as_str().into(), request_id.into()]).await?;
    row.map(|row| Ok(PermitId(row.id(0)?))).transpose()
}

/// The reservations under records, in no order.
pub(crate) async fn of_records(
    query: &impl Query,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<Vec<Reservation>, StoreError> {
    let sql = format!("{SELECT} WHERE tenant = ? AND record_id {{keys}}");
    let rows = query.by_keys(&sql, vec![tenant.as_str().into()], super::keys(records)).await?;
    rows.iter().map(read).collect()
}

/// Drops what is held of erased records: how many rows.
pub(crate) async fn drop(tx: &Tx, tenant: &Tenant, records: &[RecordId]) -> Result<u64, StoreError> {
    let sql = "DELETE FROM reservation WHERE tenant = ? AND record_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], super::keys(records)).await
}

fn read(row: &Row) -> Result<Reservation, StoreError> {
    let entry = SurveyReserved::decode(row.get::<Vec<u8>>(8)?.as_slice());
    let redeemed_at: i64 = row.get(6)?;
    Ok(Reservation {
        permit: PermitId(row.id(0)?),
        record: RecordId(row.id(1)?),
        request_body: row.get(2)?,
        allowed: row.get(3)?,
        reserved_at: Timestamp(row.get(4)?),
        expires_at: Timestamp(row.get(5)?),
        redeemed_at: (redeemed_at != 0).then_some(Timestamp(redeemed_at)),
        redeem_request_id: row.get(7)?,
        entry: entry.map_err(|_| StoreError::Row("reservation.payload".to_owned()))?,
    })
}
