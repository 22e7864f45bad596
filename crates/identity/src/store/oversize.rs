//! What is too large, by its smallest record.

use std::collections::BTreeSet;

use tenure_kernel::RecordId;
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

use super::{Place, record_keys, unreadable};
use crate::domain::{oversize::Oversize, review::Why};

const OVERSIZE: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("review", Kind::Int),
    ("records", Kind::Int),
];

fn read(row: &Row) -> Result<((RecordId, Why), i64), StoreError> {
    let why = Why::from_number(row.get(1)?).ok_or_else(|| unreadable("oversize.review"))?;
    Ok(((RecordId(row.id(0)?), why), row.get(2)?))
}

/// What is noted of the records.
pub(crate) async fn load(
    query: &impl Query,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<Oversize, StoreError> {
    let sql =
        "SELECT record_id, review, records FROM oversize WHERE tenant = ? AND generation = ? AND record_id {keys}";
    query.by_keys(sql, place.values(), record_keys(records)).await?.iter().map(read).collect()
}

/// The largest.
pub(crate) async fn largest(query: &impl Query, place: Place<'_>, limit: usize) -> Result<Oversize, StoreError> {
    let sql = "SELECT record_id, review, records FROM oversize WHERE tenant = ? AND generation = ?
               ORDER BY records DESC, record_id, review LIMIT ? /* few */";
    let mut values = place.values();
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    query.all(sql, values).await?.iter().map(read).collect()
}

/// Notes what is too large now, of records of which something was noted or is.
pub(crate) async fn replace(tx: &Tx, place: Place<'_>, before: &Oversize, now: &Oversize) -> Result<(), StoreError> {
    let noted: BTreeSet<RecordId> = before.keys().map(|(record, _)| *record).collect();
    let sql = "DELETE FROM oversize WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.execute_by_keys(sql, place.values(), record_keys(&noted)).await?;
    let mut insert = Insert::new("oversize", OVERSIZE);
    for ((record, why), records) in now {
        insert.row([
            place.tenant.as_str().into(),
            place.generation.into(),
            record.0.to_vec().into(),
            (*why as i64).into(),
            (*records).into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}
