//! Items that were set aside, sealed. What left the quarantine keeps its row, without its content.

mod about;
mod replayed;

use std::collections::{HashMap, HashSet};

use prost::Message;
use tenure_kernel::{QuarantineId, Reason, RecordId, Tenant, Timestamp, Violation};
use tenure_proto::{collector::v1 as pb, keyring::v1::Sealed};
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx, Value};

use crate::domain::intake::Held;

pub(crate) use about::{about, hold_all, some_about};
pub(crate) use replayed::{Replayed, replayed, settle_replayed};

const OPEN: i64 = 0;
const SETTLED: i64 = 1;

/// An item to be set aside.
#[derive(Debug)]
pub(crate) struct Aside {
    pub(crate) id: QuarantineId,
    pub(crate) source: String,
    pub(crate) received_at: Timestamp,
    pub(crate) sealed: Sealed,
    pub(crate) violations: Vec<Violation>,
    /// The records of its subjects, as far as they can be told.
    pub(crate) records: Vec<RecordId>,
}

/// An item in quarantine, without its content.
#[derive(Debug)]
pub(crate) struct Quarantined {
    pub(crate) id: QuarantineId,
    pub(crate) source: String,
    pub(crate) received_at: Timestamp,
    pub(crate) held: Held,
    /// How large its sealed content is.
    pub(crate) bytes: usize,
    pub(crate) violations: Vec<Violation>,
}

/// Where an item is in the order in which they came.
pub(crate) type Place = (Timestamp, QuarantineId);

/// An item may hold a whole message: its length is read from beside it, and it is fetched when there is room for it.
const COLUMNS: &str = "quarantine_id, source, received_at, state, CAST(length(sealed) AS BIGINT), violations";

fn quarantined(row: &Row) -> Result<Quarantined, StoreError> {
    let unreadable = |_| StoreError::Row("quarantine".to_owned());
    Ok(Quarantined {
        id: QuarantineId(row.id(0)?),
        source: row.get(1)?,
        received_at: Timestamp(row.get(2)?),
        held: held(row.get(3)?),
        bytes: bytes(row, 4)?,
        violations: decode(&row.get::<Vec<u8>>(5)?).map_err(unreadable)?,
    })
}

fn bytes(row: &Row, place: usize) -> Result<usize, StoreError> {
    usize::try_from(row.get::<i64>(place)?).map_err(|_| StoreError::Row("quarantine.sealed".to_owned()))
}

/// How many of some items, in order, are fetched at once: as many as fit with what is held already, one at least.
pub(crate) fn fitting(sizes: impl Iterator<Item = usize>, mut held: usize, most: usize) -> usize {
    let fits = |size: &usize| {
        held = held.saturating_add(*size);
        held <= most
    };
    sizes.take_while(fits).count().max(1)
}

fn held(state: i64) -> Held {
    if state == OPEN { Held::Open } else { Held::Settled }
}

fn encode(violations: &[Violation]) -> Vec<u8> {
    let violation = |violation: &Violation| pb::Violation {
        field: violation.field.clone(),
        reason: violation.reason.number(),
        description: violation.description.clone().into_owned(),
    };
    pb::QuarantinedItem { violations: violations.iter().map(violation).collect(), ..Default::default() }.encode_to_vec()
}

fn decode(bytes: &[u8]) -> Result<Vec<Violation>, prost::DecodeError> {
    let item = pb::QuarantinedItem::decode(bytes)?;
    let violation = |violation: pb::Violation| {
        let reason = Reason::from_number(violation.reason).unwrap_or(Reason::Internal);
        Violation::new(violation.field, reason, violation.description)
    };
    Ok(item.violations.into_iter().map(violation).collect())
}

/// What stands where there is nothing.
fn nothing() -> Value {
    Vec::<u8>::new().into()
}

/// Which of these items are or were in quarantine.
pub(crate) async fn find(
    query: &impl Query,
    tenant: &Tenant,
    ids: &[QuarantineId],
) -> Result<HashMap<QuarantineId, Held>, StoreError> {
    let sql = "SELECT quarantine_id, state FROM quarantine WHERE tenant = ? AND quarantine_id {keys}";
    let keys = ids.iter().map(|id| id.0.to_vec()).collect();
    let rows = query.by_keys(sql, vec![tenant.as_str().into()], keys).await?;
    rows.iter().map(|row| Ok((QuarantineId(row.id(0)?), held(row.get(1)?)))).collect()
}

/// Sets items aside, each once; answers those that another transaction had not set aside meanwhile.
pub(crate) async fn add(tx: &Tx, tenant: &Tenant, mut items: Vec<Aside>) -> Result<HashSet<QuarantineId>, StoreError> {
    const ITEM: &[(&str, Kind)] = &[
        ("tenant", Kind::Text),
        ("quarantine_id", Kind::Bytes),
        ("source", Kind::Text),
        ("received_at", Kind::Int),
        ("state", Kind::Int),
        ("outcome", Kind::Int),
        ("replayed_body", Kind::Bytes),
        ("touchpoint_id", Kind::Bytes),
        ("record_id", Kind::Bytes),
        ("violations", Kind::Bytes),
        ("sealed", Kind::Bytes),
    ];
    const SUBJECT: &[(&str, Kind)] =
        &[("tenant", Kind::Text), ("record_id", Kind::Bytes), ("quarantine_id", Kind::Bytes)];
    items.sort_unstable_by_key(|item| item.id);
    let mut insert = Insert::new("quarantine", ITEM).on_conflict("(tenant, quarantine_id) DO NOTHING");
    let mut subjects = Insert::new("quarantine_subject", SUBJECT).on_conflict("DO NOTHING");
    for item in items {
        let id = item.id.0.to_vec();
        for record in item.records {
            subjects.row([tenant.as_str().into(), record.0.to_vec().into(), id.clone().into()]);
        }
        insert.row([
            tenant.as_str().into(),
            id.into(),
            item.source.into(),
            item.received_at.0.into(),
            OPEN.into(),
            0_i64.into(),
            nothing(),
            nothing(),
            nothing(),
            encode(&item.violations).into(),
            item.sealed.encode_to_vec().into(),
        ]);
    }
    let rows = tx.insert_returning(insert, "quarantine_id").await?;
    tx.insert(subjects).await?;
    rows.iter().map(|row| row.id(0).map(QuarantineId)).collect()
}

/// An item.
pub(crate) async fn get(
    query: &impl Query,
    tenant: &Tenant,
    id: QuarantineId,
) -> Result<Option<Quarantined>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM quarantine WHERE tenant = ? AND quarantine_id = ?");
    let row = query.first(&sql, vec![tenant.as_str().into(), id.0.to_vec().into()]).await?;
    row.as_ref().map(quarantined).transpose()
}

/// The content of items, as far as they are in quarantine.
pub(crate) async fn sealed(
    query: &impl Query,
    tenant: &Tenant,
    ids: &[QuarantineId],
) -> Result<HashMap<QuarantineId, Sealed>, StoreError> {
    let sql = "SELECT quarantine_id, sealed FROM quarantine WHERE tenant = ? AND state = ? AND quarantine_id {keys}";
    let keys = ids.iter().map(|id| id.0.to_vec()).collect();
    let rows = query.by_keys(sql, vec![tenant.as_str().into(), OPEN.into()], keys).await?;
    let sealed = |row: &Row| {
        let unreadable = |_| StoreError::Row("quarantine.sealed".to_owned());
        let sealed = Sealed::decode(row.get::<Vec<u8>>(1)?.as_slice()).map_err(unreadable)?;
        Ok((QuarantineId(row.id(0)?), sealed))
    };
    rows.iter().map(sealed).collect()
}

/// Which page of the quarantine is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page<'a> {
    /// Of this source; empty: of all.
    pub(crate) source: &'a str,
    /// Behind this place in the order.
    pub(crate) after: Place,
    pub(crate) limit: usize,
}

/// Items in quarantine, oldest first.
pub(crate) async fn page(query: &impl Query, tenant: &Tenant, page: Page<'_>) -> Result<Vec<Quarantined>, StoreError> {
    let Page { source, after, limit } = page;
    let sql = format!(
        "SELECT {COLUMNS} FROM quarantine
         WHERE tenant = ? AND state = ? AND (received_at, quarantine_id) > (?, ?) AND (source = ? OR ? = '')
         ORDER BY received_at, quarantine_id LIMIT ?"
    );
    let values = vec![
        tenant.as_str().into(),
        OPEN.into(),
        after.0.0.into(),
        after.1.0.to_vec().into(),
        source.into(),
        source.into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    query.all(&sql, values).await?.iter().map(quarantined).collect()
}

/// Holds an item that is in quarantine until the end of the transaction; false when it left.
pub(crate) async fn hold(tx: &Tx, tenant: &Tenant, id: QuarantineId) -> Result<bool, StoreError> {
    let sql = "UPDATE quarantine SET state = state WHERE tenant = ? AND quarantine_id = ? AND state = ?";
    Ok(tx.execute(sql, vec![tenant.as_str().into(), id.0.to_vec().into(), OPEN.into()]).await? == 1)
}

/// Notes what is wrong with an item now.
pub(crate) async fn set_violations(
    tx: &Tx,
    tenant: &Tenant,
    id: QuarantineId,
    violations: &[Violation],
) -> Result<(), StoreError> {
    let sql = "UPDATE quarantine SET violations = ? WHERE tenant = ? AND quarantine_id = ?";
    let values = vec![encode(violations).into(), tenant.as_str().into(), id.0.to_vec().into()];
    tx.execute(sql, values).await.map(|_| ())
}

/// Takes items out of quarantine, with their content; answers how many were in it.
pub(crate) async fn settle(tx: &Tx, tenant: &Tenant, ids: &[QuarantineId]) -> Result<u64, StoreError> {
    let keys: Vec<Vec<u8>> = ids.iter().map(|id| id.0.to_vec()).collect();
    let sql = "DELETE FROM quarantine_subject WHERE tenant = ? AND quarantine_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], keys.clone()).await?;
    let sql = "UPDATE quarantine SET state = ?, sealed = ?, violations = ? WHERE tenant = ? AND state = ?
               AND quarantine_id {keys}";
    let values = vec![SETTLED.into(), nothing(), nothing(), tenant.as_str().into(), OPEN.into()];
    tx.execute_by_keys(sql, values, keys).await
}
