//! Who carries which match key: how many facts say so, and how many records carry each.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId, Tenant, identifier::IdentifierKind};
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

use super::{Place, generation::ACTIVE, membership, unreadable};
use crate::domain::key::{MAX_BLOCK, MatchKey};

const KEY: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("match_key", Kind::Bytes),
    ("record_id", Kind::Bytes),
    ("kind", Kind::Int),
    ("facts", Kind::Int),
];

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

/// The persons whose records carry any of the keys, weak ones too; generic keys find nobody.
pub(crate) async fn persons(
    query: &impl Query,
    tenant: &Tenant,
    keys: &BTreeSet<MatchKey>,
) -> Result<BTreeSet<([u8; 16], PersonId)>, StoreError> {
    let most = MAX_BLOCK + 1;
    let sql = format!(
        "SELECT match_key, record_id FROM record_key
         WHERE tenant = ? AND generation = {ACTIVE} AND match_key {{keys}} LIMIT {most}"
    );
    let mut carriers: BTreeMap<[u8; 16], BTreeSet<RecordId>> = BTreeMap::new();
    for row in query.by_each_key(&sql, vec![tenant.as_str().into()], key_keys(keys)).await? {
        carriers.entry(row.id(0)?).or_default().insert(RecordId(row.id(1)?));
    }
    carriers.retain(|_, records| records.len() <= MAX_BLOCK);
    let records = carriers.values().flatten().copied().collect();
    let homes = membership::persons(query, tenant, &records).await?;
    let found = carriers.iter().flat_map(|(key, records)| records.iter().map(|record| (*key, record)));
    Ok(found.filter_map(|(key, record)| Some((key, *homes.get(record)?))).collect())
}
