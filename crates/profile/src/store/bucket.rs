//! The buckets of records, in chunks of thirteen weeks.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use tenure_kernel::{RecordId, Tenant};
use tenure_records::{Scope, keys};
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

use super::{ACTIVE, chunk, record};
use crate::domain::bucket::Buckets;

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("chunk", Kind::Int),
    ("buckets", Kind::Bytes),
];

/// The chunks of some records, by record and number.
pub(crate) type Chunks = BTreeMap<(RecordId, i64), Buckets>;

/// Writes chunks over those that are there.
pub(crate) async fn save(tx: &Tx, scope: Scope<'_>, chunks: &Chunks) -> Result<(), StoreError> {
    let mut insert = Insert::new("record_bucket", COLUMNS)
        .on_conflict("(tenant, generation, record_id, chunk) DO UPDATE SET buckets = excluded.buckets");
    for ((record, number), buckets) in chunks {
        let (record, bytes) = (record.0.to_vec(), chunk::encode(*number, buckets));
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            record.into(),
            (*number).into(),
            bytes.into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Drops all chunks of records.
pub(crate) async fn drop(tx: &Tx, scope: Scope<'_>, records: &BTreeSet<RecordId>) -> Result<(), StoreError> {
    let sql = "DELETE FROM record_bucket WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.execute_by_keys(sql, scope.values(), keys(records)).await.map(|_| ())
}

/// The chunks of some records in a follower's generation, from one number through another.
pub(crate) async fn load(
    tx: &Tx,
    scope: Scope<'_>,
    records: impl IntoIterator<Item = &RecordId>,
    numbers: RangeInclusive<i64>,
) -> Result<Chunks, StoreError> {
    let sql = "SELECT record_id, chunk, buckets FROM record_bucket
         WHERE tenant = ? AND generation = ? AND chunk BETWEEN ? AND ? AND record_id {keys}";
    let bounds = [(*numbers.start()).into(), (*numbers.end()).into()];
    let values = scope.values().into_iter().chain(bounds).collect();
    tx.by_keys(sql, values, keys(records)).await?.iter().map(read_row).collect()
}

fn read_row(row: &Row) -> Result<((RecordId, i64), Buckets), StoreError> {
    let number = row.get(1)?;
    Ok(((record(row, 0)?, number), chunk::decode(number, &row.get::<Vec<u8>>(2)?)?))
}

/// The buckets of some records from a chunk on, as they are read.
pub(crate) async fn read(
    query: &impl Query,
    tenant: &Tenant,
    records: impl IntoIterator<Item = &RecordId>,
    from: i64,
) -> Result<BTreeMap<RecordId, Buckets>, StoreError> {
    let sql = format!(
        "SELECT record_id, chunk, buckets FROM record_bucket
         WHERE tenant = ? AND generation = {ACTIVE} AND chunk >= ? AND record_id {{keys}}"
    );
    gathered(query.by_keys(&sql, vec![tenant.as_str().into(), from.into()], keys(records)).await?)
}

/// All buckets of a tenant.
pub(crate) async fn all(query: &impl Query, tenant: &Tenant) -> Result<BTreeMap<RecordId, Buckets>, StoreError> {
    let sql = format!(
        "SELECT record_id, chunk, buckets FROM record_bucket WHERE tenant = ? AND generation = {ACTIVE} /* whole */"
    );
    gathered(query.all(&sql, vec![tenant.as_str().into()]).await?)
}

fn gathered(rows: Vec<Row>) -> Result<BTreeMap<RecordId, Buckets>, StoreError> {
    let mut found: BTreeMap<RecordId, Buckets> = BTreeMap::new();
    for row in rows {
        let ((record, _), buckets) = read_row(&row)?;
        found.entry(record).or_default().merge(buckets);
    }
    Ok(found)
}
