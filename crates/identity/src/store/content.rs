//! The distinct contents of records: sealed, how many facts say each, and when last.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Timestamp, TouchpointId};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::{Place, record_keys};
use crate::domain::content::{Digest, Held, Stamp};

const CONTENT: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("content", Kind::Bytes),
    ("sealed", Kind::Bytes),
    ("facts", Kind::Int),
    ("latest_at", Kind::Int),
    ("latest_by", Kind::Bytes),
];

/// What the records' contents are held by.
pub(crate) async fn held(
    tx: &Tx,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<RecordId, BTreeMap<Digest, Held>>, StoreError> {
    let sql = "SELECT record_id, content, facts, latest_at, latest_by FROM record_content
               WHERE tenant = ? AND generation = ? AND record_id {keys}";
    let mut found: BTreeMap<RecordId, BTreeMap<Digest, Held>> = BTreeMap::new();
    for row in tx.by_keys(sql, place.values(), record_keys(records)).await? {
        let latest = Stamp { at: Timestamp(row.get(3)?), by: TouchpointId(row.id(4)?) };
        found.entry(RecordId(row.id(0)?)).or_default().insert(row.id(1)?, Held { facts: row.get(2)?, latest });
    }
    Ok(found)
}

/// The records' contents, sealed.
pub(crate) async fn sealed(
    tx: &Tx,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<(RecordId, Digest), Vec<u8>>, StoreError> {
    let sql = "SELECT record_id, content, sealed FROM record_content
               WHERE tenant = ? AND generation = ? AND record_id {keys}";
    let rows = tx.by_keys(sql, place.values(), record_keys(records)).await?;
    rows.iter().map(|row| Ok(((RecordId(row.id(0)?), row.id(1)?), row.get(2)?))).collect()
}

/// Writes what contents are held by now; those that are new have something sealed.
pub(crate) async fn write(
    tx: &Tx,
    place: Place<'_>,
    held: Vec<((RecordId, Digest), Held, Vec<u8>)>,
) -> Result<(), StoreError> {
    let mut insert = Insert::new("record_content", CONTENT).on_conflict(
        "(tenant, generation, record_id, content) DO UPDATE SET facts = excluded.facts,
         latest_at = excluded.latest_at, latest_by = excluded.latest_by",
    );
    for ((record, content), held, sealed) in held {
        insert.row([
            place.tenant.as_str().into(),
            place.generation.into(),
            record.0.to_vec().into(),
            content.to_vec().into(),
            sealed.into(),
            held.facts.into(),
            held.latest.at.0.into(),
            held.latest.by.0.to_vec().into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Deletes the contents of the records that nobody says any more: those held by no fact.
pub(crate) async fn sweep(tx: &Tx, place: Place<'_>, records: &BTreeSet<RecordId>) -> Result<(), StoreError> {
    let sql = "DELETE FROM record_content WHERE tenant = ? AND generation = ? AND facts <= 0 AND record_id {keys}";
    tx.execute_by_keys(sql, place.values(), record_keys(records)).await.map(|_| ())
}
