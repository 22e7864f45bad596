//! Answers kept in this process, which must be the only one on its database.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use moka::sync::Cache;
use prost::Message;
use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_store::{StoreError, Tx};
use tokio::time::Instant;

use super::{
    Claim, Concerned, Cooled, End, Entry, Found, HotStore, KEPT_FOR, Warming, WillDo, Writing,
    freshness::{self, Freshness, Watched},
};

struct Kept {
    entry: Arc<Entry>,
    until: Instant,
    since: u64,
    watched: Watched,
}

/// The profiles of this process that were read lately. An answer is given only while nothing that it depends on is written.
/// Answers are in clear. One that is not true any more, as after an erasure, is never given, and goes from memory with the
/// first use of the cache [`KEPT_FOR`] after it was read.
pub(crate) struct Memory {
    cache: Cache<(Tenant, PersonId), Arc<Kept>>,
    /// Whose the records of those are. Only a hint at who may be warm.
    owners: Cache<(Tenant, RecordId), PersonId>,
    freshness: Freshness,
    warming: Warming,
}

impl Memory {
    /// Of at most so many bytes.
    pub(crate) fn new(bytes: u64, warming: Warming) -> Self {
        let weigh = |_: &(Tenant, PersonId), kept: &Arc<Kept>| {
            u32::try_from(kept.entry.answer.encoded_len()).unwrap_or(u32::MAX).saturating_add(OVERHEAD)
        };
        let cache = Cache::builder().max_capacity(bytes).time_to_live(KEPT_FOR).weigher(weigh).build();
        let owners = Cache::builder().max_capacity(OWNERS).time_to_live(KEPT_FOR).build();
        Self { cache, owners, freshness: Freshness::default(), warming }
    }

    /// Who of them is warm, or was until a moment ago.
    fn warm(&self, tenant: &Tenant, concerned: &Concerned) -> Vec<Cooled> {
        let owners = concerned.records.iter().filter_map(|record| self.owners.get(&(tenant.clone(), *record)));
        let persons: BTreeSet<PersonId> = concerned.persons.iter().copied().chain(owners).collect();
        let cooled = |person| {
            let until = self.cache.get(&(tenant.clone(), person))?.until;
            Some(Cooled { tenant: tenant.clone(), person, until })
        };
        persons.into_iter().filter_map(cooled).collect()
    }
}

#[tonic::async_trait]
impl HotStore for Memory {
    async fn find(&self, tenant: &Tenant, person: PersonId, will_do: WillDo<'_>) -> Found {
        let kept = self.cache.get(&(tenant.clone(), person));
        let kept = kept.filter(|kept| {
            let lasts = Instant::now() < kept.until && self.freshness.is_true(kept.since, &kept.watched);
            lasts && will_do(&kept.entry)
        });
        kept.map_or_else(
            || Found::Nothing(Some(Claim(self.freshness.moment().to_be_bytes().to_vec()))),
            |kept| Found::Kept(kept.entry.clone()),
        )
    }

    async fn keep(&self, tenant: &Tenant, person: PersonId, (claim, life): (Claim, Duration), entry: &Arc<Entry>) {
        let Ok(since) = claim.0.try_into().map(u64::from_be_bytes) else { return };
        let mut watched = Watched::default();
        watched.add(person.0);
        for record in entry.record_ids().iter().flat_map(|id| id.parse::<RecordId>()) {
            watched.add(record.0);
            self.owners.insert((tenant.clone(), record), person);
        }
        if self.freshness.may_keep(since, &watched) {
            let kept = Kept { entry: entry.clone(), until: Instant::now() + life, since, watched };
            self.cache.insert((tenant.clone(), person), Arc::new(kept));
        }
    }

    async fn begin(&self, _tx: &Tx, tenant: &Tenant, concerned: Concerned) -> Result<Writing, StoreError> {
        let cooled = self.warm(tenant, &concerned);
        let records = concerned.records.iter().map(|record| record.0);
        let marks = self.freshness.writing(records.chain(concerned.persons.iter().map(|person| person.0)));
        let end = Ending { marks, cooled, warming: self.warming.clone() };
        Ok(Writing { announced: true, end: Box::new(end) })
    }

    async fn settle(&self, _tx: &Tx, _writings: &[Writing]) -> Result<(), StoreError> {
        Ok(())
    }

    fn forget_all(&self) {
        self.freshness.forget_all();
    }
}

struct Ending {
    marks: freshness::Writing,
    cooled: Vec<Cooled>,
    warming: Warming,
}

impl End for Ending {
    fn done(self: Box<Self>) {
        let Self { marks, cooled, warming } = *self;
        // Its drop marks what was written once more, now that it can be read.
        drop(marks);
        for one in cooled {
            let _ = warming.try_send(one);
        }
    }
}

/// How many records' owners are remembered.
const OWNERS: u64 = 100_000;
/// What an answer takes beside its texts, roughly, in bytes.
const OVERHEAD: u32 = 1_024;
