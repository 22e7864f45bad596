//! Which segments persons are in, and since when. Written by refolding.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, Tenant, Timestamp};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("person_id", Kind::Bytes),
    ("segment", Kind::Text),
    ("version", Kind::Int),
    ("since", Kind::Int),
];

/// Segments by name: the version of each, and since when.
pub(crate) type Segments = BTreeMap<String, (i32, Timestamp)>;

/// The segments of persons.
pub(crate) async fn of(
    query: &impl Query,
    tenant: &Tenant,
    persons: &BTreeSet<PersonId>,
) -> Result<BTreeMap<PersonId, Segments>, StoreError> {
    let sql = "SELECT person_id, segment, version, since FROM person_segment WHERE tenant = ? AND person_id {keys}";
    let mut found: BTreeMap<PersonId, Segments> = BTreeMap::new();
    for row in query.by_keys(sql, vec![tenant.as_str().into()], super::persons(persons)).await? {
        let version =
            i32::try_from(row.get::<i64>(2)?).map_err(|_| StoreError::Row("person_segment.version".into()))?;
        found.entry(PersonId(row.id(0)?)).or_default().insert(row.get(1)?, (version, Timestamp(row.get(3)?)));
    }
    Ok(found)
}

/// Drops the segments of persons, and writes those that they are in now.
pub(crate) async fn replace(
    tx: &Tx,
    tenant: &Tenant,
    persons: &BTreeSet<PersonId>,
    states: &BTreeMap<PersonId, Segments>,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM person_segment WHERE tenant = ? AND person_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], super::persons(persons)).await?;
    let mut insert = Insert::new("person_segment", COLUMNS);
    for (person, segments) in states {
        for (segment, (version, since)) in segments {
            let (tenant, person) = (tenant.as_str().into(), person.0.to_vec().into());
            insert.row([tenant, person, segment.as_str().into(), i64::from(*version).into(), since.0.into()]);
        }
    }
    tx.insert(insert).await.map(|_| ())
}

/// The next persons of a segment behind one.
pub(crate) async fn after(
    query: &impl Query,
    tenant: &Tenant,
    segment: &str,
    after: &[u8],
    limit: usize,
) -> Result<Vec<PersonId>, StoreError> {
    let sql = "SELECT person_id FROM person_segment WHERE tenant = ? AND segment = ? AND person_id > ?
               ORDER BY person_id LIMIT ?";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = vec![tenant.as_str().into(), segment.into(), after.to_vec().into(), limit.into()];
    query.all(sql, values).await?.iter().map(|row| Ok(PersonId(row.id(0)?))).collect()
}

/// Whether anybody is in any.
pub(crate) async fn any(query: &impl Query, tenant: &Tenant) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM person_segment WHERE tenant = ? LIMIT 1";
    Ok(query.first(sql, vec![tenant.as_str().into()]).await?.is_some())
}
