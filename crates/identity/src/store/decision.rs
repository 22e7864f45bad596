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
    tx: &Tx,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeSet<[u8; 16]>, StoreError> {
    let sql = "SELECT decision_id FROM decision_member WHERE tenant = ? AND record_id {keys}";
    let rows = tx.by_keys(sql, vec![tenant.as_str().into()], record_keys(records)).await?;
    rows.iter().map(|row| row.id(0)).collect()
}

/// Decisions, whole.
pub(crate) async fn load(tx: &Tx, tenant: &Tenant, ids: BTreeSet<[u8; 16]>) -> Result<Vec<Decision>, StoreError> {
    let sql = "SELECT decision_id, sequence, record_id, side, piece FROM decision_member
               WHERE tenant = ? AND decision_id {keys}";
    let keys = ids.iter().map(|id| id.to_vec()).collect();
    let mut found: BTreeMap<[u8; 16], Decision> = BTreeMap::new();
    for row in tx.by_keys(sql, vec![tenant.as_str().into()], keys).await? {
        let (id, sequence) = (row.id(0)?, row.get(1)?);
        let decision = found.entry(id).or_insert_with(|| Decision { id, sequence, places: BTreeMap::new() });
        decision.places.insert(RecordId(row.id(2)?), Place { side: row.get(3)?, piece: row.get(4)? });
    }
    Ok(found.into_values().collect())
}

/// The sequence of the tenant's next decision. Needs the tenant's lock.
pub(crate) async fn next_sequence(tx: &Tx, tenant: &Tenant) -> Result<i64, StoreError> {
    let sql = "SELECT COALESCE(MAX(sequence), 0) + 1 FROM decision WHERE tenant = ?";
    let row = tx.first(sql, vec![tenant.as_str().into()]).await?;
    row.map_or(Ok(1), |row| row.get(0))
}

/// Takes a decision in.
pub(crate) async fn add(tx: &Tx, tenant: &Tenant, decision: &Decision, at: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO decision (tenant, decision_id, sequence, decided_at) VALUES (?, ?, ?, ?)";
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

/// Forgets what decisions say of erased records.
pub(crate) async fn forget(tx: &Tx, tenant: &Tenant, records: &BTreeSet<RecordId>) -> Result<(), StoreError> {
    let sql = "DELETE FROM decision_member WHERE tenant = ? AND record_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], record_keys(records)).await.map(|_| ())
}
