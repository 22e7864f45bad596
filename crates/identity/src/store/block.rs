//! Blocks: who is in which, and how many.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::{Place, record_keys};
use crate::domain::block::{BlockId, Link, Sizes};

const LINK: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("link_key", Kind::Bytes),
    ("record_id", Kind::Bytes),
    ("cap", Kind::Int),
    ("generic", Kind::Int),
];

const BLOCK: &[(&str, Kind)] =
    &[("tenant", Kind::Text), ("generation", Kind::Int), ("link_key", Kind::Bytes), ("records", Kind::Int)];

/// Stands in a row that is about to be deleted.
const LEFT: i64 = -1;

fn keys<'a>(blocks: impl IntoIterator<Item = &'a BlockId>) -> Vec<Vec<u8>> {
    blocks.into_iter().map(|block| block.to_vec()).collect()
}

/// The blocks that the records are in.
pub(crate) async fn links(
    query: &impl Query,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<RecordId, BTreeSet<Link>>, StoreError> {
    let sql = "SELECT link_key, record_id, cap, generic FROM link_key
               WHERE tenant = ? AND generation = ? AND record_id {keys}";
    let mut found: BTreeMap<RecordId, BTreeSet<Link>> = BTreeMap::new();
    for row in query.by_keys(sql, place.values(), record_keys(records)).await? {
        let generic = u32::try_from(row.get::<i64>(3)?).unwrap_or_default();
        let link = Link { block: row.id(0)?, cap: row.get(2)?, generic };
        found.entry(RecordId(row.id(1)?)).or_default().insert(link);
    }
    Ok(found)
}

/// Records join and leave blocks.
pub(crate) async fn relink(
    tx: &Tx,
    place: Place<'_>,
    joined: &BTreeSet<(RecordId, Link)>,
    left: &BTreeSet<(RecordId, Link)>,
) -> Result<(), StoreError> {
    let mut insert = Insert::new("link_key", LINK).on_conflict(
        "(tenant, generation, link_key, record_id) DO UPDATE SET cap = excluded.cap, generic = excluded.generic",
    );
    let joins = joined.iter().map(|(record, link)| (record, link, link.cap));
    for (record, link, cap) in joins.chain(left.iter().map(|(record, link)| (record, link, LEFT))) {
        insert.row([
            place.tenant.as_str().into(),
            place.generation.into(),
            link.block.to_vec().into(),
            record.0.to_vec().into(),
            cap.into(),
            i64::from(link.generic).into(),
        ]);
    }
    tx.insert(insert).await?;
    let sql = "DELETE FROM link_key WHERE tenant = ? AND generation = ? AND cap < 0 AND record_id {keys}";
    let leavers: BTreeSet<RecordId> = left.iter().map(|(record, _)| *record).collect();
    tx.execute_by_keys(sql, place.values(), record_keys(&leavers)).await.map(|_| ())
}

/// Counts records; answers how many there are now.
pub(crate) async fn resize(tx: &Tx, place: Place<'_>, by: &BTreeMap<BlockId, i64>) -> Result<Sizes, StoreError> {
    let mut insert = Insert::new("link_block", BLOCK)
        .on_conflict("(tenant, generation, link_key) DO UPDATE SET records = link_block.records + excluded.records");
    for (block, by) in by {
        insert.row([place.tenant.as_str().into(), place.generation.into(), block.to_vec().into(), (*by).into()]);
    }
    let rows = tx.insert_returning(insert, "link_key, records").await?;
    let sizes: Sizes = rows.iter().map(|row| Ok((row.id(0)?, row.get(1)?))).collect::<Result<_, StoreError>>()?;
    let empty = sizes.iter().filter(|(_, records)| **records <= 0).map(|(block, _)| block.to_vec()).collect();
    let sql = "DELETE FROM link_block WHERE tenant = ? AND generation = ? AND link_key {keys}";
    tx.execute_by_keys(sql, place.values(), empty).await?;
    Ok(sizes)
}

/// How many records are in blocks.
pub(crate) async fn sizes(
    query: &impl Query,
    place: Place<'_>,
    blocks: &BTreeSet<BlockId>,
) -> Result<Sizes, StoreError> {
    let sql = "SELECT link_key, records FROM link_block WHERE tenant = ? AND generation = ? AND link_key {keys}";
    let rows = query.by_keys(sql, place.values(), keys(blocks)).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.get(1)?))).collect()
}

/// Who is in blocks.
pub(crate) async fn carriers(
    query: &impl Query,
    place: Place<'_>,
    blocks: &BTreeSet<BlockId>,
) -> Result<BTreeMap<BlockId, Vec<RecordId>>, StoreError> {
    let sql = "SELECT link_key, record_id FROM link_key WHERE tenant = ? AND generation = ? AND link_key {keys}";
    let mut found: BTreeMap<BlockId, Vec<RecordId>> = BTreeMap::new();
    for row in query.by_keys(sql, place.values(), keys(blocks)).await? {
        found.entry(row.id(0)?).or_default().push(RecordId(row.id(1)?));
    }
    Ok(found)
}
