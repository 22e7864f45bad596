//! Blocks: who is in which. How many are in a block matters up to its cap only, so it is not kept but looked up.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;
use tenure_store::{Dialect, Insert, Kind, Query, StoreError, Tx};

use super::{Place, record_keys, unreadable};
use crate::domain::block::{BlockId, Link, pack, unpack};

const KEY: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("link_key", Kind::Bytes),
    ("record_id", Kind::Bytes),
    ("left_it", Kind::Int),
];

const LINK: &[(&str, Kind)] =
    &[("tenant", Kind::Text), ("generation", Kind::Int), ("record_id", Kind::Bytes), ("links", Kind::Bytes)];

/// Who is in each block.
pub(crate) type Carriers = BTreeMap<BlockId, Vec<RecordId>>;

/// The blocks that the records are in.
pub(crate) async fn links(
    query: &impl Query,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<RecordId, BTreeSet<Link>>, StoreError> {
    let sql = "SELECT record_id, links FROM record_link WHERE tenant = ? AND generation = ? AND record_id {keys}";
    let rows = query.by_keys(sql, place.values(), record_keys(records)).await?;
    let read = |row: &tenure_store::Row| {
        let links = unpack(&row.get::<Vec<u8>>(1)?).ok_or_else(|| unreadable("record_link.links"))?;
        Ok((RecordId(row.id(0)?), links))
    };
    rows.iter().map(read).collect()
}

/// Records are in these blocks now: of each pair of a record and a block whether it joined.
pub(crate) async fn relink(
    tx: &Tx,
    place: Place<'_>,
    links: &BTreeMap<RecordId, BTreeSet<Link>>,
    moves: &BTreeMap<(RecordId, BlockId), bool>,
) -> Result<(), StoreError> {
    let mut insert = Insert::new("record_link", LINK)
        .on_conflict("(tenant, generation, record_id) DO UPDATE SET links = excluded.links");
    for (record, links) in links.iter().filter(|(_, links)| !links.is_empty()) {
        insert.row([
            place.tenant.as_str().into(),
            place.generation.into(),
            record.0.to_vec().into(),
            pack(links).into(),
        ]);
    }
    tx.insert(insert).await?;
    let nowhere: BTreeSet<RecordId> =
        links.iter().filter(|(_, links)| links.is_empty()).map(|(record, _)| *record).collect();
    let sql = "DELETE FROM record_link WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.execute_by_keys(sql, place.values(), record_keys(&nowhere)).await?;
    let mut insert = Insert::new("link_key", KEY)
        .on_conflict("(tenant, generation, link_key, record_id) DO UPDATE SET left_it = excluded.left_it");
    let mut moves: Vec<(&BlockId, &RecordId, bool)> =
        moves.iter().map(|((record, block), joined)| (block, record, *joined)).collect();
    // In the order of the index.
    moves.sort_unstable();
    for (block, record, joined) in &moves {
        insert.row([
            place.tenant.as_str().into(),
            place.generation.into(),
            block.to_vec().into(),
            record.0.to_vec().into(),
            i64::from(!joined).into(),
        ]);
    }
    tx.insert(insert).await?;
    let left = moves.iter().filter(|(.., joined)| !joined).map(|(block, ..)| block.to_vec()).collect();
    let sql = "DELETE FROM link_key WHERE tenant = ? AND generation = ? AND left_it > 0 AND link_key {keys}";
    tx.execute_by_keys(sql, place.values(), left).await.map(|_| ())
}

/// Who is in blocks; of each block `most` at least, if there are so many.
pub(crate) async fn carriers(
    query: &impl Query,
    place: Place<'_>,
    blocks: &BTreeSet<BlockId>,
    most: usize,
) -> Result<Carriers, StoreError> {
    // One of few texts, so that statements are prepared once.
    let most = most.next_power_of_two();
    let rows = format!(
        "SELECT link_key, record_id FROM link_key WHERE tenant = ? AND generation = ? AND link_key {{keys}} LIMIT {most}"
    );
    // One row for each block: a row costs more on its way than the id in it.
    let sql = match query.dialect() {
        Dialect::Sqlite => {
            format!("SELECT MAX(link_key), GROUP_CONCAT(HEX(record_id), '') FROM ({rows}) HAVING COUNT(*) > 0")
        }
        Dialect::Postgres => format!(
            "SELECT link_key, STRING_AGG(ENCODE(record_id, 'hex'), '') FROM ({rows}) AS found GROUP BY link_key"
        ),
    };
    let keys = blocks.iter().map(|block| block.to_vec()).collect();
    let read = |row: &tenure_store::Row| {
        let records = records(&row.get::<String>(1)?).ok_or_else(|| unreadable("link_key.record_id"))?;
        Ok((row.id(0)?, records))
    };
    query.by_each_key(&sql, place.values(), keys).await?.iter().map(read).collect()
}

/// Ids of records as hexadecimal digits, one after the other.
fn records(digits: &str) -> Option<Vec<RecordId>> {
    let (ids, rest) = digits.as_bytes().as_chunks::<32>();
    let id = |digits: &[u8; 32]| u128::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
    if rest.is_empty() { ids.iter().map(|digits| Some(RecordId(id(digits)?.to_be_bytes()))).collect() } else { None }
}

/// Everybody in blocks.
pub(crate) async fn everybody(
    query: &impl Query,
    place: Place<'_>,
    blocks: &BTreeSet<BlockId>,
) -> Result<BTreeSet<RecordId>, StoreError> {
    let sql = "SELECT record_id FROM link_key WHERE tenant = ? AND generation = ? AND link_key {keys}";
    let keys = blocks.iter().map(|block| block.to_vec()).collect();
    query.by_keys(sql, place.values(), keys).await?.iter().map(|row| row.id(0).map(RecordId)).collect()
}
