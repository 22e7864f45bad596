//! What is kept of each person: what the overview counts, what is added to the sums of loyalty, and what the guard needs to know. Derived from
//! facts by refolding, which also brings it up to date after a rebuild.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use tenure_kernel::{PersonId, RecordId, Tenant, Timestamp};
use tenure_proto::expectation::v1::GetExpectationOverviewResponse as Counts;
use tenure_store::{Insert, Kind, Query, StoreError, Tx, Value};

use super::{ACTIVE, member};
use crate::domain::group_loyalty::Member;

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("person_id", Kind::Bytes),
    ("revision", Kind::Int),
    ("counts", Kind::Bytes),
    ("generation", Kind::Int),
    ("outlook", Kind::Bytes),
    ("loyalty", Kind::Bytes),
];

/// What is kept of a person.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PersonState {
    pub(crate) revision: i64,
    /// None: nothing is counted.
    pub(crate) counts: Option<Counts>,
    pub(crate) generation: i64,
    /// As [`super::outlook`] writes it; empty: none.
    pub(crate) outlook: Vec<u8>,
    /// Empty: nothing is summed.
    pub(crate) loyalty: Member,
}

/// What is kept of persons.
pub(crate) async fn load(
    tx: &Tx,
    tenant: &Tenant,
    persons: &BTreeSet<PersonId>,
) -> Result<BTreeMap<PersonId, PersonState>, StoreError> {
    let sql = "SELECT person_id, revision, counts, generation, outlook, loyalty FROM person_state
               WHERE tenant = ? AND person_id {keys}";
    let rows = tx.by_keys(sql, vec![tenant.as_str().into()], super::persons(persons)).await?;
    rows.iter()
        .map(|row| {
            let counts: Vec<u8> = row.get(2)?;
            let unreadable = |_| StoreError::Row("person_state.counts".to_owned());
            let counted = (!counts.is_empty()).then(|| Counts::decode(counts.as_slice()).map_err(unreadable));
            let (revision, generation, outlook) = (row.get(1)?, row.get(3)?, row.get(4)?);
            let loyalty = member::read(&row.get::<Vec<u8>>(5)?)?;
            Ok((
                PersonId(row.id(0)?),
                PersonState { revision, counts: counted.transpose()?, generation, outlook, loyalty },
            ))
        })
        .collect()
}

/// Writes the states of persons.
pub(crate) async fn save(tx: &Tx, tenant: &Tenant, states: &BTreeMap<PersonId, PersonState>) -> Result<(), StoreError> {
    let mut insert = Insert::new("person_state", COLUMNS).on_conflict(
        "(tenant, person_id) DO UPDATE SET revision = excluded.revision, counts = excluded.counts,
         generation = excluded.generation, outlook = excluded.outlook, loyalty = excluded.loyalty",
    );
    for (person, state) in states {
        insert.row([
            tenant.as_str().into(),
            person.0.to_vec().into(),
            state.revision.into(),
            state.counts.as_ref().map(Message::encode_to_vec).unwrap_or_default().into(),
            state.generation.into(),
            state.outlook.clone().into(),
            member::write(&state.loyalty).into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Drops the states of persons that are there no more.
pub(crate) async fn drop(tx: &Tx, tenant: &Tenant, persons: &BTreeSet<PersonId>) -> Result<(), StoreError> {
    let sql = "DELETE FROM person_state WHERE tenant = ? AND person_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], super::persons(persons)).await.map(|_| ())
}

/// The generation of facts that is read.
pub(crate) async fn generation(query: &impl Query) -> Result<i64, StoreError> {
    let row = query.first(&format!("SELECT {ACTIVE}"), vec![]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// What is kept for the guard of a person, named by an id of its own that leads nowhere else or by one of its records; nothing if it is not
/// good at a moment. Whoever touches a person sets its timer to be due at once, in the same transaction, and who looks at the person
/// sets it to the next moment that changes anything: so it is good as long as the timer is not due. PostgreSQL makes a plan for each call,
/// and that of a join would take longer than the reading.
pub(crate) async fn outlook(
    query: &impl Query,
    tenant: &Tenant,
    whose: Result<PersonId, RecordId>,
    now: Timestamp,
) -> Result<Option<(PersonId, Vec<u8>)>, StoreError> {
    let (person, mut values): (_, Vec<Value>) = match whose {
        Ok(person) => ("?".to_owned(), vec![person.0.to_vec().into()]),
        Err(record) => (
            format!("(SELECT person_id FROM membership WHERE tenant = ? AND generation = {ACTIVE} AND record_id = ?)"),
            vec![tenant.as_str().into(), record.0.to_vec().into()],
        ),
    };
    let sql = format!(
        "SELECT person_id, outlook FROM person_state
         WHERE tenant = ? AND person_id = {person} AND generation = {ACTIVE} AND length(outlook) > 0
           AND COALESCE((SELECT due_at > ? FROM timer WHERE tenant = person_state.tenant AND timer_id = person_state.person_id), TRUE)"
    );
    values.insert(0, tenant.as_str().into());
    values.push(now.0.into());
    query.first(&sql, values).await?.map(|row| Ok((PersonId(row.id(0)?), row.get(1)?))).transpose()
}

/// The persons after one, so many at most.
pub(crate) async fn after(
    query: &impl Query,
    tenant: &Tenant,
    last: PersonId,
    limit: i64,
) -> Result<Vec<PersonId>, StoreError> {
    let sql = "SELECT person_id FROM person_state WHERE tenant = ? AND person_id > ? ORDER BY person_id LIMIT ?";
    let rows = query.all(sql, vec![tenant.as_str().into(), last.0.to_vec().into(), limit.into()]).await?;
    rows.iter().map(|row| Ok(PersonId(row.id(0)?))).collect()
}
