//! Source records: that they exist, or were erased.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId, Tenant, Timestamp};
use tenure_store::{Insert, Kind, Query, StoreError, Tx, Value};

use super::{Place, generation::ACTIVE, record_keys};

const ERASED: &[(&str, Kind)] = &[("tenant", Kind::Text), ("generation", Kind::Int), ("record_id", Kind::Bytes)];

const RECORD: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("source", Kind::Text),
    ("first_seen_at", Kind::Int),
];

/// A source record and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceRecord {
    /// Its id.
    pub(crate) id: RecordId,
    /// The source system.
    pub(crate) source: String,
    /// The person that it belongs to.
    pub(crate) person: PersonId,
    /// When the first touchpoint that named it happened.
    pub(crate) first_seen_at: Timestamp,
    /// The version of its membership.
    pub(crate) version: i64,
}

/// What is known of a record before it belongs to anyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// The source system.
    pub(crate) source: String,
    /// When the first touchpoint that named it happened.
    pub(crate) first_seen_at: Timestamp,
}

/// Those of the records that were erased.
pub(crate) async fn erased(
    tx: &Tx,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeSet<RecordId>, StoreError> {
    let sql = "SELECT record_id FROM erased_record WHERE tenant = ? AND generation = ? AND record_id {keys}";
    let rows = tx.by_keys(sql, place.values(), record_keys(records)).await?;
    rows.iter().map(|row| row.id(0).map(RecordId)).collect()
}

/// Erases records, for good.
pub(crate) async fn erase(tx: &Tx, place: Place<'_>, records: &BTreeSet<RecordId>) -> Result<(), StoreError> {
    let mut insert = Insert::new("erased_record", ERASED).on_conflict("(tenant, generation, record_id) DO NOTHING");
    for record in records {
        insert.row([place.tenant.as_str().into(), place.generation.into(), record.0.to_vec().into()]);
    }
    tx.insert(insert).await?;
    let sql = "DELETE FROM source_record WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.execute_by_keys(sql, place.values(), record_keys(records)).await.map(|_| ())
}

/// When those of the records were first seen that are known.
pub(crate) async fn first_seen(
    tx: &Tx,
    place: Place<'_>,
    records: impl IntoIterator<Item = &RecordId>,
) -> Result<BTreeMap<RecordId, Timestamp>, StoreError> {
    let sql =
        "SELECT record_id, first_seen_at FROM source_record WHERE tenant = ? AND generation = ? AND record_id {keys}";
    let rows = tx.by_keys(sql, place.values(), record_keys(records)).await?;
    rows.iter().map(|row| Ok((RecordId(row.id(0)?), Timestamp(row.get(1)?)))).collect()
}

/// Takes in records that are new or were seen earlier than was known.
pub(crate) async fn put(tx: &Tx, place: Place<'_>, sightings: BTreeMap<RecordId, Sighting>) -> Result<(), StoreError> {
    let mut insert = Insert::new("source_record", RECORD)
        .on_conflict("(tenant, generation, record_id) DO UPDATE SET first_seen_at = excluded.first_seen_at");
    for (record, sighting) in sightings {
        insert.row([
            place.tenant.as_str().into(),
            place.generation.into(),
            record.0.to_vec().into(),
            sighting.source.into(),
            sighting.first_seen_at.0.into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

fn select(condition: &str) -> String {
    format!(
        "SELECT m.record_id, r.source, m.person_id, r.first_seen_at, m.version FROM membership m
         JOIN source_record r ON r.tenant = m.tenant AND r.generation = {ACTIVE} AND r.record_id = m.record_id
         WHERE m.tenant = ? AND {condition}"
    )
}

fn read(row: &tenure_store::Row) -> Result<SourceRecord, StoreError> {
    Ok(SourceRecord {
        id: RecordId(row.id(0)?),
        source: row.get(1)?,
        person: PersonId(row.id(2)?),
        first_seen_at: Timestamp(row.get(3)?),
        version: row.get(4)?,
    })
}

/// Those of the records that are known.
pub(crate) async fn get(
    query: &impl Query,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<RecordId, SourceRecord>, StoreError> {
    let rows = query.by_keys(&select("m.record_id {keys}"), vec![tenant.as_str().into()], record_keys(records)).await?;
    rows.iter().map(|row| read(row).map(|record| (record.id, record))).collect()
}

/// A person's records by id, behind one of them.
pub(crate) async fn page(
    query: &impl Query,
    tenant: &Tenant,
    person: PersonId,
    after: &[u8],
    limit: usize,
) -> Result<Vec<SourceRecord>, StoreError> {
    // The ids first: SQLite would rather read all source records than look up a person's.
    let sql = format!(
        "SELECT record_id FROM membership WHERE tenant = ? AND record_id > ? AND person_id {{keys}}
         ORDER BY person_id, record_id LIMIT {limit}"
    );
    let values: Vec<Value> = vec![tenant.as_str().into(), after.to_vec().into()];
    let rows = query.by_keys(&sql, values, vec![person.0.to_vec()]).await?;
    let ids = rows.iter().map(|row| row.id(0).map(RecordId)).collect::<Result<_, _>>()?;
    Ok(get(query, tenant, &ids).await?.into_values().collect())
}
