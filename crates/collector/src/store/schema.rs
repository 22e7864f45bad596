//! Registered schemas.

use std::collections::HashMap;

use tenure_kernel::{Tenant, Timestamp};
use tenure_store::{Query, Row, StoreError, Tx};

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

/// The newest revision of each name.
pub(crate) async fn newest(query: &impl Query, tenant: &Tenant) -> Result<HashMap<String, i32>, StoreError> {
    let sql = "SELECT name, MAX(revision) FROM custom_schema WHERE tenant = ? GROUP BY name";
    let rows = query.all(sql, vec![tenant.as_str().into()]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, revision(row, 1)?))).collect()
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
