//! What records bought by day: the summary that persons are merged from. Projection.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Tenant};
use tenure_store::{Insert, Kind, Query, Row, Store, StoreError, Tx};

use tenure_records::{Scope, keys};

use super::{ACTIVE, narrow};
use crate::domain::{
    currency::Currency,
    fold::{DayKey, Total},
};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("currency", Kind::Text),
    ("day", Kind::Int),
    ("purchases", Kind::Int),
    ("minor_units", Kind::Int),
];

/// Adds to days, or takes from them. A day without a purchase leaves no row, so that no order of entries leaves a trace.
pub(crate) async fn add(tx: &Tx, scope: Scope<'_>, days: &BTreeMap<DayKey, Total>) -> Result<(), StoreError> {
    let mut insert = Insert::new("record_day", COLUMNS).on_conflict(
        "(tenant, generation, record_id, currency, day) DO UPDATE SET
         purchases = record_day.purchases + excluded.purchases,
         minor_units = record_day.minor_units + excluded.minor_units",
    );
    for (key, total) in days {
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            key.record.0.to_vec().into(),
            key.currency.code().into(),
            i64::from(key.day).into(),
            total.purchases.into(),
            total.minor_units.into(),
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

/// The days of records, by record, day and currency.
pub(crate) async fn of_records(
    store: &Store,
    tenant: &Tenant,
    records: &[RecordId],
) -> Result<BTreeMap<(RecordId, i32, Currency), Total>, StoreError> {
    let sql = format!(
        "SELECT record_id, currency, day, purchases, minor_units FROM record_day
         WHERE tenant = ? AND generation = {ACTIVE} AND record_id {{keys}}"
    );
    let rows = store.by_keys(&sql, vec![tenant.as_str().into()], keys(records)).await?;
    rows.iter()
        .map(|row| {
            let (key, total) = day(row)?;
            Ok(((key.record, key.day, key.currency), total))
        })
        .collect()
}

/// A row of record, currency, day, purchases and minor units.
pub(super) fn day(row: &Row) -> Result<(DayKey, Total), StoreError> {
    let currency = Currency::from_code(&row.get::<String>(1)?);
    let key = DayKey {
        record: RecordId(row.id(0)?),
        currency: currency.ok_or_else(|| StoreError::Row("record_day.currency".to_owned()))?,
        day: narrow(row.get(2)?, "record_day.day")?,
    };
    Ok((key, Total { purchases: row.get(3)?, minor_units: row.get(4)? }))
}
