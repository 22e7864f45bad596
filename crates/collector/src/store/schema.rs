//! Registered schemas.

use std::collections::{BTreeSet, HashMap};

use tenure_kernel::{Tenant, Timestamp};
use tenure_store::{Query, Row, StoreError, Tx, Value};

/// Schemas that one statement asks for.
const AT_ONCE: usize = 20;

/// A registered schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registered {
    pub(crate) name: String,
    pub(crate) revision: i32,
    pub(crate) json: String,
}

fn registered(row: &Row) -> Result<Registered, StoreError> {
    Ok(Registered { name: row.get(0)?, revision: revision(row, 1)?, json: row.get(2)? })
}

fn revision(row: &Row, place: usize) -> Result<i32, StoreError> {
    i32::try_from(row.get::<i64>(place)?).map_err(|_| StoreError::Row("custom_schema.revision".to_owned()))
}

/// The newest revision of each of these names that has one.
pub(crate) async fn newest(
    query: &impl Query,
    tenant: &Tenant,
    names: &BTreeSet<&str>,
) -> Result<HashMap<String, i32>, StoreError> {
    let places = vec!["?"; AT_ONCE].join(",");
    let sql =
        format!("SELECT name, MAX(revision) FROM custom_schema WHERE tenant = ? AND name IN ({places}) GROUP BY name");
    let mut newest = HashMap::new();
    for names in padded(names) {
        let values = std::iter::once(tenant.as_str()).chain(names).map(Value::from).collect();
        for row in query.all(&sql, values).await? {
            newest.insert(row.get(0)?, revision(&row, 1)?);
        }
    }
    Ok(newest)
}

/// Revisions by name and number.
pub(crate) async fn of_revisions(
    query: &impl Query,
    tenant: &Tenant,
    wanted: &BTreeSet<(&str, i32)>,
) -> Result<Vec<Registered>, StoreError> {
    let places = vec!["(name = ? AND revision = ?)"; AT_ONCE].join(" OR ");
    let sql = format!("SELECT name, revision, json_schema FROM custom_schema WHERE tenant = ? AND ({places})");
    let mut found = Vec::new();
    for wanted in padded(wanted) {
        let pairs = wanted.flat_map(|(name, revision)| [Value::from(name), i64::from(revision).into()]);
        let values = std::iter::once(tenant.as_str().into()).chain(pairs).collect();
        for row in query.all(&sql, values).await? {
            found.push(registered(&row)?);
        }
    }
    Ok(found)
}

/// Values in parts of one length, so that statements are prepared once: the last repeats a value.
fn padded<T: Copy>(values: &BTreeSet<T>) -> impl Iterator<Item = impl Iterator<Item = T>> {
    let values: Vec<T> = values.iter().copied().collect();
    let parts = values.len().div_ceil(AT_ONCE);
    (0..parts).map(move |part| {
        let last = values.len() - 1;
        let values: Vec<T> = (0..AT_ONCE).map(|place| values[(part * AT_ONCE + place).min(last)]).collect();
        values.into_iter()
    })
}

/// Every revision of a name, oldest first.
pub(crate) async fn of_name(query: &impl Query, tenant: &Tenant, name: &str) -> Result<Vec<Registered>, StoreError> {
    let sql = "SELECT name, revision, json_schema FROM custom_schema WHERE tenant = ? AND name = ? ORDER BY revision";
    query.all(sql, vec![tenant.as_str().into(), name.into()]).await?.iter().map(registered).collect()
}

/// Schemas by name and revision, behind a place in that order.
pub(crate) async fn page(
    query: &impl Query,
    tenant: &Tenant,
    after: (&str, i32),
    limit: usize,
) -> Result<Vec<Registered>, StoreError> {
    let sql = "SELECT name, revision, json_schema FROM custom_schema WHERE tenant = ? AND (name, revision) > (?, ?)
               ORDER BY name, revision LIMIT ?";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = vec![tenant.as_str().into(), after.0.into(), i64::from(after.1).into(), limit.into()];
    query.all(sql, values).await?.iter().map(registered).collect()
}

/// Adds a revision.
pub(crate) async fn add(tx: &Tx, tenant: &Tenant, schema: &Registered, at: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO custom_schema (tenant, name, revision, json_schema, registered_at) VALUES (?, ?, ?, ?, ?)";
    let values = vec![
        tenant.as_str().into(),
        schema.name.as_str().into(),
        i64::from(schema.revision).into(),
        schema.json.as_str().into(),
        at.0.into(),
    ];
    tx.execute(sql, values).await.map(|_| ())
}
