//! Records that were erased, and data keys that are to be destroyed: an erasure that was interrupted is finished later.

use std::collections::HashSet;

use tenure_kernel::{RecordId, Tenant, Timestamp};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

/// Keys taken up in one go.
const PAGE: i64 = 1_000;

/// Which of these records were erased.
pub(crate) async fn among(
    query: &impl Query,
    tenant: &Tenant,
    records: impl Iterator<Item = RecordId>,
) -> Result<HashSet<RecordId>, StoreError> {
    let distinct: HashSet<RecordId> = records.collect();
    let keys = distinct.into_iter().map(|record| record.0.to_vec()).collect();
    // Most tenants have erased nobody: then no key is looked up.
    let sql = "SELECT record_id FROM erased_record WHERE tenant = ?
               AND EXISTS (SELECT 1 FROM erased_record WHERE tenant = ?) AND record_id {keys}";
    let rows = query.by_keys(sql, vec![tenant.as_str().into(), tenant.as_str().into()], keys).await?;
    rows.iter().map(|row| row.id(0).map(RecordId)).collect()
}

/// Notes that records are erased; answers those that were not before.
pub(crate) async fn add(
    tx: &Tx,
    tenant: &Tenant,
    records: &[RecordId],
    at: Timestamp,
) -> Result<Vec<RecordId>, StoreError> {
    const COLUMNS: &[(&str, Kind)] = &[("tenant", Kind::Text), ("record_id", Kind::Bytes), ("erased_at", Kind::Int)];
    let mut insert = Insert::new("erased_record", COLUMNS).on_conflict("(tenant, record_id) DO NOTHING");
    for record in records {
        insert.row([tenant.as_str().into(), record.0.to_vec().into(), at.0.into()]);
    }
    let rows = tx.insert_returning(insert, "record_id").await?;
    let new: Result<HashSet<RecordId>, _> = rows.iter().map(|row| row.id(0).map(RecordId)).collect();
    let new = new?;
    Ok(records.iter().copied().filter(|record| new.contains(record)).collect())
}

/// Notes that data keys are to be destroyed.
pub(crate) async fn doom(
    tx: &Tx,
    tenant: &Tenant,
    keys: impl Iterator<Item = [u8; 16]>,
    at: Timestamp,
) -> Result<(), StoreError> {
    const COLUMNS: &[(&str, Kind)] = &[("tenant", Kind::Text), ("key_id", Kind::Bytes), ("since", Kind::Int)];
    let mut insert = Insert::new("key_to_destroy", COLUMNS).on_conflict("(tenant, key_id) DO NOTHING");
    for key in keys {
        insert.row([tenant.as_str().into(), key.to_vec().into(), at.0.into()]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Data keys that are to be destroyed, of one tenant at a time, noted up to a moment.
pub(crate) async fn doomed(
    query: &impl Query,
    until: Timestamp,
) -> Result<Option<(Tenant, Vec<[u8; 16]>)>, StoreError> {
    let sql = "SELECT tenant, key_id FROM key_to_destroy WHERE since <= ? ORDER BY tenant, key_id LIMIT ?";
    let rows = query.all(sql, vec![until.0.into(), PAGE.into()]).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let name: String = first.get(0)?;
    let tenant = name.parse().map_err(|_| StoreError::Row("key_to_destroy.tenant".to_owned()))?;
    let mut keys = Vec::new();
    for row in &rows {
        if row.get::<String>(0)? == name {
            keys.push(row.id(1)?);
        }
    }
    Ok(Some((tenant, keys)))
}

/// Forgets data keys that were destroyed.
pub(crate) async fn forget(tx: &Tx, tenant: &Tenant, keys: &[[u8; 16]]) -> Result<(), StoreError> {
    let sql = "DELETE FROM key_to_destroy WHERE tenant = ? AND key_id {keys}";
    let keys = keys.iter().map(|key| key.to_vec()).collect();
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], keys).await.map(|_| ())
}
