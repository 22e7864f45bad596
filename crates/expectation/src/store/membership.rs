//! Who belongs to whom, as identity says. Projection.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::{ACTIVE, Scope};
use crate::domain::membership::{Move, Redirect};

/// Redirects followed at most: persons are merged a few times, not hundreds.
const MAX_HOPS: i64 = 256;

const MEMBERSHIP: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("person_id", Kind::Bytes),
    ("version", Kind::Int),
];

const REDIRECT: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("from_person_id", Kind::Bytes),
    ("to_person_id", Kind::Bytes),
    ("version", Kind::Int),
];

/// Stores moves, each record once; an older one than is stored changes nothing. No person is stored as no bytes.
pub(crate) async fn save_moves(tx: &Tx, scope: Scope<'_>, moves: &[Move]) -> Result<(), StoreError> {
    let mut insert = Insert::new("membership", MEMBERSHIP).on_conflict(
        "(tenant, generation, record_id) DO UPDATE SET person_id = excluded.person_id, version = excluded.version
         WHERE membership.version < excluded.version",
    );
    for one in moves {
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            one.record.0.to_vec().into(),
            bytes(one.person).into(),
            one.version.into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Stores redirects, each person once; an older one than is stored changes nothing.
pub(crate) async fn save_redirects(tx: &Tx, scope: Scope<'_>, redirects: &[Redirect]) -> Result<(), StoreError> {
    let mut insert = Insert::new("redirect", REDIRECT).on_conflict(
        "(tenant, generation, from_person_id) DO UPDATE SET to_person_id = excluded.to_person_id,
         version = excluded.version WHERE redirect.version < excluded.version",
    );
    for one in redirects {
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            one.from.0.to_vec().into(),
            bytes(one.to).into(),
            one.version.into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

fn bytes(person: Option<PersonId>) -> Vec<u8> {
    person.map_or_else(Vec::new, |person| person.0.to_vec())
}

/// Where a person's id leads; itself when it leads nowhere.
pub(crate) async fn resolve(store: &impl Query, tenant: &Tenant, person: PersonId) -> Result<PersonId, StoreError> {
    let sql = format!(
        "WITH RECURSIVE way (person_id, hop) AS (
           SELECT to_person_id, 1 FROM redirect
           WHERE tenant = ? AND generation = {ACTIVE} AND from_person_id = ? AND length(to_person_id) > 0
           UNION ALL
           SELECT r.to_person_id, way.hop + 1 FROM way JOIN redirect r ON r.from_person_id = way.person_id
           WHERE r.tenant = ? AND r.generation = {ACTIVE} AND length(r.to_person_id) > 0 AND way.hop < {MAX_HOPS})
         SELECT person_id FROM way ORDER BY hop DESC LIMIT 1"
    );
    let values = vec![tenant.as_str().into(), person.0.to_vec().into(), tenant.as_str().into()];
    match store.first(&sql, values).await? {
        Some(row) => Ok(PersonId(row.id(0)?)),
        None => Ok(person),
    }
}

/// The person that a record belongs to.
pub(crate) async fn person_of(
    store: &impl Query,
    tenant: &Tenant,
    record: RecordId,
) -> Result<Option<PersonId>, StoreError> {
    let sql = format!(
        "SELECT person_id FROM membership
         WHERE tenant = ? AND generation = {ACTIVE} AND length(person_id) > 0 AND record_id {{keys}}"
    );
    let rows = store.by_keys(&sql, vec![tenant.as_str().into()], vec![record.0.to_vec()]).await?;
    rows.first().map(|row| Ok(PersonId(row.id(0)?))).transpose()
}

/// The records of each of these persons; those of nobody are left out.
pub(crate) async fn members(
    query: &impl Query,
    tenant: &Tenant,
    persons: &BTreeSet<PersonId>,
) -> Result<BTreeMap<PersonId, BTreeSet<RecordId>>, StoreError> {
    let sql = format!(
        "SELECT person_id, record_id FROM membership WHERE tenant = ? AND generation = {ACTIVE} AND person_id {{keys}}"
    );
    let rows = query.by_keys(&sql, vec![tenant.as_str().into()], super::persons(persons)).await?;
    let mut members: BTreeMap<PersonId, BTreeSet<RecordId>> = BTreeMap::new();
    for row in &rows {
        members.entry(PersonId(row.id(0)?)).or_default().insert(RecordId(row.id(1)?));
    }
    Ok(members)
}

/// The persons that records belong to, in the generation that is written.
pub(crate) async fn persons_of(
    tx: &Tx,
    scope: Scope<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeSet<PersonId>, StoreError> {
    let sql = "SELECT person_id FROM membership
               WHERE tenant = ? AND generation = ? AND length(person_id) > 0 AND record_id {keys}";
    let rows = tx.by_keys(sql, scope.values(), super::records(records)).await?;
    rows.iter().map(|row| Ok(PersonId(row.id(0)?))).collect()
}

/// The next persons of a generation behind a place, with a record or with a state that is kept, by tenant and id.
pub(crate) async fn persons_after(
    tx: &Tx,
    generation: i64,
    (tenant, person): (&str, &[u8]),
    limit: i64,
) -> Result<Vec<(String, PersonId)>, StoreError> {
    let sql = "SELECT tenant, person_id FROM (
                 SELECT tenant, person_id FROM membership
                 WHERE generation = ? AND length(person_id) > 0 AND (tenant, person_id) > (?, ?)
                 UNION
                 SELECT tenant, person_id FROM person_state WHERE (tenant, person_id) > (?, ?)) AS known
               ORDER BY tenant, person_id LIMIT ?";
    let place = || [tenant.into(), person.to_vec().into()];
    let values = [vec![generation.into()], place().to_vec(), place().to_vec(), vec![limit.into()]].concat();
    tx.all(sql, values).await?.iter().map(|row| Ok((row.get(0)?, PersonId(row.id(1)?)))).collect()
}
