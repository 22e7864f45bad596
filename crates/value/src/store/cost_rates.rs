//! Registered rates. Register: changes only together with a `CostRatesRegistered` entry in our journal.

use prost::Message;
use tenure_kernel::{Tenant, Timestamp};
use tenure_proto::value::v1 as pb;
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx, Value};

use super::model::Asked;
use crate::{
    domain::{cost::CostRates, currency::Currency},
    event,
};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("currency", Kind::Text),
    ("version", Kind::Int),
    ("registered_at", Kind::Int),
    ("request_id", Kind::Text),
    ("request_body", Kind::Text),
    ("payload", Kind::Bytes),
];

/// A place in the list of rates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) registered_at: Timestamp,
    pub(crate) currency: Currency,
    pub(crate) version: i32,
}

/// Holds everybody else who would register rates of the tenant, until the transaction ends.
pub(crate) async fn lock(tx: &Tx, tenant: &Tenant) -> Result<(), StoreError> {
    tx.lock(&format!("value-rates-{tenant}")).await
}

/// Stores rates.
pub(crate) async fn insert(tx: &Tx, tenant: &Tenant, rates: &CostRates, asked: Asked) -> Result<(), StoreError> {
    let mut insert = Insert::new("cost_rates", COLUMNS);
    insert.row([
        tenant.as_str().into(),
        rates.currency.code().into(),
        i64::from(rates.version).into(),
        rates.registered_at.0.into(),
        asked.request_id.into(),
        asked.body.into(),
        event::rates_message(rates).encode_to_vec().into(),
    ]);
    tx.insert(insert).await.map(|_| ())
}

/// The newest rates of a currency.
pub(crate) async fn newest(
    query: &impl Query,
    tenant: &Tenant,
    currency: Currency,
) -> Result<Option<CostRates>, StoreError> {
    let sql = "SELECT payload FROM cost_rates WHERE tenant = ? AND currency = ? ORDER BY version DESC LIMIT 1";
    let row = query.first(sql, vec![tenant.as_str().into(), currency.code().into()]).await?;
    row.as_ref().map(rates).transpose()
}

/// A version of the rates of a currency.
pub(crate) async fn get(
    query: &impl Query,
    tenant: &Tenant,
    currency: Currency,
    version: i32,
) -> Result<Option<CostRates>, StoreError> {
    let sql = "SELECT payload FROM cost_rates WHERE tenant = ? AND currency = ? AND version = ?";
    let values = vec![tenant.as_str().into(), currency.code().into(), i64::from(version).into()];
    query.first(sql, values).await?.as_ref().map(rates).transpose()
}

/// The rates that answered a request, and what was asked.
pub(crate) async fn of_request(
    query: &impl Query,
    tenant: &Tenant,
    request_id: &str,
) -> Result<Option<(Asked, CostRates)>, StoreError> {
    let sql = "SELECT payload, request_body FROM cost_rates WHERE tenant = ? AND request_id = ?";
    let row = query.first(sql, vec![tenant.as_str().into(), request_id.into()]).await?;
    row.map(|row| Ok((Asked { request_id: request_id.to_owned(), body: row.get(1)? }, rates(&row)?))).transpose()
}

/// Rates newest first, behind a place if one is given; of one time by currency and version, the last first.
pub(crate) async fn list(
    query: &impl Query,
    tenant: &Tenant,
    after: Option<Place>,
    limit: usize,
) -> Result<Vec<CostRates>, StoreError> {
    let (at, currency, version) = after
        .as_ref()
        .map_or((i64::MAX, "~", 0), |place| (place.registered_at.0, place.currency.code(), i64::from(place.version)));
    let sql = "SELECT payload FROM cost_rates
               WHERE tenant = ? AND (registered_at < ? OR (registered_at = ? AND (currency < ?
                     OR (currency = ? AND version < ?))))
               ORDER BY registered_at DESC, currency DESC, version DESC LIMIT ?";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values: Vec<Value> = vec![
        tenant.as_str().into(),
        at.into(),
        at.into(),
        currency.into(),
        currency.into(),
        version.into(),
        limit.into(),
    ];
    query.all(sql, values).await?.iter().map(rates).collect()
}

fn rates(row: &Row) -> Result<CostRates, StoreError> {
    let payload: Vec<u8> = row.get(0)?;
    let message = pb::CostRates::decode(payload.as_slice()).ok();
    message.as_ref().and_then(event::read_rates).ok_or_else(|| StoreError::Row("cost_rates.payload".to_owned()))
}
