//! Erasures of persons. Register: changes only together with an `ErasureDecided` or `ErasureChanged` entry in our journal.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use tenure_kernel::{ErasureId, RecordId, Tenant, Timestamp};
use tenure_proto::profile::v1 as pb;
use tenure_records::keys;
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx, Value};

use super::right::Asked;
use crate::{domain::erasure::Erasure, event};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("erasure_id", Kind::Bytes),
    ("request_id", Kind::Text),
    ("body", Kind::Text),
    ("requested_at", Kind::Int),
    ("payload", Kind::Bytes),
];
const RECORD: &[(&str, Kind)] = &[("tenant", Kind::Text), ("record_id", Kind::Bytes), ("erasure_id", Kind::Bytes)];

/// Keeps an erasure. Answers whether it did: not where the request was answered before.
pub(crate) async fn add(tx: &Tx, tenant: &Tenant, erasure: &Erasure, asked: Asked) -> Result<bool, StoreError> {
    let mut insert = Insert::new("erasure", COLUMNS).on_conflict("(tenant, request_id) DO NOTHING");
    insert.row(row(tenant, erasure, asked));
    if tx.insert(insert).await? == 0 {
        return Ok(false);
    }
    wait(tx, tenant, std::slice::from_ref(erasure)).await?;
    Ok(true)
}

/// Keeps erasures that nobody asked for.
pub(crate) async fn add_all(tx: &Tx, tenant: &Tenant, erasures: &[Erasure]) -> Result<(), StoreError> {
    let mut insert = Insert::new("erasure", COLUMNS);
    for erasure in erasures {
        // No caller's request has such an id.
        insert.row(row(tenant, erasure, Asked { request_id: format!("\u{1}{}", erasure.id), body: String::new() }));
    }
    tx.insert(insert).await?;
    wait(tx, tenant, erasures).await
}

fn row(tenant: &Tenant, erasure: &Erasure, asked: Asked) -> [Value; 6] {
    [
        tenant.as_str().into(),
        erasure.id.0.to_vec().into(),
        asked.request_id.into(),
        asked.body.into(),
        erasure.asked_at.0.into(),
        event::erasure(erasure).encode_to_vec().into(),
    ]
}

/// Has erasures wait for their records.
async fn wait(tx: &Tx, tenant: &Tenant, erasures: &[Erasure]) -> Result<(), StoreError> {
    let mut insert = Insert::new("erasure_record", RECORD);
    for erasure in erasures {
        for record in erasure.records.keys() {
            insert.row([tenant.as_str().into(), record.0.to_vec().into(), erasure.id.0.to_vec().into()]);
        }
    }
    tx.insert(insert).await.map(|_| ())
}

/// Writes how far an erasure is.
pub(crate) async fn update(tx: &Tx, tenant: &Tenant, erasure: &Erasure) -> Result<(), StoreError> {
    let sql = "UPDATE erasure SET payload = ? WHERE tenant = ? AND erasure_id = ?";
    let payload = event::erasure(erasure).encode_to_vec();
    let values = vec![payload.into(), tenant.as_str().into(), erasure.id.0.to_vec().into()];
    tx.execute(sql, values).await.map(|_| ())
}

/// An erasure by its id.
pub(crate) async fn get(query: &impl Query, tenant: &Tenant, id: ErasureId) -> Result<Option<Erasure>, StoreError> {
    let sql = "SELECT payload FROM erasure WHERE tenant = ? AND erasure_id = ?";
    let row = query.first(sql, vec![tenant.as_str().into(), id.0.to_vec().into()]).await?;
    row.as_ref().map(erasure).transpose()
}

/// What answered a request, and what was asked for.
pub(crate) async fn of_request(
    query: &impl Query,
    tenant: &Tenant,
    request_id: &str,
) -> Result<Option<(String, Erasure)>, StoreError> {
    let sql = "SELECT payload, body FROM erasure WHERE tenant = ? AND request_id = ?";
    let row = query.first(sql, vec![tenant.as_str().into(), request_id.into()]).await?;
    row.map(|row| Ok((row.get(1)?, erasure(&row)?))).transpose()
}

/// Erasures, the newest first, those before a place.
pub(crate) async fn list(
    query: &impl Query,
    tenant: &Tenant,
    before: Option<(Timestamp, ErasureId)>,
    limit: usize,
) -> Result<Vec<Erasure>, StoreError> {
    let (at, id) = before.unwrap_or((Timestamp(i64::MAX), ErasureId([255; 16])));
    let sql =
        "SELECT payload FROM erasure WHERE tenant = ? AND requested_at <= ? AND (requested_at < ? OR erasure_id < ?)
               ORDER BY requested_at DESC, erasure_id DESC LIMIT ?";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = vec![tenant.as_str().into(), at.0.into(), at.0.into(), id.0.to_vec().into(), limit.into()];
    query.all(sql, values).await?.iter().map(erasure).collect()
}

/// The erasures that wait for records to be erased, and for which.
pub(crate) async fn waiting_ids(
    tx: &Tx,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<ErasureId, BTreeSet<RecordId>>, StoreError> {
    let sql = "SELECT erasure_id, record_id FROM erasure_record WHERE tenant = ? AND record_id {keys}";
    let mut of: BTreeMap<ErasureId, BTreeSet<RecordId>> = BTreeMap::new();
    for row in tx.by_keys(sql, vec![tenant.as_str().into()], keys(records)).await? {
        of.entry(ErasureId(row.id(0)?)).or_default().insert(RecordId(row.id(1)?));
    }
    Ok(of)
}

/// The same, read; each is locked.
pub(crate) async fn waiting(
    tx: &Tx,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<Vec<(Erasure, BTreeSet<RecordId>)>, StoreError> {
    let mut found = Vec::new();
    for (id, records) in waiting_ids(tx, tenant, records).await? {
        tx.lock(&lock(tenant, id)).await?;
        if let Some(erasure) = get(tx, tenant, id).await? {
            found.push((erasure, records));
        }
    }
    Ok(found)
}

/// The name of an erasure's lock.
pub(crate) fn lock(tenant: &Tenant, id: ErasureId) -> String {
    format!("profile-erasure-{tenant}-{id}")
}

/// Forgets that erasures wait for records.
pub(crate) async fn settle(tx: &Tx, tenant: &Tenant, records: &BTreeSet<RecordId>) -> Result<(), StoreError> {
    let sql = "DELETE FROM erasure_record WHERE tenant = ? AND record_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], keys(records)).await.map(|_| ())
}

fn erasure(row: &Row) -> Result<Erasure, StoreError> {
    let payload: Vec<u8> = row.get(0)?;
    let message = pb::Erasure::decode(payload.as_slice()).ok();
    message.and_then(event::read_erasure).ok_or_else(|| StoreError::Row("erasure.payload".to_owned()))
}
