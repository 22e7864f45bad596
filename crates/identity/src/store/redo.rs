//! Records that are to be evaluated again, and behind which of their candidates.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::{Place, optional, record_keys};

const REDO: &[(&str, Kind)] =
    &[("tenant", Kind::Text), ("generation", Kind::Int), ("record_id", Kind::Bytes), ("after_id", Kind::Bytes)];

/// Work to do: each record, and behind which candidate it goes on; `None`: from the first.
pub(crate) type Work = BTreeMap<RecordId, Option<RecordId>>;

/// Puts work off. A record that waits already begins anew, unless it is put off behind a candidate.
pub(crate) async fn put(tx: &Tx, place: Place<'_>, work: &Work) -> Result<(), StoreError> {
    let mut insert = Insert::new("redo", REDO)
        .on_conflict("(tenant, generation, record_id) DO UPDATE SET after_id = excluded.after_id");
    for (record, after) in work {
        insert.row([
            place.tenant.as_str().into(),
            place.generation.into(),
            record.0.to_vec().into(),
            after.map(|after| after.0.to_vec()).unwrap_or_default().into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Takes some of the work out, by record.
pub(crate) async fn take(tx: &Tx, place: Place<'_>, limit: usize) -> Result<Work, StoreError> {
    let sql = "SELECT record_id, after_id FROM redo WHERE tenant = ? AND generation = ? ORDER BY record_id LIMIT ?";
    let mut values = place.values();
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let rows = tx.all(sql, values).await?;
    let work: Work = rows
        .iter()
        .map(|row| Ok((RecordId(row.id(0)?), optional(row, 1)?.map(RecordId))))
        .collect::<Result<_, StoreError>>()?;
    forget(tx, place, &work.keys().copied().collect()).await?;
    Ok(work)
}

/// Takes records out.
pub(crate) async fn forget(tx: &Tx, place: Place<'_>, records: &BTreeSet<RecordId>) -> Result<(), StoreError> {
    let sql = "DELETE FROM redo WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.execute_by_keys(sql, place.values(), record_keys(records)).await.map(|_| ())
}
