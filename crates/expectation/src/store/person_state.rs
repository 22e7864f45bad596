//! What the overview counts of each person. Derived from facts by refolding, which also brings it up to date after a rebuild.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use tenure_kernel::{PersonId, Tenant};
use tenure_proto::expectation::v1::GetExpectationOverviewResponse as Counts;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

const COLUMNS: &[(&str, Kind)] =
    &[("tenant", Kind::Text), ("person_id", Kind::Bytes), ("revision", Kind::Int), ("counts", Kind::Bytes)];

/// What is counted of persons, and the revision of their state.
pub(crate) async fn load(
    tx: &Tx,
    tenant: &Tenant,
    persons: &BTreeSet<PersonId>,
) -> Result<BTreeMap<PersonId, (i64, Counts)>, StoreError> {
    let sql = "SELECT person_id, revision, counts FROM person_state WHERE tenant = ? AND person_id {keys}";
    let rows = tx.by_keys(sql, vec![tenant.as_str().into()], super::persons(persons)).await?;
    rows.iter()
        .map(|row| {
            let counts = Counts::decode(row.get::<Vec<u8>>(2)?.as_slice());
            let counts = counts.map_err(|_| StoreError::Row("person_state.counts".to_owned()))?;
            Ok((PersonId(row.id(0)?), (row.get(1)?, counts)))
        })
        .collect()
}

/// Writes the states of persons.
pub(crate) async fn save(
    tx: &Tx,
    tenant: &Tenant,
    states: &BTreeMap<PersonId, (i64, Counts)>,
) -> Result<(), StoreError> {
    let mut insert = Insert::new("person_state", COLUMNS)
        .on_conflict("(tenant, person_id) DO UPDATE SET revision = excluded.revision, counts = excluded.counts");
    for (person, (revision, counts)) in states {
        let counts = counts.encode_to_vec();
        insert.row([tenant.as_str().into(), person.0.to_vec().into(), (*revision).into(), counts.into()]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Drops the states of persons that are there no more.
pub(crate) async fn drop(tx: &Tx, tenant: &Tenant, persons: &BTreeSet<PersonId>) -> Result<(), StoreError> {
    let sql = "DELETE FROM person_state WHERE tenant = ? AND person_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], super::persons(persons)).await.map(|_| ())
}
