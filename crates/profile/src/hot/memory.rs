//! Answers kept in this process, which must be the only one on its database.

use std::sync::Arc;

use moka::sync::Cache;
use prost::Message;
use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_store::{StoreError, Tx};

use super::{
    Claim, Concerned, End, Entry, Found, HotStore, KEPT_FOR, WillDo, Writing,
    freshness::{self, Freshness, Watched},
};

struct Kept {
    entry: Arc<Entry>,
    since: u64,
    watched: Watched,
}

/// The profiles of this process that were read lately. An answer is given only while nothing that it depends on is written.
/// Answers are in clear. One that is not true any more, as after an erasure, is never given, and goes from memory with the
/// first use of the cache [`KEPT_FOR`] after it was read.
pub(crate) struct Memory {
    cache: Cache<(Tenant, PersonId), Arc<Kept>>,
    freshness: Freshness,
}

impl Memory {
    /// Of at most so many bytes.
    pub(crate) fn new(bytes: u64) -> Self {
        let weigh = |_: &(Tenant, PersonId), kept: &Arc<Kept>| {
            u32::try_from(kept.entry.answer.encoded_len()).unwrap_or(u32::MAX).saturating_add(OVERHEAD)
        };
        let cache = Cache::builder().max_capacity(bytes).time_to_live(KEPT_FOR).weigher(weigh).build();
        Self { cache, freshness: Freshness::default() }
    }
}

#[tonic::async_trait]
impl HotStore for Memory {
    async fn find(&self, tenant: &Tenant, person: PersonId, will_do: WillDo<'_>) -> Found {
        let kept = self.cache.get(&(tenant.clone(), person));
        let kept = kept.filter(|kept| self.freshness.is_true(kept.since, &kept.watched) && will_do(&kept.entry));
        kept.map_or_else(
            || Found::Nothing(Some(Claim(self.freshness.moment().to_be_bytes().to_vec()))),
            |kept| Found::Kept(kept.entry.clone()),
        )
    }

    async fn keep(&self, tenant: &Tenant, person: PersonId, claim: Claim, entry: &Arc<Entry>) {
        let Ok(since) = claim.0.try_into().map(u64::from_be_bytes) else { return };
        let mut watched = Watched::default();
        watched.add(person.0);
        for record in entry.record_ids().iter().flat_map(|id| id.parse::<RecordId>()) {
            watched.add(record.0);
        }
        if self.freshness.may_keep(since, &watched) {
            let kept = Kept { entry: entry.clone(), since, watched };
            self.cache.insert((tenant.clone(), person), Arc::new(kept));
        }
    }

    async fn begin(&self, _tx: &Tx, _tenant: &Tenant, concerned: Concerned) -> Result<Writing, StoreError> {
        let records = concerned.records.iter().map(|record| record.0);
        let end = self.freshness.writing(records.chain(concerned.persons.iter().map(|person| person.0)));
        Ok(Writing { announced: true, end: Box::new(end) })
    }

    async fn settle(&self, _tx: &Tx, _writings: &[Writing]) -> Result<(), StoreError> {
        Ok(())
    }

    fn forget_all(&self) {
        self.freshness.forget_all();
    }
}

impl End for freshness::Writing {
    fn done(self: Box<Self>) {
        // Its drop marks what was written once more, now that it can be read.
    }
}

/// What an answer takes beside its texts, roughly, in bytes.
const OVERHEAD: u32 = 1_024;
