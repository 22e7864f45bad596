//! Portraits: sealed, with what they were made of and which of their values say nothing.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;
use tenure_linkage::Generic;
use tenure_store::{Insert, Kind, Query, StoreError, Tx, Value};

use super::{Place, record_keys};
use crate::domain::content::Digest;

const PORTRAIT: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("contents", Kind::Bytes),
    ("sealed", Kind::Bytes),
    ("generic", Kind::Int),
];

/// A portrait as it is stored.
pub(crate) struct Stored {
    /// What it shows, sealed.
    pub(crate) sealed: Vec<u8>,
    /// Which values say nothing.
    pub(crate) generic: Generic,
}

/// What the records' portraits were made of; those without a portrait say nothing of themselves.
pub(crate) async fn contents(
    tx: &Tx,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<RecordId, Digest>, StoreError> {
    let sql =
        "SELECT record_id, contents FROM record_portrait WHERE tenant = ? AND generation = ? AND record_id {keys}";
    let rows = tx.by_keys(sql, place.values(), record_keys(records)).await?;
    rows.iter().map(|row| Ok((RecordId(row.id(0)?), row.id(1)?))).collect()
}

/// The records' portraits.
pub(crate) async fn load(
    query: &impl Query,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<RecordId, Stored>, StoreError> {
    let sql = "SELECT record_id, sealed, generic FROM record_portrait
               WHERE tenant = ? AND generation = ? AND record_id {keys}";
    let rows = query.by_keys(sql, place.values(), record_keys(records)).await?;
    rows.iter()
        .map(|row| {
            let generic = Generic(u32::try_from(row.get::<i64>(2)?).unwrap_or_default());
            Ok((RecordId(row.id(0)?), Stored { sealed: row.get(1)?, generic }))
        })
        .collect()
}

/// The records behind one, or from the first on, that have a portrait; by id.
pub(crate) async fn after(
    query: &impl Query,
    place: Place<'_>,
    after: &[u8],
    limit: usize,
) -> Result<Vec<RecordId>, StoreError> {
    let sql = "SELECT record_id FROM record_portrait WHERE tenant = ? AND generation = ? AND record_id > ?
               ORDER BY record_id LIMIT ?";
    let rows = query.all(sql, behind(place, after, limit)).await?;
    rows.iter().map(|row| Ok(RecordId(row.id(0)?))).collect()
}

/// The same with their sealed portraits.
pub(crate) async fn page(
    query: &impl Query,
    place: Place<'_>,
    after: &[u8],
    limit: usize,
) -> Result<Vec<(RecordId, Vec<u8>)>, StoreError> {
    let sql = "SELECT record_id, sealed FROM record_portrait WHERE tenant = ? AND generation = ? AND record_id > ?
               ORDER BY record_id LIMIT ?";
    let rows = query.all(sql, behind(place, after, limit)).await?;
    rows.iter().map(|row| Ok((RecordId(row.id(0)?), row.get(1)?))).collect()
}

fn behind(place: Place<'_>, after: &[u8], limit: usize) -> Vec<Value> {
    let mut values = place.values();
    values.extend([after.to_vec().into(), i64::try_from(limit).unwrap_or(i64::MAX).into()]);
    values
}

/// How many records have a portrait.
pub(crate) async fn count(query: &impl Query, place: Place<'_>) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM record_portrait WHERE tenant = ? AND generation = ? /* whole */";
    let row = query.first(sql, place.values()).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

fn row(place: Place<'_>, record: RecordId, contents: Vec<u8>, sealed: Vec<u8>, generic: Generic) -> [Value; 6] {
    [
        place.tenant.as_str().into(),
        place.generation.into(),
        record.0.to_vec().into(),
        contents.into(),
        sealed.into(),
        i64::from(generic.0).into(),
    ]
}

/// Writes portraits that are new: record, contents, sealed. Which of their values say nothing is not known yet.
pub(crate) async fn write(
    tx: &Tx,
    place: Place<'_>,
    portraits: Vec<(RecordId, Digest, Vec<u8>)>,
) -> Result<(), StoreError> {
    let mut insert = Insert::new("record_portrait", PORTRAIT).on_conflict(
        "(tenant, generation, record_id) DO UPDATE SET contents = excluded.contents, sealed = excluded.sealed,
         generic = excluded.generic",
    );
    for (record, contents, sealed) in portraits {
        insert.row(row(place, record, contents.to_vec(), sealed, Generic::default()));
    }
    tx.insert(insert).await.map(|_| ())
}

/// Writes of what portraits are made that look as before.
pub(crate) async fn reorder(tx: &Tx, place: Place<'_>, portraits: Vec<(RecordId, Digest)>) -> Result<(), StoreError> {
    let mut insert = Insert::new("record_portrait", PORTRAIT)
        .on_conflict("(tenant, generation, record_id) DO UPDATE SET contents = excluded.contents");
    for (record, contents) in portraits {
        insert.row(row(place, record, contents.to_vec(), Vec::new(), Generic::default()));
    }
    tx.insert(insert).await.map(|_| ())
}

/// Writes which values of portraits that are stored say nothing.
pub(crate) async fn mask(tx: &Tx, place: Place<'_>, masks: BTreeMap<RecordId, Generic>) -> Result<(), StoreError> {
    let mut insert = Insert::new("record_portrait", PORTRAIT)
        .on_conflict("(tenant, generation, record_id) DO UPDATE SET generic = excluded.generic");
    for (record, generic) in masks {
        insert.row(row(place, record, Vec::new(), Vec::new(), generic));
    }
    tx.insert(insert).await.map(|_| ())
}

/// Deletes portraits.
pub(crate) async fn delete(tx: &Tx, place: Place<'_>, records: &BTreeSet<RecordId>) -> Result<(), StoreError> {
    let sql = "DELETE FROM record_portrait WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.execute_by_keys(sql, place.values(), record_keys(records)).await.map(|_| ())
}
