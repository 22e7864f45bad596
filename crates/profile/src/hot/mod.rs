//! Answers that are kept for the next who asks, and how it is known that they are still true.
//!
//! What is kept is a person's profile, under the id of the person. Where, is behind [`HotStore`]: in this process, or in Redis
//! for all processes. `docs/adr/0011-hot-profiles.md` says why the answers are right.

mod answers;
#[cfg(test)]
mod conformance;
mod flights;
mod freshness;
mod memory;
mod redis;
mod refresh;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tenure_journal::Followed;
use tenure_kernel::{PersonId, RecordId, Tenant, Timestamp};
use tenure_proto::profile::v1::GetProfileResponse;
use tenure_records::Changed;
use tenure_server::wire;
use tenure_store::{StoreError, Tx};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

pub(crate) use self::{
    answers::{Asked, HOPS, Hot, Load, Question, Read},
    memory::Memory,
    redis::Redis,
};

/// How long an answer is kept at most, read or not.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// A person's profile as it was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) answer: GetProfileResponse,
    /// When it changes by itself.
    pub(crate) until: Option<Timestamp>,
    /// How far the service had followed before it was read.
    pub(crate) followed: Followed,
    /// The number of the last change of traits that it reflects.
    pub(crate) change: i64,
}

impl Entry {
    /// When it was read.
    fn read_at(&self) -> Timestamp {
        self.answer.read_time.as_ref().and_then(wire::timestamp).unwrap_or(Timestamp::MIN)
    }

    fn record_ids(&self) -> &[String] {
        self.answer.profile.as_ref().map_or(&[], |profile| profile.record_ids.as_slice())
    }

    /// Whether a record is the person's.
    fn has(&self, record: RecordId) -> bool {
        let record = record.to_string();
        self.record_ids().contains(&record)
    }
}

/// The right to keep what is read from now on, unless something is written meanwhile. Its store knows what it says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Claim(Vec<u8>);

/// What is kept of a person.
#[derive(Debug)]
pub(crate) enum Found {
    Kept(Arc<Entry>),
    /// Nothing that will do. Without a claim, what is read now can't be kept.
    Nothing(Option<Claim>),
}

/// What a write concerns: whoever owns the records before or after it, and the persons.
#[derive(Debug, Default)]
pub(crate) struct Concerned {
    pub(crate) records: BTreeSet<RecordId>,
    pub(crate) persons: BTreeSet<PersonId>,
}

impl Concerned {
    /// Adds whom changes of memberships concern: records and those who get them, and ids that lead elsewhere from now on.
    pub(crate) fn add(&mut self, changed: &Changed) {
        for one in &changed.moves {
            self.records.insert(one.record);
            self.persons.extend(one.to);
        }
        for one in &changed.redirects {
            self.persons.extend([Some(one.from), one.to].into_iter().flatten());
        }
    }
}

/// A write that readers must take care of.
pub struct Writing {
    /// Whether every reader that could do harm knows of it.
    announced: bool,
    end: Box<dyn End>,
}

impl Writing {
    /// To be told once it is known that what was written can be read. Dropped instead, it was rolled back, or nobody knows.
    pub(crate) fn done(self) {
        self.end.done();
    }
}

/// How a write ends.
trait End: Send + Sync {
    fn done(self: Box<Self>);
}

/// Who was hot when something of them was written, which can be read by now.
#[derive(Debug)]
pub(crate) struct Cooled {
    pub(crate) tenant: Tenant,
    pub(crate) person: PersonId,
    /// Until when what was kept would have been, had nothing been written: whoever is not read any more is not kept warm for longer.
    pub(crate) until: Instant,
}

/// Where stores tell who cooled. What does not fit in is not read anew before it is asked for.
pub(crate) type Warming = mpsc::Sender<Cooled>;

/// How many may have cooled that are not warm yet.
pub(crate) const COOLED: usize = 1_000;

/// Whether an answer will do for who asks.
type WillDo<'a> = &'a (dyn for<'e> Fn(&'e Entry) -> bool + Sync);

/// Where answers are kept. It never fails: what does not work is no more than a miss, or an answer that is not kept.
#[tonic::async_trait]
pub(crate) trait HotStore: Send + Sync + 'static {
    /// The answer that is kept, if it is true and will do.
    async fn find(&self, tenant: &Tenant, person: PersonId, will_do: WillDo<'_>) -> Found;

    /// Keeps an answer that was read since the claim for so long, unless something that concerns it was written since.
    async fn keep(&self, tenant: &Tenant, person: PersonId, claim: (Claim, Duration), entry: &Arc<Entry>);

    /// Announces a write, within its transaction and before its first statement.
    async fn begin(&self, tx: &Tx, tenant: &Tenant, concerned: Concerned) -> Result<Writing, StoreError>;

    /// Makes up for writes that could not be announced, at the end of their transaction.
    async fn settle(&self, tx: &Tx, writings: &[Writing]) -> Result<(), StoreError>;

    /// Nothing read up to now is true any more, for this process.
    fn forget_all(&self) {}

    /// Does what has to be done in the background.
    async fn run(&self, stop: CancellationToken) {
        stop.cancelled().await;
    }
}
