//! Facts: a row for the primary subject's record, and one for each other record that the fact brings keys to.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, TouchpointId};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::{Place, record_keys, unreadable};
use crate::domain::{
    fact::{Changes, Fact, Rank},
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
    ("match_keys", Kind::Bytes),
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
    let sql = "SELECT fact_id, record_id, is_primary, revision, touchpoint_id, match_keys FROM record_fact
               WHERE tenant = ? AND generation = ? AND fact_id {keys}";
    let mut found: BTreeMap<TouchpointId, Fact> = BTreeMap::new();
    for row in tx.by_keys(sql, place.values(), fact_keys(facts)).await? {
        let (id, record) = (TouchpointId(row.id(0)?), RecordId(row.id(1)?));
        let rank = Rank { revision: row.get(3)?, touchpoint: TouchpointId(row.id(4)?) };
        let keys = key::unpack(&row.get::<Vec<u8>>(5)?).ok_or_else(|| unreadable("record_fact.match_keys"))?;
        let fact = found.entry(id).or_insert_with(|| Fact { id, rank, primary: record, keys: BTreeMap::new() });
        if row.get::<i64>(2)? != 0 {
            fact.primary = record;
        }
        fact.keys.insert(record, keys);
    }
    Ok(found)
}

/// Writes the slots that changed.
pub(crate) async fn write(tx: &Tx, place: Place<'_>, changes: &Changes) -> Result<(), StoreError> {
    let sql = "DELETE FROM record_fact WHERE tenant = ? AND generation = ? AND fact_id {keys}";
    tx.execute_by_keys(sql, place.values(), fact_keys(&changes.replaced)).await?;
    let mut insert = Insert::new("record_fact", FACT);
    for fact in &changes.facts {
        for (record, keys) in &fact.keys {
            let is_primary = *record == fact.primary;
            if !is_primary && keys.is_empty() {
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
                key::pack(keys).into(),
            ]);
        }
    }
    tx.insert(insert).await.map(|_| ())
}
