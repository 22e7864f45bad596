//! Who carries which match key: how many facts say so, and how many records carry each.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId, Tenant, identifier::IdentifierKind};
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

use super::{Place, generation::ACTIVE, unreadable};
use crate::domain::key::{MAX_BLOCK, MatchKey};

const KEY: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("match_key", Kind::Bytes),
    ("record_id", Kind::Bytes),
    ("kind", Kind::Int),
    ("facts", Kind::Int),
];

const BLOCK: &[(&str, Kind)] =
    &[("tenant", Kind::Text), ("generation", Kind::Int), ("match_key", Kind::Bytes), ("records", Kind::Int)];

/// The key and the record in a row that begins with hash, kind and record.
fn read(row: &Row) -> Result<(MatchKey, RecordId), StoreError> {
    let number = i32::try_from(row.get::<i64>(1)?).unwrap_or_default();
    let kind = IdentifierKind::from_number(number).ok_or_else(|| unreadable("record_key.kind"))?;
    Ok((MatchKey { kind, hash: row.id(0)? }, RecordId(row.id(2)?)))
}

fn key_keys<'a>(keys: impl IntoIterator<Item = &'a MatchKey>) -> Vec<Vec<u8>> {
    keys.into_iter().map(|key| key.hash.to_vec()).collect()
}

/// The records that began to carry a key, and those that no longer do.
#[derive(Debug, Default)]
pub(crate) struct Carriers {
    /// The records that carry the key now and did not.
    pub(crate) joined: BTreeMap<MatchKey, Vec<RecordId>>,
    /// The records that carried the key and do not now.
    pub(crate) left: BTreeMap<MatchKey, Vec<RecordId>>,
}

/// Counts facts.
pub(crate) async fn count(
    tx: &Tx,
    place: Place<'_>,
    counts: &BTreeMap<(MatchKey, RecordId), i64>,
) -> Result<Carriers, StoreError> {
    let mut insert = Insert::new("record_key", KEY).on_conflict(
        "(tenant, generation, match_key, record_id) DO UPDATE SET facts = record_key.facts + excluded.facts",
    );
    for ((key, record), count) in counts {
        insert.row([
            place.tenant.as_str().into(),
            place.generation.into(),
            key.hash.to_vec().into(),
            record.0.to_vec().into(),
            i64::from(key.kind.number()).into(),
            (*count).into(),
        ]);
    }
    let mut carriers = Carriers::default();
    for row in tx.insert_returning(insert, "match_key, kind, record_id, facts").await? {
        let ((key, record), facts) = (read(&row)?, row.get::<i64>(3)?);
        if facts <= 0 {
            carriers.left.entry(key).or_default().push(record);
        } else if counts.get(&(key, record)) == Some(&facts) {
            carriers.joined.entry(key).or_default().push(record);
        }
    }
    let sql = "DELETE FROM record_key WHERE tenant = ? AND generation = ? AND facts <= 0 AND match_key {keys}";
    tx.execute_by_keys(sql, place.values(), key_keys(carriers.left.keys())).await?;
    Ok(carriers)
}

/// Counts the records that carry keys; answers how many there are now.
pub(crate) async fn resize(
    tx: &Tx,
    place: Place<'_>,
    by: &BTreeMap<MatchKey, i64>,
) -> Result<BTreeMap<[u8; 16], i64>, StoreError> {
    let mut insert = Insert::new("match_block", BLOCK)
        .on_conflict("(tenant, generation, match_key) DO UPDATE SET records = match_block.records + excluded.records");
    for (key, by) in by {
        insert.row([place.tenant.as_str().into(), place.generation.into(), key.hash.to_vec().into(), (*by).into()]);
    }
    let rows = tx.insert_returning(insert, "match_key, records").await?;
    let sizes: BTreeMap<[u8; 16], i64> =
        rows.iter().map(|row| Ok((row.id(0)?, row.get(1)?))).collect::<Result<_, StoreError>>()?;
    let empty = sizes.iter().filter(|(_, records)| **records <= 0).map(|(hash, _)| hash.to_vec()).collect();
    let sql = "DELETE FROM match_block WHERE tenant = ? AND generation = ? AND match_key {keys}";
    tx.execute_by_keys(sql, place.values(), empty).await?;
    Ok(sizes)
}

/// The persons whose records carry any of the keys, weak ones too; generic keys find nobody.
pub(crate) async fn persons(
    query: &impl Query,
    tenant: &Tenant,
    keys: &BTreeSet<MatchKey>,
) -> Result<BTreeSet<([u8; 16], PersonId)>, StoreError> {
    let sql = format!(
        "SELECT DISTINCT k.match_key, m.person_id FROM record_key k
         JOIN match_block b ON b.tenant = k.tenant AND b.generation = k.generation AND b.match_key = k.match_key
         JOIN membership m ON m.tenant = k.tenant AND m.record_id = k.record_id
         WHERE k.tenant = ? AND k.generation = {ACTIVE} AND b.records <= ? AND k.match_key {{keys}}"
    );
    let values = vec![tenant.as_str().into(), cap().into()];
    let rows = query.by_keys(&sql, values, key_keys(keys)).await?;
    rows.iter().map(|row| Ok((row.id(0)?, PersonId(row.id(1)?)))).collect()
}

/// [`MAX_BLOCK`] for a query.
fn cap() -> i64 {
    i64::try_from(MAX_BLOCK).unwrap_or(i64::MAX)
}
