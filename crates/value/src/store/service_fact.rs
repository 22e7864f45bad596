//! The slots of facts that cost something. Projection.

use tenure_kernel::{RecordId, TouchpointId};
use tenure_store::{Insert, Kind as Column, Query, Row, StoreError, Tx};

use super::{Scope, keys, narrow};
use crate::domain::{
    currency::Currency,
    fold::Slots,
    service::{Channel, Kind, Service},
    statement::Statement,
};

const COLUMNS: &[(&str, Column)] = &[
    ("tenant", Column::Text),
    ("generation", Column::Int),
    ("fact_id", Column::Bytes),
    ("record_id", Column::Bytes),
    ("touchpoint_id", Column::Bytes),
    ("revision", Column::Int),
    ("kind", Column::Int),
    ("channel", Column::Int),
    ("line", Column::Text),
    ("day", Column::Int),
    ("seconds", Column::Int),
    ("currency", Column::Text),
    ("minor_units", Column::Int),
];

/// The slots of some facts; those without one are left out.
pub(crate) async fn load(tx: &Tx, scope: Scope<'_>, facts: &[TouchpointId]) -> Result<Slots<Service>, StoreError> {
    let sql = "SELECT fact_id, record_id, touchpoint_id, revision, kind, channel, line, day, seconds, currency,
                      minor_units
               FROM service_fact WHERE tenant = ? AND generation = ? AND fact_id {keys}";
    let facts = facts.iter().map(|fact| fact.0.to_vec()).collect();
    tx.by_keys(sql, scope.values(), facts).await?.iter().map(slot).collect()
}

fn slot(row: &Row) -> Result<(TouchpointId, Statement<Service>), StoreError> {
    let statement = Statement {
        record: RecordId(row.id(1)?),
        touchpoint: TouchpointId(row.id(2)?),
        revision: narrow(row.get(3)?, "service_fact.revision")?,
        says: if row.get::<i64>(4)? == 0 { None } else { Some(service(row)?) },
    };
    Ok((TouchpointId(row.id(0)?), statement))
}

fn service(row: &Row) -> Result<Service, StoreError> {
    let currency = super::some_currency(&row.get::<String>(9)?, "service_fact.currency")?;
    let minor_units: i64 = row.get(10)?;
    Ok(Service {
        kind: kind(row.get(4)?, "service_fact.kind")?,
        channel: Channel(narrow(row.get(5)?, "service_fact.channel")?),
        line: super::line(&row.get::<String>(6)?, "service_fact.line")?,
        day: narrow(row.get(7)?, "service_fact.day")?,
        seconds: row.get(8)?,
        paid: currency.map(|currency| (currency, minor_units)),
    })
}

pub(super) fn kind(number: i64, column: &'static str) -> Result<Kind, StoreError> {
    let kind = i32::try_from(number).ok().and_then(Kind::of);
    kind.ok_or_else(|| StoreError::Row(column.to_owned()))
}

/// Puts new winners into their slots.
pub(crate) async fn save(tx: &Tx, scope: Scope<'_>, slots: &Slots<Service>) -> Result<(), StoreError> {
    let mut insert = Insert::new("service_fact", COLUMNS).on_conflict(
        "(tenant, generation, fact_id) DO UPDATE SET record_id = excluded.record_id,
         touchpoint_id = excluded.touchpoint_id, revision = excluded.revision, kind = excluded.kind,
         channel = excluded.channel, line = excluded.line, day = excluded.day, seconds = excluded.seconds, currency = excluded.currency,
         minor_units = excluded.minor_units",
    );
    for (fact, statement) in slots {
        let says = statement.says;
        let paid = says.and_then(|service| service.paid);
        let number = |of: fn(&Service) -> i32| i64::from(says.as_ref().map_or(0, of));
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            fact.0.to_vec().into(),
            statement.record.0.to_vec().into(),
            statement.touchpoint.0.to_vec().into(),
            i64::from(statement.revision).into(),
            number(|service| service.kind.number()).into(),
            number(|service| service.channel.0).into(),
            says.map_or_else(String::new, |service| service.line.code().to_owned()).into(),
            number(|service| service.day).into(),
            says.map_or(0, |service| service.seconds).into(),
            paid.map_or_else(String::new, |(currency, _): (Currency, i64)| currency.code().to_owned()).into(),
            paid.map_or(0, |(_, minor)| minor).into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Drops the facts of erased records.
pub(crate) async fn drop(tx: &Tx, scope: Scope<'_>, records: &[RecordId]) -> Result<(), StoreError> {
    let sql = "DELETE FROM service_fact WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.execute_by_keys(sql, scope.values(), keys(records)).await.map(|_| ())
}
