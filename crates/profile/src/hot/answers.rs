//! Profiles that were read lately.

use std::{future::Future, sync::Arc, time::Duration};

use moka::sync::Cache;
use prost::Message;
use tenure_kernel::{PersonId, RecordId, Tenant, Timestamp};
use tenure_proto::profile::v1::GetProfileResponse;

use super::{Freshness, Watched};
use crate::metrics::Metrics;

/// Whose profile is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Asked {
    /// A person's, by any of its ids.
    Person(PersonId),
    /// That of the person that a record belongs to.
    Record(RecordId),
}

/// An answer as it was read.
pub(crate) struct Loaded {
    pub(crate) answer: GetProfileResponse,
    /// What it depends on.
    pub(crate) watched: Watched,
    /// When it changes by itself.
    pub(crate) until: Option<Timestamp>,
}

struct Kept {
    loaded: Loaded,
    since: u64,
}

/// The profiles of this process that were read lately. An answer is given only while nothing that it depends on was written by
/// this process: with several processes on one database it must be off. Answers are in clear. One that is not true any more,
/// as after an erasure, is never given, and goes from memory with the first use of the cache [`KEPT_FOR`] after it was read.
pub(crate) struct Hot {
    cache: Option<Cache<(Tenant, Asked), Arc<Kept>>>,
    freshness: Freshness,
    metrics: Metrics,
}

impl Hot {
    /// Of at most so many bytes; 0: nothing is kept.
    pub(crate) fn new(bytes: u64, freshness: Freshness, metrics: Metrics) -> Self {
        let weigh = |_: &(Tenant, Asked), kept: &Arc<Kept>| {
            u32::try_from(kept.loaded.answer.encoded_len()).unwrap_or(u32::MAX).saturating_add(OVERHEAD)
        };
        let cache =
            (bytes > 0).then(|| Cache::builder().max_capacity(bytes).time_to_live(KEPT_FOR).weigher(weigh).build());
        Self { cache, freshness, metrics }
    }

    /// The answer that is kept and true, else the one that is loaded.
    pub(crate) async fn answer<E>(
        &self,
        tenant: &Tenant,
        asked: Asked,
        now: Timestamp,
        load: impl Future<Output = Result<Loaded, E>>,
    ) -> Result<GetProfileResponse, E> {
        let Some(cache) = &self.cache else { return Ok(load.await?.answer) };
        let key = (tenant.clone(), asked);
        let kept = cache.get(&key).filter(|kept| self.holds(kept, now));
        self.metrics.read(kept.is_some());
        if let Some(kept) = kept {
            return Ok(kept.loaded.answer.clone());
        }
        let since = self.freshness.moment();
        let loaded = load.await?;
        let answer = loaded.answer.clone();
        if self.freshness.may_keep(since, &loaded.watched) {
            cache.insert(key, Arc::new(Kept { loaded, since }));
        }
        Ok(answer)
    }

    fn holds(&self, kept: &Kept, now: Timestamp) -> bool {
        self.freshness.is_true(kept.since, &kept.loaded.watched) && kept.loaded.until.is_none_or(|until| now < until)
    }
}

/// How long an answer is kept at most, read or not.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// What an answer takes beside its texts, roughly, in bytes.
const OVERHEAD: u32 = 1_024;
