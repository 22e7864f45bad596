//! Which model scores. Register: changes only together with a `ModelPromoted` entry in our journal.

use prost::Message;
use tenure_kernel::{ModelId, Tenant};
use tenure_proto::value::v1 as pb;
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx, Value};

use super::model::{Asked, keys, of_line};
use crate::{
    domain::{
        book::{Book, Line},
        promotion::{Promotion, Subject},
    },
    event,
};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("ordinal", Kind::Int),
    ("currency", Kind::Text),
    ("line", Kind::Text),
    ("subject", Kind::Int),
    ("model_id", Kind::Bytes),
    ("request_id", Kind::Text),
    ("request_body", Kind::Text),
    ("payload", Kind::Bytes),
];

/// Keeps a promotion, and the request that it answers; none where a model was promoted by itself. Needs the tenant's lock.
pub(crate) async fn add(
    tx: &Tx,
    tenant: &Tenant,
    promotion: &Promotion,
    asked: Option<Asked>,
) -> Result<(), StoreError> {
    let sql = "SELECT COALESCE(MAX(ordinal), 0) + 1 FROM model_promotion WHERE tenant = ?";
    let row = tx.first(sql, vec![tenant.as_str().into()]).await?;
    let ordinal: i64 = row.map_or(Ok(1), |row| row.get(0))?;
    let (request_id, body) = asked.map(|asked| (asked.request_id, asked.body)).unwrap_or_default();
    let mut insert = Insert::new("model_promotion", COLUMNS);
    insert.row([
        tenant.as_str().into(),
        ordinal.into(),
        promotion.book.currency.code().into(),
        promotion.book.line.code().into(),
        i64::from(promotion.subject as u8).into(),
        promotion.model.0.0.to_vec().into(),
        request_id.into(),
        body.into(),
        event::promotion::entry(promotion).encode_to_vec().into(),
    ]);
    tx.insert(insert).await.map(|_| ())
}

/// The promotion that holds for a subject of a book.
pub(crate) async fn in_use(
    query: &impl Query,
    tenant: &Tenant,
    of: (Book, Subject),
) -> Result<Option<Promotion>, StoreError> {
    let sql = "SELECT payload FROM model_promotion
               WHERE tenant = ? AND currency = ? AND line = ? AND subject = ? ORDER BY ordinal DESC LIMIT 1";
    let row = query.first(sql, keys(tenant, of).to_vec()).await?;
    row.as_ref().map(promotion).transpose()
}

/// Promotions newest first, of a line if one is given, those before `before`, each with its ordinal.
pub(crate) async fn list(
    query: &impl Query,
    tenant: &Tenant,
    line: Option<Line>,
    before: i64,
    limit: usize,
) -> Result<Vec<(i64, Promotion)>, StoreError> {
    let (of_line, line) = of_line(line);
    let sql = format!(
        "SELECT payload, ordinal FROM model_promotion WHERE tenant = ? AND ordinal < ?{of_line}
         ORDER BY ordinal DESC LIMIT ?"
    );
    let mut values: Vec<Value> = vec![tenant.as_str().into(), before.into()];
    values.extend(line);
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let rows = query.all(&sql, values).await?;
    rows.iter().map(|row| Ok((row.get(1)?, promotion(row)?))).collect()
}

/// The promotion of a model by itself, as it was fitted.
pub(crate) async fn by_itself(
    query: &impl Query,
    tenant: &Tenant,
    of: (Book, Subject),
    model: ModelId,
) -> Result<Option<Promotion>, StoreError> {
    let sql = "SELECT payload FROM model_promotion
               WHERE tenant = ? AND currency = ? AND line = ? AND subject = ? AND model_id = ? AND length(request_id) = 0";
    let mut values = keys(tenant, of).to_vec();
    values.push(model.0.to_vec().into());
    query.first(sql, values).await?.as_ref().map(promotion).transpose()
}

/// The promotion that answered a request, and what was asked.
pub(crate) async fn of_request(
    query: &impl Query,
    tenant: &Tenant,
    request_id: &str,
) -> Result<Option<(Asked, Promotion)>, StoreError> {
    let sql = "SELECT payload, request_body FROM model_promotion
               WHERE tenant = ? AND request_id = ? AND length(request_id) > 0";
    let row = query.first(sql, vec![tenant.as_str().into(), request_id.into()]).await?;
    row.map(|row| Ok((Asked { request_id: request_id.to_owned(), body: row.get(1)? }, promotion(&row)?))).transpose()
}

fn promotion(row: &Row) -> Result<Promotion, StoreError> {
    let payload: Vec<u8> = row.get(0)?;
    let entry = pb::ModelPromoted::decode(payload.as_slice()).ok();
    entry.and_then(event::promotion::read).ok_or_else(|| StoreError::Row("model_promotion.payload".to_owned()))
}
