//! A tenant's records as a set: to train on, and to see what a model would make of them.

use tenure_kernel::{RecordId, Refusal};
use tenure_linkage::{Records, Unpackable};
use tenure_store::StoreError;

use super::Context;
use crate::{
    config::SAMPLED,
    store::{Place, portrait, sealed},
};

/// Portraits that are read at a time.
const PAGE: usize = 2_000;

/// Records, brought into order.
pub(crate) struct Sample {
    pub(crate) records: Records,
    /// How many there are that say something of themselves, whether they are in the sample or not.
    pub(crate) total: i64,
}

impl Sample {
    /// The id of a record.
    pub(crate) fn id(&self, place: usize) -> RecordId {
        self.records.id(place).parse().unwrap_or_default()
    }
}

/// All records, or those whose ids come first where they are too many: ids are keyed hashes, so that is a random sample.
pub(crate) async fn sample(context: &Context, place: Place<'_>) -> Result<Sample, Refusal> {
    let query = &context.store;
    let mut records = Records::default();
    let mut after = Vec::new();
    loop {
        let page = portrait::page(query, place, &after, PAGE.min(SAMPLED - records.len())).await?;
        let Some((last, _)) = page.last() else { break };
        after = last.0.to_vec();
        let keys = context.keyring.data_keys(place.tenant, page.iter().map(|(record, _)| record.0), false).await?;
        for (record, stored) in page {
            // What is erased or was packed by another version says nothing.
            let Some(packed) = sealed::open(&keys, record, &stored) else { continue };
            let _: Result<(), Unpackable> = records.push_packed(&record.to_string(), &packed);
        }
        if records.len() >= SAMPLED {
            break;
        }
    }
    records.finish();
    Ok(Sample { records, total: portrait::count(query, place).await? })
}

/// Does what takes long on a thread of its own, without holding up those that serve calls.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| StoreError::Row("the work on a model panicked".to_owned()).into())
}
