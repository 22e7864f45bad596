//! The slots of facts. Projection.

use tenure_kernel::{RecordId, TouchpointId};
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

use super::{Scope, book, keys, narrow};
use crate::domain::{fold::Slots, purchase::Purchase, statement::Statement};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("fact_id", Kind::Bytes),
    ("record_id", Kind::Bytes),
    ("touchpoint_id", Kind::Bytes),
    ("revision", Kind::Int),
    ("purchase", Kind::Bool),
    ("day", Kind::Int),
    ("currency", Kind::Text),
    ("line", Kind::Text),
    ("minor_units", Kind::Int),
    ("margin_known", Kind::Bool),
    ("margin", Kind::Int),
];

/// The slots of some facts; those without one are left out.
pub(crate) async fn load(tx: &Tx, scope: Scope<'_>, facts: &[TouchpointId]) -> Result<Slots<Purchase>, StoreError> {
    let sql = "SELECT fact_id, record_id, touchpoint_id, revision, purchase, day, currency, line, minor_units,
                      margin_known, margin
               FROM purchase_fact WHERE tenant = ? AND generation = ? AND fact_id {keys}";
    let facts = facts.iter().map(|fact| fact.0.to_vec()).collect();
    tx.by_keys(sql, scope.values(), facts).await?.iter().map(slot).collect()
}

fn slot(row: &Row) -> Result<(TouchpointId, Statement<Purchase>), StoreError> {
    let statement = Statement {
        record: RecordId(row.id(1)?),
        touchpoint: TouchpointId(row.id(2)?),
        revision: narrow(row.get(3)?, "purchase_fact.revision")?,
        says: if row.get(4)? { Some(purchase(row)?) } else { None },
    };
    Ok((TouchpointId(row.id(0)?), statement))
}

fn purchase(row: &Row) -> Result<Purchase, StoreError> {
    Ok(Purchase {
        day: narrow(row.get(5)?, "purchase_fact.day")?,
        book: book(&row.get::<String>(6)?, &row.get::<String>(7)?, "purchase_fact")?,
        minor_units: row.get(8)?,
        margin: if row.get(9)? { Some(row.get(10)?) } else { None },
    })
}

/// Puts new winners into their slots.
pub(crate) async fn save(tx: &Tx, scope: Scope<'_>, slots: &Slots<Purchase>) -> Result<(), StoreError> {
    let mut insert = Insert::new("purchase_fact", COLUMNS).on_conflict(
        "(tenant, generation, fact_id) DO UPDATE SET record_id = excluded.record_id,
         touchpoint_id = excluded.touchpoint_id, revision = excluded.revision, purchase = excluded.purchase,
         day = excluded.day, currency = excluded.currency, line = excluded.line,
         minor_units = excluded.minor_units,
         margin_known = excluded.margin_known, margin = excluded.margin",
    );
    for (fact, statement) in slots {
        let (purchase, margin) = (statement.says, statement.says.and_then(|purchase| purchase.margin));
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            fact.0.to_vec().into(),
            statement.record.0.to_vec().into(),
            statement.touchpoint.0.to_vec().into(),
            i64::from(statement.revision).into(),
            purchase.is_some().into(),
            i64::from(purchase.map_or(0, |purchase| purchase.day)).into(),
            purchase.map_or_else(String::new, |purchase| purchase.book.currency.code().to_owned()).into(),
            purchase.map_or_else(String::new, |purchase| purchase.book.line.code().to_owned()).into(),
            purchase.map_or(0, |purchase| purchase.minor_units).into(),
            margin.is_some().into(),
            margin.unwrap_or(0).into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Drops the facts of erased records.
pub(crate) async fn drop(tx: &Tx, scope: Scope<'_>, records: &[RecordId]) -> Result<(), StoreError> {
    let sql = "DELETE FROM purchase_fact WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.execute_by_keys(sql, scope.values(), keys(records)).await.map(|_| ())
}
