//! How often the kept state of each person changed. Derived from facts by refolding, which also brings it up to date after a rebuild.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, Tenant};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

const COLUMNS: &[(&str, Kind)] =
    &[("tenant", Kind::Text), ("person_id", Kind::Bytes), ("revision", Kind::Int), ("change", Kind::Int)];

/// The revision of a state, and the change of traits and segments under which it was last looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) revision: i64,
    pub(crate) change: i64,
}

/// The stamps of persons.
pub(crate) async fn load(
    tx: &Tx,
    tenant: &Tenant,
    persons: &BTreeSet<PersonId>,
) -> Result<BTreeMap<PersonId, Stamp>, StoreError> {
    let sql = "SELECT person_id, revision, change FROM person_state WHERE tenant = ? AND person_id {keys}";
    let rows = tx.by_keys(sql, vec![tenant.as_str().into()], super::persons(persons)).await?;
    let stamp =
        |row: &tenure_store::Row| Ok((PersonId(row.id(0)?), Stamp { revision: row.get(1)?, change: row.get(2)? }));
    rows.iter().map(stamp).collect()
}

/// Writes stamps over those that are there.
pub(crate) async fn save(tx: &Tx, tenant: &Tenant, stamps: &BTreeMap<PersonId, Stamp>) -> Result<(), StoreError> {
    let mut insert = Insert::new("person_state", COLUMNS)
        .on_conflict("(tenant, person_id) DO UPDATE SET revision = excluded.revision, change = excluded.change");
    for (person, stamp) in stamps {
        let (tenant, person) = (tenant.as_str().into(), person.0.to_vec().into());
        insert.row([tenant, person, stamp.revision.into(), stamp.change.into()]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Drops the stamps of persons that are there no more.
pub(crate) async fn drop(tx: &Tx, tenant: &Tenant, persons: &BTreeSet<PersonId>) -> Result<(), StoreError> {
    let sql = "DELETE FROM person_state WHERE tenant = ? AND person_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], super::persons(persons)).await.map(|_| ())
}

/// The next persons behind one, up to another, with the change under which each was last looked at.
pub(crate) async fn after(
    tx: &Tx,
    tenant: &Tenant,
    (after, last): (&[u8], &[u8]),
    limit: i64,
) -> Result<Vec<(PersonId, i64)>, StoreError> {
    let sql = "SELECT person_id, change FROM person_state
               WHERE tenant = ? AND person_id > ? AND person_id <= ? ORDER BY person_id LIMIT ?";
    let values = vec![tenant.as_str().into(), after.to_vec().into(), last.to_vec().into(), limit.into()];
    tx.all(sql, values).await?.iter().map(|row| Ok((PersonId(row.id(0)?), row.get(1)?))).collect()
}

/// Whether somebody was not looked at since a change.
pub(crate) async fn any_before(query: &impl Query, tenant: &Tenant, change: i64) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM person_state WHERE tenant = ? AND change < ? LIMIT 1";
    Ok(query.first(sql, vec![tenant.as_str().into(), change.into()]).await?.is_some())
}
