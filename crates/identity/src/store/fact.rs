//! Facts: a row for the primary subject's record, and one for each other record that the fact brings something to.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Timestamp, TouchpointId};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::{Place, optional, record_keys, unreadable};
use crate::domain::{
    content::{Digest, Stamp},
    fact::{Changes, Fact, Part, Rank},
    key,
};

const FACT: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("fact_id", Kind::Bytes),
    ("record_id", Kind::Bytes),
    ("is_primary", Kind::Int),
    ("revision", Kind::Int),
    ("touchpoint_id", Kind::Bytes),
    ("occurred_at", Kind::Int),
    ("match_keys", Kind::Bytes),
    ("content", Kind::Bytes),
];

fn fact_keys<'a>(facts: impl IntoIterator<Item = &'a TouchpointId>) -> Vec<Vec<u8>> {
    facts.into_iter().map(|fact| fact.0.to_vec()).collect()
}

/// The facts that name any of the records.
pub(crate) async fn naming(
    tx: &Tx,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeSet<TouchpointId>, StoreError> {
    let sql = "SELECT fact_id FROM record_fact WHERE tenant = ? AND generation = ? AND record_id {keys}";
    let rows = tx.by_keys(sql, place.values(), record_keys(records)).await?;
    rows.iter().map(|row| row.id(0).map(TouchpointId)).collect()
}

/// Those of the facts that are stored.
pub(crate) async fn load(
    tx: &Tx,
    place: Place<'_>,
    facts: &BTreeSet<TouchpointId>,
) -> Result<BTreeMap<TouchpointId, Fact>, StoreError> {
    let sql = "SELECT fact_id, record_id, is_primary, revision, touchpoint_id, occurred_at, match_keys, content FROM record_fact
               WHERE tenant = ? AND generation = ? AND fact_id {keys}";
    let mut found: BTreeMap<TouchpointId, Fact> = BTreeMap::new();
    for row in tx.by_keys(sql, place.values(), fact_keys(facts)).await? {
        let (id, record) = (TouchpointId(row.id(0)?), RecordId(row.id(1)?));
        let rank = Rank { revision: row.get(3)?, touchpoint: TouchpointId(row.id(4)?) };
        let occurred_at = Timestamp(row.get(5)?);
        let keys = key::unpack(&row.get::<Vec<u8>>(6)?).ok_or_else(|| unreadable("record_fact.match_keys"))?;
        let part = Part { keys, content: optional(&row, 7)? };
        let new = || Fact { id, rank, primary: record, occurred_at, parts: BTreeMap::new() };
        let fact = found.entry(id).or_insert_with(new);
        if row.get::<i64>(2)? != 0 {
            fact.primary = record;
        }
        fact.parts.insert(record, part);
    }
    Ok(found)
}

/// Writes the slots that changed.
pub(crate) async fn write(tx: &Tx, place: Place<'_>, changes: &Changes) -> Result<(), StoreError> {
    let sql = "DELETE FROM record_fact WHERE tenant = ? AND generation = ? AND fact_id {keys}";
    tx.execute_by_keys(sql, place.values(), fact_keys(&changes.replaced)).await?;
    let mut insert = Insert::new("record_fact", FACT);
    for fact in &changes.facts {
        for (record, part) in &fact.parts {
            let is_primary = *record == fact.primary;
            if !is_primary && part.is_empty() {
                continue;
            }
            insert.row([
                place.tenant.as_str().into(),
                place.generation.into(),
                fact.id.0.to_vec().into(),
                record.0.to_vec().into(),
                i64::from(is_primary).into(),
                fact.rank.revision.into(),
                fact.rank.touchpoint.0.to_vec().into(),
                fact.occurred_at.0.into(),
                key::pack(&part.keys).into(),
                part.content.map(|content| content.to_vec()).unwrap_or_default().into(),
            ]);
        }
    }
    tx.insert(insert).await.map(|_| ())
}

/// When each content of the records was said last, by their facts.
pub(crate) async fn last_said(
    tx: &Tx,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<(RecordId, Digest), Stamp>, StoreError> {
    let sql = "SELECT record_id, content, occurred_at, touchpoint_id FROM (
            SELECT record_id, content, occurred_at, touchpoint_id,
                ROW_NUMBER() OVER (PARTITION BY record_id, content ORDER BY occurred_at DESC, touchpoint_id DESC) AS place
            FROM record_fact WHERE tenant = ? AND generation = ? AND record_id {keys}) AS ranked
        WHERE place = 1";
    let mut last = BTreeMap::new();
    for row in tx.by_keys(sql, place.values(), record_keys(records)).await? {
        if let Some(content) = optional(&row, 1)? {
            let stamp = Stamp { at: Timestamp(row.get(2)?), by: TouchpointId(row.id(3)?) };
            last.insert((RecordId(row.id(0)?), content), stamp);
        }
    }
    Ok(last)
}
