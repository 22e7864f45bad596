//! Weights that a tenant defined. Register: changes together with an entry.

use prost::Message;
use tenure_kernel::Tenant;
use tenure_proto::expectation::v1::WeightsDefinition;
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

const COLUMNS: &[(&str, Kind)] =
    &[("tenant", Kind::Text), ("number", Kind::Int), ("request_id", Kind::Text), ("payload", Kind::Bytes)];

/// Keeps a version.
pub(crate) async fn insert(
    tx: &Tx,
    tenant: &Tenant,
    (number, request_id): (i64, &str),
    definition: &WeightsDefinition,
) -> Result<(), StoreError> {
    let mut insert = Insert::new("weights", COLUMNS);
    insert.row([tenant.as_str().into(), number.into(), request_id.into(), definition.encode_to_vec().into()]);
    tx.insert(insert).await.map(|_| ())
}

/// The last version, if there is one.
pub(crate) async fn current(query: &impl Query, tenant: &Tenant) -> Result<Option<WeightsDefinition>, StoreError> {
    let sql = "SELECT payload FROM weights WHERE tenant = ? ORDER BY number DESC LIMIT 1";
    query.first(sql, vec![tenant.as_str().into()]).await?.map(|row| read(&row)).transpose()
}

/// A version.
pub(crate) async fn of_number(
    query: &impl Query,
    tenant: &Tenant,
    number: i64,
) -> Result<Option<WeightsDefinition>, StoreError> {
    let sql = "SELECT payload FROM weights WHERE tenant = ? AND number = ?";
    query.first(sql, vec![tenant.as_str().into(), number.into()]).await?.map(|row| read(&row)).transpose()
}

/// What a request defined.
pub(crate) async fn of_request(
    query: &impl Query,
    tenant: &Tenant,
    request_id: &str,
) -> Result<Option<WeightsDefinition>, StoreError> {
    let sql = "SELECT payload FROM weights WHERE tenant = ? AND request_id = ?";
    query.first(sql, vec![tenant.as_str().into(), request_id.into()]).await?.map(|row| read(&row)).transpose()
}

/// The numbers of the last versions, the newest first.
pub(crate) async fn numbers(query: &impl Query, tenant: &Tenant, most: i64) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT number FROM weights WHERE tenant = ? ORDER BY number DESC LIMIT ?";
    query.all(sql, vec![tenant.as_str().into(), most.into()]).await?.iter().map(|row| row.get(0)).collect()
}

fn read(row: &Row) -> Result<WeightsDefinition, StoreError> {
    let payload: Vec<u8> = row.get(0)?;
    WeightsDefinition::decode(payload.as_slice()).map_err(|_| StoreError::Row("weights.payload".to_owned()))
}
