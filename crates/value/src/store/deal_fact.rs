//! The slots of facts about how customers came and stayed. Projection.

use std::collections::BTreeMap;

use tenure_kernel::{PersonId, RecordId, Tenant, TouchpointId};
use tenure_store::{Insert, Kind, Query, Row, Store, StoreError, Tx, Value};

use super::{ACTIVE, Scope, keys, line, narrow, some_currency};
use crate::domain::{
    book::Line,
    deal::{Deal, Step, Told, in_order},
    fold::Slots,
    service::Channel,
    statement::Statement,
};

/// Between products: no code has one.
const BETWEEN: char = '\n';

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("fact_id", Kind::Bytes),
    ("record_id", Kind::Bytes),
    ("touchpoint_id", Kind::Bytes),
    ("revision", Kind::Int),
    ("step", Kind::Int),
    ("day", Kind::Int),
    ("channel", Kind::Int),
    ("line", Kind::Text),
    ("contract", Kind::Text),
    ("products", Kind::Text),
    ("offer", Kind::Text),
    ("currency", Kind::Text),
    ("minor_units", Kind::Int),
    ("term_months", Kind::Int),
];

const DEAL: &str = "step, day, channel, line, contract, products, offer, currency, minor_units, term_months";

/// The slots of some facts; those without one are left out.
pub(crate) async fn load(tx: &Tx, scope: Scope<'_>, facts: &[TouchpointId]) -> Result<Slots<Deal>, StoreError> {
    let sql = format!(
        "SELECT fact_id, record_id, touchpoint_id, revision, {DEAL}
         FROM deal_fact WHERE tenant = ? AND generation = ? AND fact_id {{keys}}"
    );
    let facts = facts.iter().map(|fact| fact.0.to_vec()).collect();
    tx.by_keys(&sql, scope.values(), facts).await?.iter().map(slot).collect()
}

fn slot(row: &Row) -> Result<(TouchpointId, Statement<Deal>), StoreError> {
    let statement = Statement {
        record: RecordId(row.id(1)?),
        touchpoint: TouchpointId(row.id(2)?),
        revision: narrow(row.get(3)?, "deal_fact.revision")?,
        says: deal(row, 4)?,
    };
    Ok((TouchpointId(row.id(0)?), statement))
}

/// The columns of [`DEAL`] from one on; `None`: it is nothing of the kind.
fn deal(row: &Row, from: usize) -> Result<Option<Deal>, StoreError> {
    let Some(step) = Step::of(row.get(from)?) else { return Ok(None) };
    let currency = some_currency(&row.get::<String>(from + 7)?, "deal_fact.currency")?;
    let (products, minor_units) = (row.get::<String>(from + 5)?, row.get::<i64>(from + 8)?);
    Ok(Some(Deal {
        step,
        day: narrow(row.get(from + 1)?, "deal_fact.day")?,
        channel: Channel(narrow(row.get(from + 2)?, "deal_fact.channel")?),
        line: line(&row.get::<String>(from + 3)?, "deal_fact.line")?,
        contract: row.get(from + 4)?,
        products: products.split(BETWEEN).filter(|code| !code.is_empty()).map(ToOwned::to_owned).collect(),
        offer: row.get(from + 6)?,
        price: currency.map(|currency| (currency, minor_units)),
        term_months: narrow(row.get(from + 9)?, "deal_fact.term_months")?,
    }))
}

/// Puts new winners into their slots.
pub(crate) async fn save(tx: &Tx, scope: Scope<'_>, slots: &Slots<Deal>) -> Result<(), StoreError> {
    let mut insert = Insert::new("deal_fact", COLUMNS).on_conflict(
        "(tenant, generation, fact_id) DO UPDATE SET record_id = excluded.record_id,
         touchpoint_id = excluded.touchpoint_id, revision = excluded.revision, step = excluded.step,
         day = excluded.day, channel = excluded.channel, line = excluded.line, contract = excluded.contract, products = excluded.products,
         offer = excluded.offer, currency = excluded.currency, minor_units = excluded.minor_units,
         term_months = excluded.term_months",
    );
    for (fact, statement) in slots {
        let deal = statement.says.as_ref();
        let number = |of: fn(&Deal) -> i64| deal.map_or(0, of);
        let text = |of: fn(&Deal) -> String| deal.map_or_else(String::new, of);
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            fact.0.to_vec().into(),
            statement.record.0.to_vec().into(),
            statement.touchpoint.0.to_vec().into(),
            i64::from(statement.revision).into(),
            number(|deal| deal.step as i64).into(),
            number(|deal| deal.day.into()).into(),
            number(|deal| deal.channel.0.into()).into(),
            text(|deal| deal.line.code().to_owned()).into(),
            text(|deal| deal.contract.clone()).into(),
            text(|deal| deal.products.join("\n")).into(),
            text(|deal| deal.offer.clone()).into(),
            text(|deal| deal.price.map_or_else(String::new, |(currency, _)| currency.code().to_owned())).into(),
            number(|deal| deal.price.map_or(0, |(_, minor)| minor)).into(),
            number(|deal| deal.term_months.into()).into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Drops the facts of erased records.
pub(crate) async fn drop(tx: &Tx, scope: Scope<'_>, records: &[RecordId]) -> Result<(), StoreError> {
    let sql = "DELETE FROM deal_fact WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.execute_by_keys(sql, scope.values(), keys(records)).await.map(|_| ())
}

/// The facts of records through a day.
pub(crate) async fn of_records(
    store: &Store,
    tenant: &Tenant,
    through: i32,
    records: impl IntoIterator<Item = &RecordId>,
) -> Result<Vec<(RecordId, Told)>, StoreError> {
    let sql = format!(
        "SELECT record_id, fact_id, {DEAL} FROM deal_fact
         WHERE tenant = ? AND generation = {ACTIVE} AND step > 0 AND day <= ? AND record_id {{keys}}"
    );
    let values: Vec<Value> = vec![tenant.as_str().into(), i64::from(through).into()];
    let rows = store.by_keys(&sql, values, keys(records)).await?;
    rows.iter().filter_map(|row| told(row).transpose()).collect()
}

/// Those of a whole tenant: for tests and repairs.
pub(crate) async fn whole(store: &Store, tenant: &Tenant) -> Result<Vec<(RecordId, Told)>, StoreError> {
    let sql = format!(
        "SELECT record_id, fact_id, {DEAL} FROM deal_fact
         WHERE tenant = ? AND generation = {ACTIVE} AND step > 0 /* whole */"
    );
    let rows = store.all(&sql, vec![tenant.as_str().into()]).await?;
    rows.iter().filter_map(|row| told(row).transpose()).collect()
}

/// A row of record, fact and [`DEAL`].
fn told(row: &Row) -> Result<Option<(RecordId, Told)>, StoreError> {
    let Some(deal) = deal(row, 2)? else { return Ok(None) };
    Ok(Some((RecordId(row.id(0)?), (TouchpointId(row.id(1)?), deal))))
}

/// The facts of the persons of records, in order.
pub(crate) async fn of_persons(
    store: &Store,
    tenant: &Tenant,
    through: i32,
    owners: &BTreeMap<RecordId, PersonId>,
) -> Result<BTreeMap<PersonId, Vec<Told>>, StoreError> {
    let mut persons: BTreeMap<PersonId, Vec<Told>> = BTreeMap::new();
    for (record, told) in of_records(store, tenant, through, owners.keys()).await? {
        if let Some(person) = owners.get(&record) {
            persons.entry(*person).or_default().push(told);
        }
    }
    persons.values_mut().for_each(|told| in_order(told));
    Ok(persons)
}

/// The first day, up to another, that a contract of a line began on.
pub(crate) async fn first_contract(
    store: &Store,
    tenant: &Tenant,
    line: Line,
    through: i32,
) -> Result<Option<i32>, StoreError> {
    let sql = format!(
        "SELECT MIN(day) FROM deal_fact /* whole */
         WHERE tenant = ? AND generation = {ACTIVE} AND step = ? AND day <= ? AND (? = '' OR line = ?)"
    );
    let (step, code): (i64, Value) = (Step::Started as i64, line.code().into());
    let values: Vec<Value> = vec![tenant.as_str().into(), step.into(), i64::from(through).into(), code.clone(), code];
    let row = store.first(&sql, values).await?;
    let day: Option<i64> = row.map_or(Ok(None), |row| row.get(0))?;
    day.map(|day| narrow(day, "deal_fact.day")).transpose()
}
