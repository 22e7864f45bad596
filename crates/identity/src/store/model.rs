//! Models: those that were trained, which are promoted, and by which the pairs of a generation are weighed.

use tenure_kernel::{ModelId, Tenant, Timestamp};
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx, Value};

use super::{Place, optional};
use crate::domain::model::{Promotion, Trained};

const MODEL: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("model_id", Kind::Bytes),
    ("ordinal", Kind::Int),
    ("version", Kind::Text),
    ("trained_at", Kind::Int),
    ("records", Kind::Int),
    ("pairs", Kind::Int),
    ("labels", Kind::Int),
    ("sealed", Kind::Bytes),
    ("request_id", Kind::Text),
    ("body", Kind::Bytes),
];

const PROMOTION: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("ordinal", Kind::Int),
    ("model_id", Kind::Bytes),
    ("previous_id", Kind::Bytes),
    ("promoted_at", Kind::Int),
    ("request_id", Kind::Text),
    ("body", Kind::Bytes),
];

const TRAINED: &str = "model_id, ordinal, version, trained_at, records, pairs, labels";

/// Behind every record: all were weighed.
pub(crate) const DONE: [u8; 16] = [u8::MAX; 16];

/// What a request asked for, and the digest of its body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) body: [u8; 16],
}

/// The model by which the pairs of a generation are weighed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// `None`: the one that everybody starts with.
    pub(crate) model: Option<ModelId>,
    /// The records up to this one were weighed by it; empty: none; [`DONE`]: all.
    pub(crate) rescored: Vec<u8>,
    /// The version of the matching secret that its keys are hashed under.
    pub(crate) secret: i64,
}

/// What a generation's pairs are weighed by; `None` where none were weighed yet.
pub(crate) async fn standing(query: &impl Query, place: Place<'_>) -> Result<Option<Standing>, StoreError> {
    let sql = "SELECT model_id, rescored, secret FROM link_model WHERE tenant = ? AND generation = ? LIMIT 1";
    let row = query.first(sql, place.values()).await?;
    let standing =
        |row: Row| Ok(Standing { model: optional(&row, 0)?.map(ModelId), rescored: row.get(1)?, secret: row.get(2)? });
    row.map(standing).transpose()
}

/// Says by what the pairs of a generation are weighed that has none yet, and under what its keys are hashed.
pub(crate) async fn stand(tx: &Tx, place: Place<'_>, model: Option<ModelId>, secret: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO link_model (tenant, generation, model_id, rescored, secret) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT (tenant, generation) DO NOTHING";
    let values = [place.values(), vec![bytes(model).into(), DONE.to_vec().into(), secret.into()]].concat();
    tx.execute(sql, values).await.map(|_| ())
}

/// The version of the matching secret of each tenant that has keys in a generation.
pub(crate) async fn secrets(query: &impl Query, generation: i64) -> Result<Vec<(String, i64)>, StoreError> {
    let sql = "SELECT tenant, secret FROM link_model WHERE generation = ? AND secret > 0";
    query.all(sql, vec![generation.into()]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Has all records of all of a tenant's generations weighed by a model, from the first on.
pub(crate) async fn replace(tx: &Tx, tenant: &Tenant, model: Option<ModelId>) -> Result<(), StoreError> {
    let sql = "UPDATE link_model SET model_id = ?, rescored = ? WHERE tenant = ? /* few */";
    let values: Vec<Value> = vec![bytes(model).into(), Vec::<u8>::new().into(), tenant.as_str().into()];
    tx.execute(sql, values).await.map(|_| ())
}

/// Notes up to which record a generation was weighed.
pub(crate) async fn advance(tx: &Tx, place: Place<'_>, rescored: [u8; 16]) -> Result<(), StoreError> {
    let sql = "UPDATE link_model SET rescored = ? WHERE tenant = ? AND generation = ? /* few */";
    tx.execute(sql, [vec![rescored.to_vec().into()], place.values()].concat()).await.map(|_| ())
}

/// The last promotion.
pub(crate) async fn promoted(query: &impl Query, tenant: &Tenant) -> Result<Option<Promotion>, StoreError> {
    let sql =
        "SELECT model_id, previous_id, promoted_at FROM model_promotion WHERE tenant = ? ORDER BY ordinal DESC LIMIT 1";
    let row = query.first(sql, vec![tenant.as_str().into()]).await?;
    row.as_ref().map(promotion).transpose()
}

/// What a request promoted before, with the digest of its body.
pub(crate) async fn promoted_by(
    query: &impl Query,
    tenant: &Tenant,
    request_id: &str,
) -> Result<Option<(Promotion, [u8; 16])>, StoreError> {
    let sql =
        "SELECT model_id, previous_id, promoted_at, body FROM model_promotion WHERE tenant = ? AND request_id = ?";
    let row = query.first(sql, vec![tenant.as_str().into(), request_id.into()]).await?;
    row.map(|row| Ok((promotion(&row)?, row.id(3)?))).transpose()
}

/// Keeps a promotion. Needs the tenant's lock.
pub(crate) async fn promote(
    tx: &Tx,
    tenant: &Tenant,
    promotion: Promotion,
    asked: Asked<'_>,
) -> Result<(), StoreError> {
    let ordinal =
        next(tx, tenant, "SELECT COALESCE(MAX(ordinal), 0) + 1 FROM model_promotion WHERE tenant = ?").await?;
    let mut insert = Insert::new("model_promotion", PROMOTION);
    insert.row([
        tenant.as_str().into(),
        ordinal.into(),
        bytes(promotion.model).into(),
        bytes(promotion.previous).into(),
        promotion.at.0.into(),
        asked.request_id.into(),
        asked.body.to_vec().into(),
    ]);
    tx.insert(insert).await.map(|_| ())
}

/// The place of the next model among a tenant's, from 1. Needs the tenant's lock.
pub(crate) async fn next_ordinal(tx: &Tx, tenant: &Tenant) -> Result<i64, StoreError> {
    next(tx, tenant, "SELECT COALESCE(MAX(ordinal), 0) + 1 FROM model WHERE tenant = ?").await
}

async fn next(tx: &Tx, tenant: &Tenant, sql: &str) -> Result<i64, StoreError> {
    let row = tx.first(sql, vec![tenant.as_str().into()]).await?;
    row.map_or(Ok(1), |row| row.get(0))
}

/// Keeps a model.
pub(crate) async fn add(
    tx: &Tx,
    tenant: &Tenant,
    model: &Trained,
    sealed: Vec<u8>,
    asked: Asked<'_>,
) -> Result<(), StoreError> {
    let mut insert = Insert::new("model", MODEL);
    insert.row([
        tenant.as_str().into(),
        model.id.0.to_vec().into(),
        model.ordinal.into(),
        model.version.clone().into(),
        model.at.0.into(),
        model.records.into(),
        model.pairs.into(),
        model.labels.into(),
        sealed.into(),
        asked.request_id.into(),
        asked.body.to_vec().into(),
    ]);
    tx.insert(insert).await.map(|_| ())
}

/// A model.
pub(crate) async fn get(query: &impl Query, tenant: &Tenant, id: ModelId) -> Result<Option<Trained>, StoreError> {
    let sql = format!("SELECT {TRAINED} FROM model WHERE tenant = ? AND model_id = ?");
    let row = query.first(&sql, vec![tenant.as_str().into(), id.0.to_vec().into()]).await?;
    row.as_ref().map(trained).transpose()
}

/// What a model weighs by, sealed.
pub(crate) async fn sealed(query: &impl Query, tenant: &Tenant, id: ModelId) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT sealed FROM model WHERE tenant = ? AND model_id = ?";
    let row = query.first(sql, vec![tenant.as_str().into(), id.0.to_vec().into()]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// The model that a request trained before, with the digest of its body.
pub(crate) async fn trained_by(
    query: &impl Query,
    tenant: &Tenant,
    request_id: &str,
) -> Result<Option<(Trained, [u8; 16])>, StoreError> {
    let sql = format!("SELECT {TRAINED}, body FROM model WHERE tenant = ? AND request_id = ?");
    let row = query.first(&sql, vec![tenant.as_str().into(), request_id.into()]).await?;
    row.map(|row| Ok((trained(&row)?, row.id(7)?))).transpose()
}

/// Models newest first, those before `before`.
pub(crate) async fn list(
    query: &impl Query,
    tenant: &Tenant,
    before: i64,
    limit: usize,
) -> Result<Vec<Trained>, StoreError> {
    let sql = format!("SELECT {TRAINED} FROM model WHERE tenant = ? AND ordinal < ? ORDER BY ordinal DESC LIMIT ?");
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = query.all(&sql, vec![tenant.as_str().into(), before.into(), limit.into()]).await?;
    rows.iter().map(trained).collect()
}

fn promotion(row: &Row) -> Result<Promotion, StoreError> {
    Ok(Promotion {
        model: optional(row, 0)?.map(ModelId),
        previous: optional(row, 1)?.map(ModelId),
        at: Timestamp(row.get(2)?),
    })
}

fn trained(row: &Row) -> Result<Trained, StoreError> {
    Ok(Trained {
        id: ModelId(row.id(0)?),
        ordinal: row.get(1)?,
        version: row.get(2)?,
        at: Timestamp(row.get(3)?),
        records: row.get(4)?,
        pairs: row.get(5)?,
        labels: row.get(6)?,
    })
}

fn bytes(model: Option<ModelId>) -> Vec<u8> {
    model.map(|model| model.0.to_vec()).unwrap_or_default()
}
