//! Who is to be looked at again once a source has told more. Belongs to the service as its timers do: refolding fills it.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, Tenant, Timestamp};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

const COLUMNS: &[(&str, Kind)] =
    &[("tenant", Kind::Text), ("person_id", Kind::Bytes), ("source", Kind::Text), ("due_at", Kind::Int)];

/// Says anew what persons wait for: from which source, and through when it must have told all.
pub(crate) async fn replace(
    tx: &Tx,
    tenant: &Tenant,
    persons: &BTreeSet<PersonId>,
    awaited: &BTreeMap<(PersonId, String), Timestamp>,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM awaited_source WHERE tenant = ? AND person_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], super::persons(persons)).await?;
    let mut insert = Insert::new("awaited_source", COLUMNS);
    for ((person, source), due) in awaited {
        insert.row([tenant.as_str().into(), person.0.to_vec().into(), source.as_str().into(), due.0.into()]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// The persons that wait for a source to come this far.
pub(crate) async fn reached(
    tx: &Tx,
    tenant: &Tenant,
    source: &str,
    until: Timestamp,
) -> Result<BTreeSet<PersonId>, StoreError> {
    let sql = "SELECT person_id FROM awaited_source WHERE tenant = ? AND source = ? AND due_at <= ?";
    let rows = tx.all(sql, vec![tenant.as_str().into(), source.into(), until.0.into()]).await?;
    rows.iter().map(|row| Ok(PersonId(row.id(0)?))).collect()
}

/// Notes that persons wait for a source no longer, as far as it has come: whoever else hears from it need not look at them again. After their
/// timers are set: who looks at a person takes its timer first.
pub(crate) async fn served(
    tx: &Tx,
    tenant: &Tenant,
    (source, until): (&str, Timestamp),
    persons: &BTreeSet<PersonId>,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM awaited_source WHERE tenant = ? AND source = ? AND due_at <= ? AND person_id {keys}";
    let values = vec![tenant.as_str().into(), source.into(), until.0.into()];
    tx.execute_by_keys(sql, values, super::persons(persons)).await.map(|_| ())
}
