//! Of which records it is open whose they are, as identity says. Projection.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Tenant};
use tenure_records::Scope;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::{ACTIVE, keys};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("pending", Kind::Int),
    ("version", Kind::Int),
];

/// By record the version, and whether it is open.
pub(crate) type PendingIdentities = BTreeMap<RecordId, (i64, bool)>;

/// Notes what identity says; the highest version wins.
pub(crate) async fn save(tx: &Tx, scope: Scope<'_>, pending: &PendingIdentities) -> Result<(), StoreError> {
    let mut insert = Insert::new("pending_identity", COLUMNS).on_conflict(
        "(tenant, generation, record_id) DO UPDATE SET pending = excluded.pending, version = excluded.version
         WHERE pending_identity.version < excluded.version",
    );
    for (record, (version, pending)) in pending {
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            record.0.to_vec().into(),
            i64::from(*pending).into(),
            (*version).into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Those of the records of which it is open.
pub(crate) async fn among(
    query: &impl Query,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeSet<RecordId>, StoreError> {
    let sql = format!(
        "SELECT record_id FROM pending_identity
         WHERE tenant = ? AND generation = {ACTIVE} AND pending = 1 AND record_id {{keys}}"
    );
    let rows = query.by_keys(&sql, vec![tenant.as_str().into()], keys(records)).await?;
    rows.iter().map(|row| Ok(RecordId(row.id(0)?))).collect()
}

/// Drops what was said of erased records.
pub(crate) async fn drop(tx: &Tx, scope: Scope<'_>, records: &[RecordId]) -> Result<(), StoreError> {
    let sql = "DELETE FROM pending_identity WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.execute_by_keys(sql, scope.values(), keys(records)).await.map(|_| ())
}
