//! Brings the buckets of records up to date.

use std::collections::BTreeMap;

use tenure_kernel::RecordId;
use tenure_records::Scope;
use tenure_store::{StoreError, Tx};

use crate::{
    domain::bucket::Buckets,
    store::bucket::{self, Chunks},
};

/// Adds what happened to records; and in place of what they held, what they hold now.
pub(crate) async fn fill_buckets(
    tx: &Tx,
    scope: Scope<'_>,
    added: BTreeMap<RecordId, Buckets>,
    folded: BTreeMap<RecordId, Buckets>,
) -> Result<(), StoreError> {
    bucket::drop(tx, scope, &folded.keys().copied().collect()).await?;
    let mut chunks = by_chunk(added);
    if let (Some(first), Some(last)) = (chunks.keys().map(|key| key.1).min(), chunks.keys().map(|key| key.1).max()) {
        let there = bucket::load(tx, scope, chunks.keys().map(|key| &key.0), first..=last).await?;
        for (key, buckets) in &mut chunks {
            if let Some(there) = there.get(key) {
                buckets.merge(there.clone());
            }
        }
    }
    chunks.extend(by_chunk(folded));
    bucket::save(tx, scope, &chunks).await
}

fn by_chunk(records: BTreeMap<RecordId, Buckets>) -> Chunks {
    let chunks = records.into_iter().flat_map(|(record, buckets)| {
        buckets.chunks().into_iter().map(move |(number, buckets)| ((record, number), buckets))
    });
    chunks.collect()
}
