//! Edges between records, both ways.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::{Place, record_keys, unreadable};
use crate::domain::edge::{Edge, Edges, least};

const EDGE: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("other_id", Kind::Bytes),
    ("kind", Kind::Int),
    ("weight", Kind::Int),
];

const MARK: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("other_id", Kind::Bytes),
    ("kind", Kind::Int),
    ("weight", Kind::Int),
    ("review", Kind::Int),
];

/// Kinds of edges, as they are stored; the last stands in a row that is about to be deleted.
const WEIGHED: i64 = 0;
const FOLLOWS: i64 = 1;
const LEADS: i64 = 2;
const CUT: i64 = 3;
/// More than any weight.
const ALWAYS: i64 = 1 << 24;

fn pack(edge: Option<Edge>) -> (i64, i64) {
    match edge {
        Some(Edge::Weighed(weight)) => (WEIGHED, weight),
        Some(Edge::Follows) => (FOLLOWS, ALWAYS),
        Some(Edge::Leads) => (LEADS, ALWAYS),
        None => (CUT, 0),
    }
}

fn unpack(kind: i64, weight: i64) -> Option<Edge> {
    match kind {
        WEIGHED => Some(Edge::Weighed(weight)),
        FOLLOWS => Some(Edge::Follows),
        LEADS => Some(Edge::Leads),
        _ => None,
    }
}

/// The edges of the records, seen from them.
pub(crate) async fn of(
    query: &impl Query,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<Edges, StoreError> {
    Ok(with_marks(query, place, records).await?.into_iter().map(|(pair, (edge, _))| (pair, edge)).collect())
}

/// The same, with what each is marked as: why somebody should look at it; 0 is nothing to look at.
pub(crate) async fn with_marks(
    query: &impl Query,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<(RecordId, RecordId), (Edge, i64)>, StoreError> {
    let sql = "SELECT record_id, other_id, kind, weight, review FROM link_edge
               WHERE tenant = ? AND generation = ? AND record_id {keys}";
    let rows = query.by_keys(sql, place.values(), record_keys(records)).await?;
    let read = |row: &tenure_store::Row| {
        let edge = unpack(row.get(2)?, row.get(3)?).ok_or_else(|| unreadable("link_edge.kind"))?;
        Ok(((RecordId(row.id(0)?), RecordId(row.id(1)?)), (edge, row.get(4)?)))
    };
    rows.iter().map(read).collect()
}

/// The records, and all that edges which hold reach from them, however far.
pub(crate) async fn reached(
    tx: &Tx,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeSet<RecordId>, StoreError> {
    let step =
        "SELECT other_id FROM link_edge WHERE tenant = ? AND generation = ? AND weight >= ? AND record_id {keys}";
    let mut values = place.values();
    values.push(least().into());
    let found = tx.walk(step, values, record_keys(records)).await?;
    found.into_iter().map(|id| Ok(RecordId(id.try_into().map_err(|_| unreadable("link_edge.other_id"))?))).collect()
}

/// Writes edges, both ways; `None` where there is none any more.
pub(crate) async fn write(
    tx: &Tx,
    place: Place<'_>,
    changes: &BTreeMap<(RecordId, RecordId), Option<Edge>>,
) -> Result<(), StoreError> {
    let mut insert = Insert::new("link_edge", EDGE).on_conflict(
        "(tenant, generation, record_id, other_id) DO UPDATE SET kind = excluded.kind, weight = excluded.weight",
    );
    let mut both: BTreeMap<(RecordId, RecordId), Option<Edge>> = BTreeMap::new();
    for ((record, other), edge) in changes {
        both.insert((*record, *other), *edge);
        both.insert((*other, *record), edge.map(Edge::turned));
    }
    let cut: BTreeSet<RecordId> =
        both.iter().filter(|(_, edge)| edge.is_none()).map(|((record, _), _)| *record).collect();
    for ((record, other), edge) in both {
        let (kind, weight) = pack(edge);
        insert.row([
            place.tenant.as_str().into(),
            place.generation.into(),
            record.0.to_vec().into(),
            other.0.to_vec().into(),
            kind.into(),
            weight.into(),
        ]);
    }
    tx.insert(insert).await?;
    let sql = "DELETE FROM link_edge WHERE tenant = ? AND generation = ? AND kind = ? AND record_id {keys}";
    let mut values = place.values();
    values.push(CUT.into());
    tx.execute_by_keys(sql, values, record_keys(&cut)).await.map(|_| ())
}

/// A pair, both ways round, with its weight and whether it is to be looked at; 0 is nothing to look at.
pub(crate) type Marked = BTreeMap<(RecordId, RecordId), (i64, i64)>;

/// Marks pairs that there are.
pub(crate) async fn mark(tx: &Tx, place: Place<'_>, marks: &Marked) -> Result<(), StoreError> {
    let mut insert = Insert::new("link_edge", MARK)
        .on_conflict("(tenant, generation, record_id, other_id) DO UPDATE SET review = excluded.review");
    for ((record, other), (weight, review)) in marks {
        insert.row([
            place.tenant.as_str().into(),
            place.generation.into(),
            record.0.to_vec().into(),
            other.0.to_vec().into(),
            WEIGHED.into(),
            (*weight).into(),
            (*review).into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// The pairs of the records that are marked, with their weights and marks.
pub(crate) async fn marked(
    query: &impl Query,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<Marked, StoreError> {
    let sql = "SELECT record_id, other_id, weight, review FROM link_edge
               WHERE tenant = ? AND generation = ? AND review > 0 AND record_id {keys}";
    let rows = query.by_keys(sql, place.values(), record_keys(records)).await?;
    let read = |row: &tenure_store::Row| {
        Ok(((RecordId(row.id(0)?), RecordId(row.id(1)?)), (row.get::<i64>(2)?, row.get::<i64>(3)?)))
    };
    rows.iter().map(read).collect()
}

/// The pairs to look at, the heaviest first, then by id: the pair, its weight, and why.
pub(crate) async fn to_review(
    query: &impl Query,
    place: Place<'_>,
    limit: usize,
) -> Result<Vec<((RecordId, RecordId), i64, i64)>, StoreError> {
    let sql = "SELECT record_id, other_id, weight, review FROM link_edge
               WHERE tenant = ? AND generation = ? AND review > 0 AND record_id < other_id
               ORDER BY review, weight DESC, record_id, other_id LIMIT ?";
    let mut values = place.values();
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let rows = query.all(sql, values).await?;
    rows.iter().map(|row| Ok(((RecordId(row.id(0)?), RecordId(row.id(1)?)), row.get(2)?, row.get(3)?))).collect()
}
