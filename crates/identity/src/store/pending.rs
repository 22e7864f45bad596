//! Of which records it is open whose they are. Register: others were told.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Tenant};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::record_keys;
use crate::domain::pending::Pending;

const PENDING: &[(&str, Kind)] =
    &[("tenant", Kind::Text), ("record_id", Kind::Bytes), ("pending", Kind::Int), ("version", Kind::Int)];

/// What was told of records last; nothing of those of which it was never open.
pub(crate) async fn load(
    query: &impl Query,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<RecordId, Pending>, StoreError> {
    let sql = "SELECT record_id, pending, version FROM pending_identity WHERE tenant = ? AND record_id {keys}";
    let rows = query.by_keys(sql, vec![tenant.as_str().into()], record_keys(records)).await?;
    rows.iter()
        .map(|row| {
            let record = RecordId(row.id(0)?);
            Ok((record, Pending { record, pending: row.get::<i64>(1)? != 0, version: row.get(2)? }))
        })
        .collect()
}

/// Notes what is told of records.
pub(crate) async fn write(tx: &Tx, tenant: &Tenant, changes: &[Pending]) -> Result<(), StoreError> {
    let mut insert = Insert::new("pending_identity", PENDING)
        .on_conflict("(tenant, record_id) DO UPDATE SET pending = excluded.pending, version = excluded.version");
    for one in changes {
        insert.row([
            tenant.as_str().into(),
            one.record.0.to_vec().into(),
            i64::from(one.pending).into(),
            one.version.into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Forgets erased records.
pub(crate) async fn forget(tx: &Tx, tenant: &Tenant, gone: &BTreeSet<RecordId>) -> Result<(), StoreError> {
    let sql = "DELETE FROM pending_identity WHERE tenant = ? AND record_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], record_keys(gone)).await.map(|_| ())
}
