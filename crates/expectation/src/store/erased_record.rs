//! Records that were erased: nothing of theirs is taken in again. Projection.

use std::collections::BTreeSet;

use tenure_kernel::RecordId;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::Scope;

const COLUMNS: &[(&str, Kind)] = &[("tenant", Kind::Text), ("generation", Kind::Int), ("record_id", Kind::Bytes)];

/// Remembers erased records.
pub(crate) async fn remember(tx: &Tx, scope: Scope<'_>, records: &[RecordId]) -> Result<(), StoreError> {
    let mut insert = Insert::new("erased_record", COLUMNS).on_conflict("(tenant, generation, record_id) DO NOTHING");
    for record in records {
        insert.row([scope.tenant.as_str().into(), scope.generation.into(), record.0.to_vec().into()]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Which of these records were erased.
pub(crate) async fn among(
    tx: &Tx,
    scope: Scope<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeSet<RecordId>, StoreError> {
    let sql = "SELECT record_id FROM erased_record WHERE tenant = ? AND generation = ? AND record_id {keys}";
    let rows = tx.by_keys(sql, scope.values(), super::records(records)).await?;
    rows.iter().map(|row| Ok(RecordId(row.id(0)?))).collect()
}
