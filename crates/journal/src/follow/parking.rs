//! Parking: an entry that can't be applied is set aside in the same transaction, counted, and can be applied again.

use prost::Message;
use tenure_kernel::{IdSource, Timestamp};
use tenure_proto::journal::v1 as pb;
use tenure_store::{Insert, Kind, Query, Store, StoreError, Tx, Value};

use super::checkpoint::Place;

/// An entry to set aside, and why.
#[derive(Clone)]
pub(crate) struct Parking {
    pub(crate) entry: pb::JournalEntry,
    pub(crate) reason: String,
}

const COLUMNS: &[(&str, Kind)] = &[
    ("parked_id", Kind::Bytes),
    ("projection", Kind::Text),
    ("generation", Kind::Int),
    ("journal", Kind::Text),
    ("range_index", Kind::Int),
    ("sequence", Kind::Int),
    ("entry", Kind::Bytes),
    ("reason", Kind::Text),
    ("parked_at", Kind::Int),
];

/// Sets entries aside.
pub(crate) async fn park(
    tx: &Tx,
    place: &Place,
    parked: &[Parking],
    ids: &dyn IdSource,
    at: Timestamp,
) -> Result<(), StoreError> {
    let mut insert = Insert::new("parked", COLUMNS);
    for one in parked {
        insert.row([
            ids.next().to_vec().into(),
            place.projection.into(),
            place.generation.into(),
            place.journal.into(),
            place.range.into(),
            one.entry.sequence.into(),
            one.entry.encode_to_vec().into(),
            one.reason.as_str().into(),
            at.0.into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Says what was set aside, once that is durable.
pub(crate) fn report(place: &Place, parked: &[Parking]) {
    for one in parked {
        tracing::error!(
            projection = place.projection,
            journal = place.journal,
            sequence = one.entry.sequence,
            reason = one.reason,
            "entry parked"
        );
    }
}

/// A parked entry, with its place.
pub(crate) struct Parked {
    pub(crate) id: [u8; 16],
    pub(crate) generation: i64,
    pub(crate) journal: String,
    pub(crate) range: i64,
    pub(crate) entry: pb::JournalEntry,
    pub(crate) reason: String,
    pub(crate) at: Timestamp,
}

/// What a projection's active generation has parked, oldest first, behind a cursor of sequence and id.
pub(crate) async fn list(
    store: &Store,
    projection: &str,
    after: (i64, Vec<u8>),
    limit: i64,
) -> Result<Vec<Parked>, StoreError> {
    let sql = "SELECT k.parked_id, k.generation, k.journal, k.range_index, k.entry, k.reason, k.parked_at
        FROM parked k JOIN projection p ON p.name = k.projection AND p.active = k.generation
        WHERE k.projection = ? AND (k.sequence > ? OR (k.sequence = ? AND k.parked_id > ?))
        ORDER BY k.sequence, k.parked_id LIMIT ?";
    let values: Vec<Value> = vec![projection.into(), after.0.into(), after.0.into(), after.1.into(), limit.into()];
    let rows = store.all(sql, values).await?;
    rows.iter()
        .map(|row| {
            let entry = pb::JournalEntry::decode(row.get::<Vec<u8>>(4)?.as_slice())
                .map_err(|_| StoreError::Row("parked.entry".to_owned()))?;
            Ok(Parked {
                id: row.id(0)?,
                generation: row.get(1)?,
                journal: row.get(2)?,
                range: row.get(3)?,
                entry,
                reason: row.get(5)?,
                at: Timestamp(row.get(6)?),
            })
        })
        .collect()
}

/// Takes an entry out of the parking. Answers whether it was there.
pub(crate) async fn take(tx: &Tx, id: [u8; 16]) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM parked WHERE parked_id = ?", vec![id.to_vec().into()]).await? == 1)
}
