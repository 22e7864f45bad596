//! What serving records took by day. Counts, not costs: they are priced when they are read. Projection.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Tenant};
use tenure_records::{Scope, keys};
use tenure_store::{Insert, Kind as Column, Query, Row, Store, StoreError, Tx, Value};

use super::{ACTIVE, line, narrow, service_fact, some_currency};
use crate::domain::{
    book::Book,
    service::{Channel, Served, ServiceKey},
};

const COLUMNS: &[(&str, Column)] = &[
    ("tenant", Column::Text),
    ("generation", Column::Int),
    ("record_id", Column::Bytes),
    ("day", Column::Int),
    ("kind", Column::Int),
    ("channel", Column::Int),
    ("line", Column::Text),
    ("currency", Column::Text),
    ("services", Column::Int),
    ("seconds", Column::Int),
    ("minor_units", Column::Int),
];

/// Adds to days, or takes from them. What is not there any more leaves no row, so that no order of entries leaves a trace.
pub(crate) async fn add(tx: &Tx, scope: Scope<'_>, days: &BTreeMap<ServiceKey, Served>) -> Result<(), StoreError> {
    let mut insert = Insert::new("record_service", COLUMNS).on_conflict(
        "(tenant, generation, record_id, day, kind, channel, line, currency) DO UPDATE SET
         services = record_service.services + excluded.services,
         seconds = record_service.seconds + excluded.seconds,
         minor_units = record_service.minor_units + excluded.minor_units",
    );
    for (key, served) in days {
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            key.record.0.to_vec().into(),
            i64::from(key.day).into(),
            i64::from(key.kind.number()).into(),
            i64::from(key.channel.0).into(),
            key.line.code().into(),
            key.currency.map_or_else(String::new, |currency| currency.code().to_owned()).into(),
            served.count.into(),
            served.seconds.into(),
            served.minor_units.into(),
        ]);
    }
    tx.insert(insert).await?;
    let fewer = days.iter().filter(|(_, served)| served.count < 0);
    let records: BTreeSet<RecordId> = fewer.map(|(key, _)| key.record).collect();
    let sql = "DELETE FROM record_service WHERE tenant = ? AND generation = ? AND services = 0 AND record_id {keys}";
    tx.execute_by_keys(sql, scope.values(), keys(&records)).await.map(|_| ())
}

/// Drops the days of erased records.
pub(crate) async fn drop(tx: &Tx, scope: Scope<'_>, records: &[RecordId]) -> Result<(), StoreError> {
    let sql = "DELETE FROM record_service WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.execute_by_keys(sql, scope.values(), keys(records)).await.map(|_| ())
}

/// What serving records took of a book through a day: what has no currency, and what was paid out in its own.
pub(crate) async fn through(
    store: &Store,
    tenant: &Tenant,
    book: Book,
    day: i32,
    records: impl IntoIterator<Item = &RecordId>,
) -> Result<Vec<(ServiceKey, Served)>, StoreError> {
    let sql = format!(
        "SELECT record_id, day, kind, channel, line, currency, services, seconds, minor_units FROM record_service
         WHERE tenant = ? AND generation = {ACTIVE} AND line = ? AND day <= ? AND currency IN ('', ?)
         AND record_id {{keys}}"
    );
    let values: Vec<Value> =
        vec![tenant.as_str().into(), book.line.code().into(), i64::from(day).into(), book.currency.code().into()];
    store.by_keys(&sql, values, keys(records)).await?.iter().map(row).collect()
}

/// All of some records, by record and day.
pub(crate) async fn of_records(
    store: &Store,
    tenant: &Tenant,
    records: &[RecordId],
) -> Result<BTreeMap<ServiceKey, Served>, StoreError> {
    let sql = format!(
        "SELECT record_id, day, kind, channel, line, currency, services, seconds, minor_units FROM record_service
         WHERE tenant = ? AND generation = {ACTIVE} AND record_id {{keys}}"
    );
    store.by_keys(&sql, vec![tenant.as_str().into()], keys(records)).await?.iter().map(row).collect()
}

/// A row of record, day, kind, channel, line, currency, services, seconds and minor units.
pub(super) fn row(row: &Row) -> Result<(ServiceKey, Served), StoreError> {
    let key = ServiceKey {
        record: RecordId(row.id(0)?),
        day: narrow(row.get(1)?, "record_service.day")?,
        kind: service_fact::kind(row.get(2)?, "record_service.kind")?,
        channel: Channel(narrow(row.get(3)?, "record_service.channel")?),
        line: line(&row.get::<String>(4)?, "record_service.line")?,
        currency: some_currency(&row.get::<String>(5)?, "record_service.currency")?,
    };
    Ok((key, Served { count: row.get(6)?, seconds: row.get(7)?, minor_units: row.get(8)? }))
}
