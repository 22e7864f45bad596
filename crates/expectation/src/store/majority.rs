//! When subjects come of age, as touchpoints state it: of an original and its amendments the one that wins. Projection.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Tenant, Timestamp, TouchpointId};
use tenure_records::Scope;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::{ACTIVE, keys};
use crate::domain::majority::Majority;

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("fact_id", Kind::Bytes),
    ("record_id", Kind::Bytes),
    ("touchpoint_id", Kind::Bytes),
    ("revision", Kind::Int),
    ("source_rank", Kind::Int),
    ("occurred_at", Kind::Int),
    ("stated", Kind::Int),
    ("of_age_at", Kind::Int),
];

/// What a touchpoint states of one of its subjects.
#[derive(Debug, Clone)]
pub(crate) struct OfAge {
    pub(crate) record: RecordId,
    pub(crate) fact: TouchpointId,
    /// 0 for an original, from 1 for an amendment.
    pub(crate) revision: i32,
    pub(crate) majority: Majority,
    /// Whether it states anything: an amendment that does not takes back what its target stated.
    pub(crate) stated: bool,
}

impl OfAge {
    fn wins_over(&self, other: &Self) -> bool {
        (self.revision, self.majority.touchpoint) > (other.revision, other.majority.touchpoint)
    }
}

/// Puts what touchpoints state in its place, where it wins over what is there.
pub(crate) async fn save(tx: &Tx, scope: Scope<'_>, stated: Vec<OfAge>) -> Result<(), StoreError> {
    let mut insert = Insert::new("majority", COLUMNS).on_conflict(
        "(tenant, generation, fact_id, record_id) DO UPDATE SET touchpoint_id = excluded.touchpoint_id,
         revision = excluded.revision, source_rank = excluded.source_rank, occurred_at = excluded.occurred_at,
         stated = excluded.stated, of_age_at = excluded.of_age_at
         WHERE (majority.revision, majority.touchpoint_id) < (excluded.revision, excluded.touchpoint_id)",
    );
    let mut best: BTreeMap<(TouchpointId, RecordId), OfAge> = BTreeMap::new();
    for one in stated {
        if best.get(&(one.fact, one.record)).is_none_or(|other| one.wins_over(other)) {
            best.insert((one.fact, one.record), one);
        }
    }
    for ((fact, record), one) in best {
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            fact.0.to_vec().into(),
            record.0.to_vec().into(),
            one.majority.touchpoint.0.to_vec().into(),
            i64::from(one.revision).into(),
            i64::from(one.majority.source_rank).into(),
            one.majority.at.0.into(),
            i64::from(one.stated).into(),
            one.majority.of_age_at.unwrap_or(Timestamp::MIN).0.into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// What is stated of records, in no order.
pub(crate) async fn of_records(
    query: &impl Query,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<Vec<(RecordId, Majority)>, StoreError> {
    let sql = format!(
        "SELECT record_id, touchpoint_id, source_rank, occurred_at, of_age_at FROM majority
         WHERE tenant = ? AND generation = {ACTIVE} AND stated = 1 AND record_id {{keys}}"
    );
    let rows = query.by_keys(&sql, vec![tenant.as_str().into()], keys(records)).await?;
    rows.iter()
        .map(|row| {
            let majority = Majority {
                touchpoint: TouchpointId(row.id(1)?),
                source_rank: i32::try_from(row.get::<i64>(2)?).unwrap_or_default(),
                at: Timestamp(row.get(3)?),
                of_age_at: Some(Timestamp(row.get(4)?)).filter(|at| *at != Timestamp::MIN),
            };
            Ok((RecordId(row.id(0)?), majority))
        })
        .collect()
}

/// Drops what is stated of erased records.
pub(crate) async fn drop(tx: &Tx, scope: Scope<'_>, records: &[RecordId]) -> Result<(), StoreError> {
    let sql = "DELETE FROM majority WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.execute_by_keys(sql, scope.values(), keys(records)).await.map(|_| ())
}
