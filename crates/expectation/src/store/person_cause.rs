//! The causes that each person met, by day: what the sums of causes are made of. Derived by refolding.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, Tenant};
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

use super::cause_count::kind;
use crate::domain::systemic::cause::{Cause, Causes, Struck};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("person_id", Kind::Bytes),
    ("day", Kind::Int),
    ("kind", Kind::Int),
    ("code", Kind::Text),
    ("product", Kind::Text),
    ("count", Kind::Int),
    ("exposure", Kind::Int),
    ("silent", Kind::Bool),
];

/// A person whom a cause struck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Affected {
    pub(crate) person: PersonId,
    pub(crate) count: i64,
    pub(crate) last_day: i32,
}

/// The causes of persons.
pub(crate) async fn load(
    tx: &Tx,
    tenant: &Tenant,
    persons: &BTreeSet<PersonId>,
) -> Result<BTreeMap<PersonId, Causes>, StoreError> {
    let sql = "SELECT person_id, day, kind, code, product, count, exposure, silent FROM person_cause
               WHERE tenant = ? AND person_id {keys} AND exposure > 0";
    let rows = tx.by_keys(sql, vec![tenant.as_str().into()], super::persons(persons)).await?;
    let mut causes: BTreeMap<PersonId, Causes> = BTreeMap::new();
    for row in &rows {
        let cause = Cause { kind: kind(row.get(2)?)?, code: row.get(3)?, product: row.get(4)? };
        let struck = Struck { count: row.get(5)?, exposure: row.get(6)?, silent: row.get(7)? };
        causes.entry(PersonId(row.id(0)?)).or_default().insert((day(row, 1)?, cause), struck);
    }
    Ok(causes)
}

/// Writes what has changed of persons; what is no more is nothing among none.
pub(crate) async fn save(tx: &Tx, tenant: &Tenant, changed: &BTreeMap<PersonId, Causes>) -> Result<(), StoreError> {
    let mut insert = Insert::new("person_cause", COLUMNS).on_conflict(
        "(tenant, person_id, day, kind, code, product) DO UPDATE
         SET count = excluded.count, exposure = excluded.exposure, silent = excluded.silent",
    );
    for (person, causes) in changed {
        for ((day, cause), struck) in causes {
            insert.row([
                tenant.as_str().into(),
                person.0.to_vec().into(),
                i64::from(*day).into(),
                i64::from(cause.kind as u8).into(),
                cause.code.as_str().into(),
                cause.product.as_str().into(),
                struck.count.into(),
                struck.exposure.into(),
                struck.silent.into(),
            ]);
        }
    }
    tx.insert(insert).await.map(|_| ())
}

/// Drops the rows of persons whom nothing is left of.
pub(crate) async fn drop(tx: &Tx, tenant: &Tenant, persons: &BTreeSet<PersonId>) -> Result<(), StoreError> {
    let sql = "DELETE FROM person_cause WHERE tenant = ? AND person_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], super::persons(persons)).await.map(|_| ())
}

/// The persons whom a cause struck on days after one and through another, and who have kept silent; after a person, so many at most.
pub(crate) async fn silent(
    query: &impl Query,
    tenant: &Tenant,
    cause: &Cause,
    (after, through): (i32, i32),
    (last, limit): (PersonId, i64),
) -> Result<Vec<Affected>, StoreError> {
    let sql = "SELECT person_id, CAST(SUM(count) AS BIGINT), MAX(day) FROM person_cause
               WHERE tenant = ? AND kind = ? AND code = ? AND product = ? AND silent = ? AND day > ? AND day <= ? AND person_id > ?
               GROUP BY person_id ORDER BY person_id LIMIT ?";
    let values = vec![
        tenant.as_str().into(),
        i64::from(cause.kind as u8).into(),
        cause.code.as_str().into(),
        cause.product.as_str().into(),
        true.into(),
        i64::from(after).into(),
        i64::from(through).into(),
        last.0.to_vec().into(),
        limit.into(),
    ];
    let rows = query.all(sql, values).await?;
    rows.iter()
        .map(|row| Ok(Affected { person: PersonId(row.id(0)?), count: row.get(1)?, last_day: day(row, 2)? }))
        .collect()
}

fn day(row: &Row, column: usize) -> Result<i32, StoreError> {
    i32::try_from(row.get::<i64>(column)?).map_err(|_| StoreError::Row("person_cause.day".to_owned()))
}
