//! What records bought by day: the summary that persons are merged from. Projection.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Tenant};
use tenure_store::{Insert, Kind, Query, Row, Store, StoreError, Tx};

use tenure_records::{Scope, keys};

use super::{ACTIVE, book, narrow};
use crate::domain::{
    book::Book,
    purchase::{DayKey, Total},
};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("currency", Kind::Text),
    ("line", Kind::Text),
    ("day", Kind::Int),
    ("purchases", Kind::Int),
    ("minor_units", Kind::Int),
    ("known_minor", Kind::Int),
    ("margin_minor", Kind::Int),
];

/// Adds to days, or takes from them. A day without a purchase leaves no row, so that no order of entries leaves a trace.
pub(crate) async fn add(tx: &Tx, scope: Scope<'_>, days: &BTreeMap<DayKey, Total>) -> Result<(), StoreError> {
    let mut insert = Insert::new("record_day", COLUMNS).on_conflict(
        "(tenant, generation, record_id, currency, line, day) DO UPDATE SET
         purchases = record_day.purchases + excluded.purchases,
         minor_units = record_day.minor_units + excluded.minor_units,
         known_minor = record_day.known_minor + excluded.known_minor,
         margin_minor = record_day.margin_minor + excluded.margin_minor",
    );
    for (key, total) in days {
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            key.record.0.to_vec().into(),
            key.book.currency.code().into(),
            key.book.line.code().into(),
            i64::from(key.day).into(),
            total.purchases.into(),
            total.minor_units.into(),
            total.known_minor.into(),
            total.margin_minor.into(),
        ]);
    }
    tx.insert(insert).await?;
    let fewer = days.iter().filter(|(_, total)| total.purchases < 0);
    let records: BTreeSet<RecordId> = fewer.map(|(key, _)| key.record).collect();
    let sql = "DELETE FROM record_day WHERE tenant = ? AND generation = ? AND purchases = 0 AND record_id {keys}";
    tx.execute_by_keys(sql, scope.values(), keys(&records)).await.map(|_| ())
}

/// Drops the days of erased records.
pub(crate) async fn drop(tx: &Tx, scope: Scope<'_>, records: &[RecordId]) -> Result<(), StoreError> {
    let sql = "DELETE FROM record_day WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.execute_by_keys(sql, scope.values(), keys(records)).await.map(|_| ())
}

/// The days of records, by record, day and book.
pub(crate) async fn of_records(
    store: &Store,
    tenant: &Tenant,
    records: &[RecordId],
) -> Result<BTreeMap<(RecordId, i32, Book), Total>, StoreError> {
    let sql = format!(
        "SELECT record_id, currency, line, day, purchases, minor_units, known_minor, margin_minor FROM record_day
         WHERE tenant = ? AND generation = {ACTIVE} AND record_id {{keys}}"
    );
    let rows = store.by_keys(&sql, vec![tenant.as_str().into()], keys(records)).await?;
    rows.iter()
        .map(|row| {
            let (key, total) = day(row)?;
            Ok(((key.record, key.day, key.book), total))
        })
        .collect()
}

/// A row of record, currency, line, day and total.
pub(super) fn day(row: &Row) -> Result<(DayKey, Total), StoreError> {
    let key = DayKey {
        record: RecordId(row.id(0)?),
        book: book(&row.get::<String>(1)?, &row.get::<String>(2)?, "record_day")?,
        day: narrow(row.get(3)?, "record_day.day")?,
    };
    Ok((key, total(row, 4)?))
}

/// Purchases, minor units, those of known margin and the margin, from a column on.
pub(super) fn total(row: &Row, from: usize) -> Result<Total, StoreError> {
    let [purchases, minor_units, known_minor, margin_minor] =
        [row.get(from)?, row.get(from + 1)?, row.get(from + 2)?, row.get(from + 3)?];
    Ok(Total { purchases, minor_units, known_minor, margin_minor })
}
