//! Stewards' decisions.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Tenant, Timestamp};
use tenure_store::{Insert, Kind, Query, StoreError, Tx, Value};

use super::record_keys;
use crate::domain::decision::{Decision, Place};

const MEMBER: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("decision_id", Kind::Bytes),
    ("sequence", Kind::Int),
    ("record_id", Kind::Bytes),
    ("side", Kind::Int),
    ("piece", Kind::Int),
];

/// The decisions that speak of any of the records.
pub(crate) async fn naming(
    query: &impl Query,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeSet<[u8; 16]>, StoreError> {
    let sql = "SELECT decision_id FROM decision_member WHERE tenant = ? AND record_id {keys}";
    let rows = query.by_keys(sql, vec![tenant.as_str().into()], record_keys(records)).await?;
    rows.iter().map(|row| row.id(0)).collect()
}

/// Decisions, whole.
pub(crate) async fn load(
    query: &impl Query,
    tenant: &Tenant,
    ids: BTreeSet<[u8; 16]>,
) -> Result<Vec<Decision>, StoreError> {
    let sql = "SELECT decision_id, sequence, record_id, side, piece FROM decision_member
               WHERE tenant = ? AND decision_id {keys}";
    let keys = ids.iter().map(|id| id.to_vec()).collect();
    let mut found: BTreeMap<[u8; 16], Decision> = BTreeMap::new();
    for row in query.by_keys(sql, vec![tenant.as_str().into()], keys).await? {
        let (id, sequence) = (row.id(0)?, row.get(1)?);
        let decision = found.entry(id).or_insert_with(|| Decision { id, sequence, places: BTreeMap::new() });
        decision.places.insert(RecordId(row.id(2)?), Place { side: row.get(3)?, piece: row.get(4)? });
    }
    Ok(found.into_values().collect())
}

/// The newest decisions that were not undone.
pub(crate) async fn newest(query: &impl Query, tenant: &Tenant, limit: i64) -> Result<BTreeSet<[u8; 16]>, StoreError> {
    let sql = "SELECT decision_id FROM decision WHERE tenant = ? AND undone_at = 0 ORDER BY sequence DESC LIMIT ?";
    let rows = query.all(sql, vec![tenant.as_str().into(), limit.into()]).await?;
    rows.iter().map(|row| row.id(0)).collect()
}

/// The sequence of the tenant's next decision. Needs the tenant's lock.
pub(crate) async fn next_sequence(tx: &Tx, tenant: &Tenant) -> Result<i64, StoreError> {
    let sql = "SELECT COALESCE(MAX(sequence), 0) + 1 FROM decision WHERE tenant = ?";
    let row = tx.first(sql, vec![tenant.as_str().into()]).await?;
    row.map_or(Ok(1), |row| row.get(0))
}

/// Takes a decision in.
pub(crate) async fn add(tx: &Tx, tenant: &Tenant, decision: &Decision, at: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO decision (tenant, decision_id, sequence, decided_at, undone_at) VALUES (?, ?, ?, ?, 0)";
    let head: Vec<Value> =
        vec![tenant.as_str().into(), decision.id.to_vec().into(), decision.sequence.into(), at.0.into()];
    tx.execute(sql, head).await?;
    let mut insert = Insert::new("decision_member", MEMBER);
    for (record, place) in &decision.places {
        insert.row([
            tenant.as_str().into(),
            decision.id.to_vec().into(),
            decision.sequence.into(),
            record.0.to_vec().into(),
            place.side.into(),
            place.piece.into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// When those of the decisions were made that there are, and that were not undone.
pub(crate) async fn made(
    query: &impl Query,
    tenant: &Tenant,
    ids: &BTreeSet<[u8; 16]>,
) -> Result<BTreeMap<[u8; 16], Timestamp>, StoreError> {
    let sql = "SELECT decision_id, decided_at FROM decision WHERE tenant = ? AND undone_at = 0 AND decision_id {keys}";
    let keys = ids.iter().map(|id| id.to_vec()).collect();
    let rows = query.by_keys(sql, vec![tenant.as_str().into()], keys).await?;
    rows.iter().map(|row| Ok((row.id(0)?, Timestamp(row.get(1)?)))).collect()
}

/// Whether there is or was a decision.
pub(crate) async fn is_known(query: &impl Query, tenant: &Tenant, id: [u8; 16]) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM decision WHERE tenant = ? AND decision_id = ?";
    Ok(query.first(sql, vec![tenant.as_str().into(), id.to_vec().into()]).await?.is_some())
}

/// Takes a decision back: it says nothing any more.
pub(crate) async fn undo(tx: &Tx, tenant: &Tenant, id: [u8; 16], at: Timestamp) -> Result<(), StoreError> {
    let values = || -> Vec<Value> { vec![tenant.as_str().into(), id.to_vec().into()] };
    let sql = "UPDATE decision SET undone_at = ? WHERE tenant = ? AND decision_id = ?";
    tx.execute(sql, [vec![at.0.into()], values()].concat()).await?;
    let sql = "DELETE FROM decision_member WHERE tenant = ? AND decision_id = ?";
    tx.execute(sql, values()).await.map(|_| ())
}

/// Forgets what decisions say of erased records.
pub(crate) async fn forget(tx: &Tx, tenant: &Tenant, records: &BTreeSet<RecordId>) -> Result<(), StoreError> {
    let sql = "DELETE FROM decision_member WHERE tenant = ? AND record_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], record_keys(records)).await.map(|_| ())
}
