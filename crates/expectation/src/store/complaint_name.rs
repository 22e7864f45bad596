//! Under which record a complaint is to be looked for, by any of its ids. It follows from record and matter, so it never changes.

use std::collections::BTreeMap;

use tenure_kernel::{RecordId, Tenant};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use crate::domain::complaint::ComplaintId;

const COLUMNS: &[(&str, Kind)] = &[("tenant", Kind::Text), ("complaint_id", Kind::Bytes), ("record_id", Kind::Bytes)];

pub(crate) async fn add(tx: &Tx, tenant: &Tenant, names: &BTreeMap<ComplaintId, RecordId>) -> Result<(), StoreError> {
    let mut insert = Insert::new("complaint_name", COLUMNS).on_conflict("(tenant, complaint_id) DO NOTHING");
    for (complaint, record) in names {
        insert.row([tenant.as_str().into(), complaint.0.to_vec().into(), record.0.to_vec().into()]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// The record under which to look.
pub(crate) async fn find(
    query: &impl Query,
    tenant: &Tenant,
    complaint: ComplaintId,
) -> Result<Option<RecordId>, StoreError> {
    let sql = "SELECT record_id FROM complaint_name WHERE tenant = ? AND complaint_id = ?";
    let row = query.first(sql, vec![tenant.as_str().into(), complaint.0.to_vec().into()]).await?;
    row.map(|row| Ok(RecordId(row.id(0)?))).transpose()
}

/// Drops the names that erased records gave.
pub(crate) async fn drop(tx: &Tx, tenant: &Tenant, records: &[RecordId]) -> Result<(), StoreError> {
    let sql = "DELETE FROM complaint_name WHERE tenant = ? AND record_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], super::keys(records)).await.map(|_| ())
}
