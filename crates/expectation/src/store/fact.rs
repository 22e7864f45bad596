//! The slots of facts: of an original and its amendments the one that wins. Projection.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use tenure_kernel::{RecordId, Tenant, TouchpointId};
use tenure_proto::collector::v1::Touchpoint;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use tenure_records::{FORGETTING, FORGOTTEN, Scope};

use super::ACTIVE;

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("fact_id", Kind::Bytes),
    ("record_id", Kind::Bytes),
    ("touchpoint_id", Kind::Bytes),
    ("revision", Kind::Int),
    ("source_rank", Kind::Int),
    ("payload", Kind::Bytes),
];

/// What one touchpoint states of a fact.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) fact: TouchpointId,
    /// The primary subject's record.
    pub(crate) record: RecordId,
    pub(crate) touchpoint: TouchpointId,
    /// 0 for an original, from 1 for an amendment.
    pub(crate) revision: i32,
    pub(crate) source_rank: i32,
    /// `None`: retracted, or of no matter here.
    pub(crate) body: Option<Touchpoint>,
}

impl Statement {
    fn wins_over(&self, other: &Self) -> bool {
        (self.revision, self.touchpoint) > (other.revision, other.touchpoint)
    }
}

/// Puts statements into their slots, where they win over what is there.
pub(crate) async fn save(tx: &Tx, scope: Scope<'_>, statements: Vec<Statement>) -> Result<(), StoreError> {
    let mut insert = Insert::new("fact", COLUMNS).on_conflict(
        "(tenant, generation, fact_id) DO UPDATE SET record_id = excluded.record_id,
         touchpoint_id = excluded.touchpoint_id, revision = excluded.revision, source_rank = excluded.source_rank,
         payload = excluded.payload
         WHERE (fact.revision, fact.touchpoint_id) < (excluded.revision, excluded.touchpoint_id)",
    );
    let mut best: BTreeMap<TouchpointId, Statement> = BTreeMap::new();
    for statement in statements {
        if best.get(&statement.fact).is_none_or(|other| statement.wins_over(other)) {
            best.insert(statement.fact, statement);
        }
    }
    for one in best.into_values() {
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            one.fact.0.to_vec().into(),
            one.record.0.to_vec().into(),
            one.touchpoint.0.to_vec().into(),
            i64::from(one.revision).into(),
            i64::from(one.source_rank).into(),
            one.body.map(|body| body.encode_to_vec()).unwrap_or_default().into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Takes back what had its time, for good; answers the records that it is taken from. What is not kept here leaves no trace: should it be
/// amended, it is forgotten once more.
pub(crate) async fn forget(
    tx: &Tx,
    scope: Scope<'_>,
    facts: impl Iterator<Item = TouchpointId>,
) -> Result<BTreeSet<RecordId>, StoreError> {
    let kept = "SELECT fact_id, record_id FROM fact
                WHERE tenant = ? AND generation = ? AND length(payload) > 0 AND fact_id {keys}";
    let rows = tx.by_keys(kept, scope.values(), facts.map(|fact| fact.0.to_vec()).collect()).await?;
    let (mut facts, mut records) = (Vec::with_capacity(rows.len()), BTreeSet::new());
    for row in &rows {
        facts.push(row.get(0)?);
        records.insert(RecordId(row.id(1)?));
    }
    let sql = "UPDATE fact SET touchpoint_id = ?, revision = ?, payload = ?
               WHERE tenant = ? AND generation = ? AND fact_id {keys}";
    let mut values = vec![FORGETTING.0.to_vec().into(), i64::from(FORGOTTEN).into(), Vec::<u8>::new().into()];
    values.extend(scope.values());
    tx.execute_by_keys(sql, values, facts).await?;
    Ok(records)
}

/// Drops the facts of erased records.
pub(crate) async fn drop(tx: &Tx, scope: Scope<'_>, records: &[RecordId]) -> Result<(), StoreError> {
    let sql = "DELETE FROM fact WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.execute_by_keys(sql, scope.values(), super::keys(records)).await.map(|_| ())
}

/// A fact as it stands.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) record: RecordId,
    pub(crate) touchpoint: TouchpointId,
    pub(crate) source_rank: i32,
    pub(crate) body: Touchpoint,
}

/// The facts of records, in no order.
pub(crate) async fn of_records(
    query: &impl Query,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<Vec<Fact>, StoreError> {
    let sql = format!(
        "SELECT record_id, touchpoint_id, source_rank, payload FROM fact
         WHERE tenant = ? AND generation = {ACTIVE} AND length(payload) > 0 AND record_id {{keys}}"
    );
    let rows = query.by_keys(&sql, vec![tenant.as_str().into()], super::keys(records)).await?;
    rows.iter()
        .map(|row| {
            let payload: Vec<u8> = row.get(3)?;
            Ok(Fact {
                record: RecordId(row.id(0)?),
                touchpoint: TouchpointId(row.id(1)?),
                source_rank: i32::try_from(row.get::<i64>(2)?).unwrap_or_default(),
                body: Touchpoint::decode(payload.as_slice()).map_err(|_| StoreError::Row("fact.payload".to_owned()))?,
            })
        })
        .collect()
}
