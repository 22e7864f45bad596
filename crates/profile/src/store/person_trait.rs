//! The indexed traits of persons. Written by refolding.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, Tenant};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("person_id", Kind::Bytes),
    ("name", Kind::Text),
    ("version", Kind::Int),
    ("value_key", Kind::Bytes),
];

/// Traits by name: the version of each, and the key of its value.
pub(crate) type Keys = BTreeMap<String, (i32, Vec<u8>)>;

/// The indexed traits of persons.
pub(crate) async fn of(
    query: &impl Query,
    tenant: &Tenant,
    persons: &BTreeSet<PersonId>,
) -> Result<BTreeMap<PersonId, Keys>, StoreError> {
    let sql = "SELECT person_id, name, version, value_key FROM person_trait WHERE tenant = ? AND person_id {keys}";
    let mut found: BTreeMap<PersonId, Keys> = BTreeMap::new();
    for row in query.by_keys(sql, vec![tenant.as_str().into()], super::persons(persons)).await? {
        let version = i32::try_from(row.get::<i64>(2)?).map_err(|_| StoreError::Row("person_trait.version".into()))?;
        found.entry(PersonId(row.id(0)?)).or_default().insert(row.get(1)?, (version, row.get(3)?));
    }
    Ok(found)
}

/// Drops the indexed traits of persons, and writes those that they have now.
pub(crate) async fn replace(
    tx: &Tx,
    tenant: &Tenant,
    persons: &BTreeSet<PersonId>,
    states: &BTreeMap<PersonId, Keys>,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM person_trait WHERE tenant = ? AND person_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], super::persons(persons)).await?;
    let mut insert = Insert::new("person_trait", COLUMNS);
    for (person, traits) in states {
        for (name, (version, key)) in traits {
            let (tenant, person) = (tenant.as_str().into(), person.0.to_vec().into());
            insert.row([tenant, person, name.as_str().into(), i64::from(*version).into(), key.clone().into()]);
        }
    }
    tx.insert(insert).await.map(|_| ())
}

/// A part of the index of a version of a trait.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: i32,
    /// The first key, and the first one beyond.
    pub(crate) keys: (Vec<u8>, Vec<u8>),
    pub(crate) descending: bool,
}

/// A place in the index.
pub(crate) type Place = (Vec<u8>, Vec<u8>);

/// The next persons behind a place; `None`: from the beginning.
pub(crate) async fn after(
    query: &impl Query,
    tenant: &Tenant,
    part: &Part<'_>,
    after: Option<Place>,
    limit: usize,
) -> Result<Vec<(Vec<u8>, PersonId)>, StoreError> {
    let (low, high) = part.keys.clone();
    let (sql, bound, place) = if part.descending {
        let sql = "SELECT value_key, person_id FROM person_trait
             WHERE tenant = ? AND name = ? AND version = ? AND value_key >= ? AND (value_key, person_id) < (?, ?)
             ORDER BY value_key DESC, person_id DESC LIMIT ?";
        (sql, low, after.unwrap_or((high, Vec::new())))
    } else {
        let sql = "SELECT value_key, person_id FROM person_trait
             WHERE tenant = ? AND name = ? AND version = ? AND value_key < ? AND (value_key, person_id) > (?, ?)
             ORDER BY value_key, person_id LIMIT ?";
        (sql, high, after.unwrap_or((low, Vec::new())))
    };
    let (key, person) = place;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let (of, version) = (part.name.into(), i64::from(part.version).into());
    let values = vec![tenant.as_str().into(), of, version, bound.into(), key.into(), person.into(), limit.into()];
    query.all(sql, values).await?.iter().map(|row| Ok((row.get(0)?, PersonId(row.id(1)?)))).collect()
}

/// Whether anything is indexed.
pub(crate) async fn any(query: &impl Query, tenant: &Tenant) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM person_trait WHERE tenant = ? LIMIT 1";
    Ok(query.first(sql, vec![tenant.as_str().into()]).await?.is_some())
}
