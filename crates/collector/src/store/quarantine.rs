//! Items that were set aside, sealed. What left the quarantine keeps its row, without its content.

use std::collections::{HashMap, HashSet};

use prost::Message;
use tenure_kernel::{QuarantineId, Reason, RecordId, Tenant, Timestamp, Violation};
use tenure_proto::{collector::v1 as pb, keyring::v1::Sealed};
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx, Value};

use crate::domain::intake::Held;

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

/// An item in quarantine.
#[derive(Debug)]
pub(crate) struct Quarantined {
    pub(crate) id: QuarantineId,
    pub(crate) source: String,
    pub(crate) received_at: Timestamp,
    pub(crate) held: Held,
    pub(crate) sealed: Sealed,
    pub(crate) violations: Vec<Violation>,
}

const COLUMNS: &str = "quarantine_id, source, received_at, state, sealed, violations";

fn quarantined(row: &Row) -> Result<Quarantined, StoreError> {
    let unreadable = |_| StoreError::Row("quarantine".to_owned());
    Ok(Quarantined {
        id: QuarantineId(row.id(0)?),
        source: row.get(1)?,
        received_at: Timestamp(row.get(2)?),
        held: held(row.get(3)?),
        sealed: Sealed::decode(row.get::<Vec<u8>>(4)?.as_slice()).map_err(unreadable)?,
        violations: decode(&row.get::<Vec<u8>>(5)?).map_err(unreadable)?,
    })
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
        ("sealed", Kind::Bytes),
        ("violations", Kind::Bytes),
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
            item.sealed.encode_to_vec().into(),
            encode(&item.violations).into(),
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

/// Which page of the quarantine is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page<'a> {
    /// Of this source; empty: of all.
    pub(crate) source: &'a str,
    /// Behind this place in the order.
    pub(crate) after: (Timestamp, QuarantineId),
    pub(crate) limit: usize,
    /// Whether the sealed items are read too.
    pub(crate) sealed: bool,
}

/// Items in quarantine, oldest first.
pub(crate) async fn page(query: &impl Query, tenant: &Tenant, page: Page<'_>) -> Result<Vec<Quarantined>, StoreError> {
    let Page { source, after, limit, sealed } = page;
    let sealed = if sealed { "sealed" } else { "substr(sealed, 1, 0)" };
    let sql = format!(
        "SELECT quarantine_id, source, received_at, state, {sealed}, violations FROM quarantine
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

/// The items in quarantine about records.
pub(crate) async fn about(
    query: &impl Query,
    tenant: &Tenant,
    records: &[RecordId],
) -> Result<Vec<Quarantined>, StoreError> {
    let keys = ids_about(query, tenant, records).await?;
    let sql = format!("SELECT {COLUMNS} FROM quarantine WHERE tenant = ? AND state = ? AND quarantine_id {{keys}}");
    let rows = query.by_keys(&sql, vec![tenant.as_str().into(), OPEN.into()], keys).await?;
    rows.iter().map(quarantined).collect()
}

/// Holds the items in quarantine about records until the end of the transaction.
pub(crate) async fn hold_about(tx: &Tx, tenant: &Tenant, records: &[RecordId]) -> Result<Vec<Quarantined>, StoreError> {
    let keys = ids_about(tx, tenant, records).await?;
    let sql = format!(
        "UPDATE quarantine SET state = state WHERE tenant = ? AND state = ? AND quarantine_id {{keys}}
         RETURNING {COLUMNS}"
    );
    let rows = tx.by_keys(&sql, vec![tenant.as_str().into(), OPEN.into()], keys).await?;
    rows.iter().map(quarantined).collect()
}

async fn ids_about(query: &impl Query, tenant: &Tenant, records: &[RecordId]) -> Result<Vec<Vec<u8>>, StoreError> {
    let keys = records.iter().map(|record| record.0.to_vec()).collect();
    let sql = "SELECT quarantine_id FROM quarantine_subject WHERE tenant = ? AND record_id {keys}";
    let rows = query.by_keys(sql, vec![tenant.as_str().into()], keys).await?;
    let ids: Result<HashSet<Vec<u8>>, _> = rows.iter().map(|row| row.get(0)).collect();
    Ok(ids?.into_iter().collect())
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
    let nothing = || Value::from(Vec::<u8>::new());
    let sql = "UPDATE quarantine SET state = ?, sealed = ?, violations = ? WHERE tenant = ? AND state = ?
               AND quarantine_id {keys}";
    let values = vec![SETTLED.into(), nothing(), nothing(), tenant.as_str().into(), OPEN.into()];
    tx.execute_by_keys(sql, values, keys).await
}
