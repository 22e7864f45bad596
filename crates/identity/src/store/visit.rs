//! On which days records were seen with which cookies and devices.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, identifier::IdentifierKind};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::{Place, record_keys};
use crate::domain::{fact::Visit, follow::Span};

const VISIT: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("match_key", Kind::Bytes),
    ("day", Kind::Int),
    ("facts", Kind::Int),
];

/// Counts facts; answers the visits that are new, and those that are no more.
pub(crate) async fn count(
    tx: &Tx,
    place: Place<'_>,
    visits: &BTreeMap<Visit, i64>,
) -> Result<BTreeSet<(RecordId, [u8; 16])>, StoreError> {
    let mut insert = Insert::new("record_visit", VISIT).on_conflict(
        "(tenant, generation, record_id, match_key, day) DO UPDATE SET facts = record_visit.facts + excluded.facts",
    );
    let mut by: BTreeMap<(RecordId, [u8; 16], i64), i64> = BTreeMap::new();
    for ((record, key, day), count) in visits {
        *by.entry((*record, key.hash, *day)).or_default() += count;
    }
    for ((record, hash, day), count) in &by {
        insert.row([
            place.tenant.as_str().into(),
            place.generation.into(),
            record.0.to_vec().into(),
            hash.to_vec().into(),
            (*day).into(),
            (*count).into(),
        ]);
    }
    let (mut changed, mut gone) = (BTreeSet::new(), BTreeSet::new());
    for row in tx.insert_returning(insert, "record_id, match_key, day, facts").await? {
        let (record, hash, day, facts) = (RecordId(row.id(0)?), row.id(1)?, row.get::<i64>(2)?, row.get::<i64>(3)?);
        if facts <= 0 {
            gone.insert(record);
        }
        if facts <= 0 || by.get(&(record, hash, day)) == Some(&facts) {
            changed.insert((record, hash));
        }
    }
    let sql = "DELETE FROM record_visit WHERE tenant = ? AND generation = ? AND facts <= 0 AND record_id {keys}";
    tx.execute_by_keys(sql, place.values(), record_keys(&gone)).await?;
    Ok(changed)
}

/// The days of the records' visits between two days: record, key and day.
pub(crate) async fn between(
    tx: &Tx,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
    (first, last): (i64, i64),
) -> Result<Vec<(RecordId, [u8; 16], i64)>, StoreError> {
    let sql = "SELECT record_id, match_key, day FROM record_visit
               WHERE tenant = ? AND generation = ? AND day >= ? AND day <= ? AND record_id {keys}";
    let mut values = place.values();
    values.extend([first.into(), last.into()]);
    let rows = tx.by_keys(sql, values, record_keys(records)).await?;
    rows.iter().map(|row| Ok((RecordId(row.id(0)?), row.id(1)?, row.get(2)?))).collect()
}

/// The cookies and devices that the records were seen with, and on which days first and last.
pub(crate) async fn spans(
    tx: &Tx,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<RecordId, (BTreeSet<[u8; 16]>, Span)>, StoreError> {
    let sql = "SELECT record_id, match_key, MIN(day), MAX(day) FROM record_visit
               WHERE tenant = ? AND generation = ? AND record_id {keys} GROUP BY record_id, match_key";
    let mut spans: BTreeMap<RecordId, (BTreeSet<[u8; 16]>, Span)> = BTreeMap::new();
    for row in tx.by_keys(sql, place.values(), record_keys(records)).await? {
        let (first, last) = (row.get(2)?, row.get(3)?);
        let (keys, span) = spans.entry(RecordId(row.id(0)?)).or_insert_with(|| (BTreeSet::new(), (first, last)));
        keys.insert(row.id(1)?);
        *span = (span.0.min(first), span.1.max(last));
    }
    Ok(spans)
}

/// The cookies and devices that the records were seen with.
pub(crate) async fn carried(
    tx: &Tx,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<RecordId, BTreeSet<[u8; 16]>>, StoreError> {
    // The number stands in the text, as in the index of these rows.
    let sql = format!(
        "SELECT match_key, record_id FROM record_key
         WHERE tenant = ? AND generation = ? AND kind >= {} AND record_id {{keys}}",
        IdentifierKind::Cookie.number()
    );
    let mut carried: BTreeMap<RecordId, BTreeSet<[u8; 16]>> = BTreeMap::new();
    for row in tx.by_keys(&sql, place.values(), record_keys(records)).await? {
        carried.entry(RecordId(row.id(1)?)).or_default().insert(row.id(0)?);
    }
    Ok(carried)
}
