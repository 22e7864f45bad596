//! Records that were erased: nothing of theirs is kept, and nothing is taken in again.

use std::collections::BTreeSet;

use tenure_journal::{Batch, Entry, Unfit};
use tenure_kernel::RecordId;
use tenure_proto::collector::v1::RecordsErased;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use crate::{Scope, keys};

const COLUMNS: &[(&str, Kind)] = &[("tenant", Kind::Text), ("generation", Kind::Int), ("record_id", Kind::Bytes)];

/// The erased records of a `RecordsErased` that belong to the range.
///
/// # Errors
/// When the entry can't be read.
pub fn erased(entry: &Entry, batch: &Batch<'_>) -> Result<Vec<RecordId>, Unfit> {
    let event: RecordsErased = entry.decode(1)?;
    let records: Result<Vec<RecordId>, _> = event.record_ids.iter().map(|id| RecordId::from_slice(id)).collect();
    let mut records = records.map_err(|_| Unfit::Field("a record id is not 16 bytes"))?;
    records.retain(|record| batch.owns(*record));
    Ok(records)
}

/// Remembers erased records.
///
/// # Errors
/// When the database can't be reached.
pub async fn remember(
    tx: &Tx,
    scope: Scope<'_>,
    records: impl IntoIterator<Item = &RecordId>,
) -> Result<(), StoreError> {
    let mut insert = Insert::new("erased_record", COLUMNS).on_conflict("(tenant, generation, record_id) DO NOTHING");
    for record in records {
        insert.row([scope.tenant.as_str().into(), scope.generation.into(), record.0.to_vec().into()]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Which of these records were erased.
///
/// # Errors
/// When the database can't be reached.
pub async fn erased_among(
    tx: &Tx,
    scope: Scope<'_>,
    records: impl IntoIterator<Item = &RecordId>,
) -> Result<BTreeSet<RecordId>, StoreError> {
    let sql = "SELECT record_id FROM erased_record WHERE tenant = ? AND generation = ? AND record_id {keys}";
    let rows = tx.by_keys(sql, scope.values(), keys(records)).await?;
    rows.iter().map(|row| Ok(RecordId(row.id(0)?))).collect()
}
