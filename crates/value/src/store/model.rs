//! Fitted models. Register: changes only together with a `ModelFitted` entry in our journal.

use prost::Message;
use tenure_kernel::{ModelId, Tenant, Timestamp};
use tenure_proto::value::v1 as pb;
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx, Value};

use crate::{
    domain::{
        any_model::AnyModel,
        book::{Book, Line},
        promotion::Subject,
    },
    event,
};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("currency", Kind::Text),
    ("line", Kind::Text),
    ("subject", Kind::Int),
    ("version", Kind::Int),
    ("model_id", Kind::Bytes),
    ("fitted_at", Kind::Int),
    ("request_id", Kind::Text),
    ("request_body", Kind::Text),
    ("payload", Kind::Bytes),
];

/// The request that a model answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) request_id: String,
    /// What was asked for, in a form that is equal for equal requests.
    pub(crate) body: String,
}

/// Holds everybody else who would store a model of the tenant, until the transaction ends.
pub(crate) async fn lock(tx: &Tx, tenant: &Tenant) -> Result<(), StoreError> {
    tx.lock(&format!("value-model-{tenant}")).await
}

/// The version that the next model of a book gets.
pub(crate) async fn next_version(tx: &Tx, tenant: &Tenant, of: (Book, Subject)) -> Result<i32, StoreError> {
    let sql = "SELECT COALESCE(MAX(version), 0) + 1 FROM model
               WHERE tenant = ? AND currency = ? AND line = ? AND subject = ?";
    let row = tx.first(sql, keys(tenant, of).to_vec()).await?;
    let version = row.map_or(Ok(1), |row| row.get::<i64>(0))?;
    super::narrow(version, "model.version")
}

/// Stores a model.
pub(crate) async fn insert(tx: &Tx, tenant: &Tenant, model: &AnyModel, asked: Asked) -> Result<(), StoreError> {
    let mut insert = Insert::new("model", COLUMNS);
    let [tenant, currency, line, subject] = keys(tenant, (model.book(), model.subject()));
    insert.row([
        tenant,
        currency,
        line,
        subject,
        i64::from(model.version()).into(),
        model.id().0.to_vec().into(),
        model.fitted_at().0.into(),
        asked.request_id.into(),
        asked.body.into(),
        event::fitted(model).encode_to_vec().into(),
    ]);
    tx.insert(insert).await.map(|_| ())
}

/// The model of a subject that scores a book.
pub(crate) async fn promoted(
    query: &impl Query,
    tenant: &Tenant,
    of: (Book, Subject),
) -> Result<Option<AnyModel>, StoreError> {
    let sql = "SELECT m.payload FROM model_promotion p JOIN model m ON m.tenant = p.tenant AND m.model_id = p.model_id
               WHERE p.tenant = ? AND p.currency = ? AND p.line = ? AND p.subject = ? ORDER BY p.ordinal DESC LIMIT 1";
    let row = query.first(sql, keys(tenant, of).to_vec()).await?;
    row.as_ref().map(model).transpose()
}

/// Tenant, currency, line and subject.
pub(super) fn keys(tenant: &Tenant, (book, subject): (Book, Subject)) -> [Value; 4] {
    let subject = i64::from(subject as u8);
    [tenant.as_str().into(), book.currency.code().into(), book.line.code().into(), subject.into()]
}

/// A model by its id.
pub(crate) async fn get(query: &impl Query, tenant: &Tenant, id: ModelId) -> Result<Option<AnyModel>, StoreError> {
    let sql = "SELECT payload FROM model WHERE tenant = ? AND model_id = ? /* few */";
    let row = query.first(sql, vec![tenant.as_str().into(), id.0.to_vec().into()]).await?;
    row.as_ref().map(model).transpose()
}

/// The model that answered a request, and what was asked.
pub(crate) async fn of_request(
    query: &impl Query,
    tenant: &Tenant,
    request_id: &str,
) -> Result<Option<(Asked, AnyModel)>, StoreError> {
    let sql = "SELECT payload, request_body FROM model WHERE tenant = ? AND request_id = ?";
    let row = query.first(sql, vec![tenant.as_str().into(), request_id.into()]).await?;
    row.map(|row| Ok((Asked { request_id: request_id.to_owned(), body: row.get(1)? }, model(&row)?))).transpose()
}

/// Models newest first, of a line if one is given, behind a place if one is given.
pub(crate) async fn list(
    query: &impl Query,
    tenant: &Tenant,
    line: Option<Line>,
    after: Option<(Timestamp, ModelId)>,
    limit: usize,
) -> Result<Vec<AnyModel>, StoreError> {
    let (at, id) = after.unwrap_or((Timestamp(i64::MAX), ModelId([u8::MAX; 16])));
    let (of_line, line) = of_line(line);
    let sql = format!(
        "SELECT payload FROM model WHERE tenant = ? AND (fitted_at < ? OR (fitted_at = ? AND model_id < ?)){of_line}
         ORDER BY fitted_at DESC, model_id DESC LIMIT ?"
    );
    let mut values: Vec<Value> = vec![tenant.as_str().into(), at.0.into(), at.0.into(), id.0.to_vec().into()];
    values.extend(line);
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    query.all(&sql, values).await?.iter().map(model).collect()
}

/// Narrows a list to a line, if one is given.
pub(super) fn of_line(line: Option<Line>) -> (&'static str, Option<Value>) {
    match line {
        Some(line) => (" AND line = ?", Some(line.code().into())),
        None => ("", None),
    }
}

fn model(row: &Row) -> Result<AnyModel, StoreError> {
    let payload: Vec<u8> = row.get(0)?;
    let fitted = pb::ModelFitted::decode(payload.as_slice()).ok();
    fitted.and_then(event::read_fitted).ok_or_else(|| StoreError::Row("model.payload".to_owned()))
}
