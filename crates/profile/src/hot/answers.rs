//! Answers a question with what is kept, or with what is read from the database.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use moka::sync::Cache;
use tenure_journal::ReadAfter;
use tenure_kernel::{PersonId, Reason, RecordId, Refusal, Tenant, Timestamp};
use tenure_proto::profile::v1::GetProfileResponse;
use tenure_store::Store;
use tokio::sync::{Mutex, Semaphore, SemaphorePermit, mpsc};

use super::{
    Claim, Cooled, Entry, Found, HotStore,
    flights::Flights,
    refresh::{Refreshes, full},
};
use crate::{metrics::Metrics, store::membership};

/// Whose profile is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Asked {
    /// A person's, by any of its ids.
    Person(PersonId),
    /// That of the person that a record belongs to.
    Record(RecordId),
}

/// Who asks for what, when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) asked: Asked,
    pub(crate) now: Timestamp,
    /// The token of what the answer must reflect, which the service has followed already; or nothing.
    pub(crate) read_after: &'a str,
    /// The number of the change of traits that it must reflect.
    pub(crate) change: i64,
    /// It must have been read at this moment or later.
    pub(crate) not_before: Option<Timestamp>,
}

/// Reads a person's id from the database, now or behind whoever asked.
pub(crate) trait Load:
    Fn(PersonId) -> BoxFuture<'static, Result<Read, Refusal>> + Clone + Send + Sync + 'static
{
}

impl<T: Fn(PersonId) -> BoxFuture<'static, Result<Read, Refusal>> + Clone + Send + Sync + 'static> Load for T {}

/// What the database says of a person's id.
#[derive(Debug, Clone)]
pub(crate) enum Read {
    /// A person, and when its profile changes by itself.
    Profile(Box<GetProfileResponse>, Option<Timestamp>),
    /// An id that leads to another.
    Elsewhere(PersonId),
    /// Nobody's id.
    Nobody,
}

#[derive(Debug, Clone)]
pub(super) enum Answer {
    Entry(Arc<Entry>),
    Elsewhere(PersonId),
    Nobody,
}

pub(super) type Key = (Tenant, PersonId);

/// Answers, kept and read.
pub(crate) struct Hot {
    store: Store,
    read_after: ReadAfter,
    pub(super) kept: Option<Arc<dyn HotStore>>,
    /// Whose a record was lately. No more than a hint: a profile says itself whether it has the record.
    owners: Cache<(Tenant, RecordId), PersonId>,
    flights: Flights<Key, Result<Answer, Refusal>>,
    pub(super) loads: Semaphore,
    pub(super) refreshes: Refreshes,
    pub(super) cooled: Mutex<mpsc::Receiver<Cooled>>,
    pub(super) metrics: Metrics,
}

impl Hot {
    /// With at most so many reads of the database at once.
    pub(crate) fn new(
        store: Store,
        read_after: ReadAfter,
        (kept, cooled): (Option<Arc<dyn HotStore>>, mpsc::Receiver<Cooled>),
        load_limit: u32,
        metrics: Metrics,
    ) -> Self {
        let owners = Cache::builder().max_capacity(OWNERS).time_to_idle(OWNERS_FOR).build();
        let loads = Semaphore::new(load_limit as usize);
        Self {
            store,
            read_after,
            kept,
            owners,
            flights: Flights::default(),
            loads,
            refreshes: Refreshes::default(),
            cooled: cooled.into(),
            metrics,
        }
    }

    /// The profile that is asked for.
    ///
    /// # Errors
    /// `NOT_FOUND`; `OVERLOADED` when too many read the database already; what reading it says.
    pub(crate) async fn answer(
        self: &Arc<Self>,
        question: Question<'_>,
        load: impl Load,
    ) -> Result<GetProfileResponse, Refusal> {
        let Asked::Record(record) = question.asked else {
            let Asked::Person(person) = question.asked else { return Err(Refusal::not_found()) };
            return self.by_person(question, person, &load).await;
        };
        let key = (question.tenant.clone(), record);
        if let Some(owner) = self.owners.get(&key)
            && let Answer::Entry(entry) = self.of(question, owner, &load).await?
            && entry.has(record)
        {
            return Ok(entry.answer.clone());
        }
        // The hint was missing or out of date; and what is kept may be older than what we see here, by a moment.
        for attempt in 0..HOPS {
            let owner = self.owner(question.tenant, record).await?.ok_or_else(Refusal::not_found)?;
            let answer = match attempt {
                0 => self.of(question, owner, &load).await?,
                _ => self.load(question, owner, None, &load).await?,
            };
            if let Answer::Entry(entry) = answer
                && entry.has(record)
            {
                self.owners.insert(key, owner);
                return Ok(entry.answer.clone());
            }
        }
        Err(Refusal::not_found())
    }

    async fn owner(&self, tenant: &Tenant, record: RecordId) -> Result<Option<PersonId>, Refusal> {
        let _permit = self.reading()?;
        Ok(membership::person_of(&self.store, tenant, record).await?)
    }

    async fn by_person(
        self: &Arc<Self>,
        question: Question<'_>,
        mut person: PersonId,
        load: &impl Load,
    ) -> Result<GetProfileResponse, Refusal> {
        for _ in 0..HOPS {
            match self.of(question, person, load).await? {
                Answer::Entry(entry) => return Ok(entry.answer.clone()),
                Answer::Elsewhere(next) => person = next,
                Answer::Nobody => break,
            }
        }
        Err(Refusal::not_found())
    }

    /// What is kept of a person, else what is read.
    async fn of(
        self: &Arc<Self>,
        question: Question<'_>,
        person: PersonId,
        load: &impl Load,
    ) -> Result<Answer, Refusal> {
        let found = self.find(question, person).await;
        let claim = match found {
            Found::Kept(entry) => {
                self.refresh_early(question, person, &entry, load);
                return Ok(Answer::Entry(entry));
            }
            Found::Nothing(claim) => claim.map(full),
        };
        let shared = self.flights.share((question.tenant.clone(), person), |waited| async move {
            if !waited {
                return self.load(question, person, claim, load).await;
            }
            match self.find(question, person).await {
                Found::Kept(entry) => Ok(Answer::Entry(entry)),
                Found::Nothing(claim) => self.load(question, person, claim.map(full), load).await,
            }
        });
        match shared.await? {
            // Another's, who did not ask for as much.
            Answer::Entry(entry) if !self.will_do(question, &entry) => self.load(question, person, None, load).await,
            answer => Ok(answer),
        }
    }

    async fn find(&self, question: Question<'_>, person: PersonId) -> Found {
        let Some(kept) = &self.kept else { return Found::Nothing(None) };
        let outdated = AtomicBool::new(false);
        let will_do = |entry: &Entry| {
            let will_do = self.will_do(question, entry);
            outdated.store(!will_do, Relaxed);
            will_do
        };
        let found = kept.find(question.tenant, person, &will_do).await;
        match &found {
            Found::Kept(entry) => self.metrics.hit(question.now.0.saturating_sub(entry.read_at().0)),
            Found::Nothing(None) => self.metrics.missed("unavailable"),
            Found::Nothing(Some(_)) if outdated.load(Relaxed) => self.metrics.missed("outdated"),
            Found::Nothing(Some(_)) => self.metrics.missed("absent"),
        }
        found
    }

    /// Whether an answer reflects what the question names and holds still.
    fn will_do(&self, question: Question<'_>, entry: &Entry) -> bool {
        entry.until.is_none_or(|until| question.now < until)
            && entry.change >= question.change
            && question.not_before.is_none_or(|least| least <= entry.read_at())
            && self.read_after.reflects(&entry.followed, question.read_after)
    }

    /// Reads a person from the database, and keeps it if we have a claim.
    pub(super) async fn load(
        &self,
        question: Question<'_>,
        person: PersonId,
        claim: Option<(Claim, Duration)>,
        load: &impl Load,
    ) -> Result<Answer, Refusal> {
        let _permit = self.reading()?;
        self.metrics.loaded();
        // First: what is read afterwards reflects all of it.
        let followed = self.read_after.followed().await?;
        let (answer, until) = match load(person).await? {
            Read::Profile(answer, until) => (*answer, until),
            Read::Elsewhere(next) => return Ok(Answer::Elsewhere(next)),
            Read::Nobody => return Ok(Answer::Nobody),
        };
        let entry = Arc::new(Entry { answer, until, followed, change: question.change });
        if let (Some(kept), Some(claim)) = (&self.kept, claim) {
            kept.keep(question.tenant, person, claim, &entry).await;
        }
        Ok(Answer::Entry(entry))
    }

    /// The right to read the database.
    ///
    /// # Errors
    /// `OVERLOADED` when too many do already.
    pub(crate) fn reading(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        self.loads.try_acquire().map_err(|_| {
            self.metrics.refused();
            let refusal = Refusal::new(Reason::Overloaded, "too many profiles are being read from the database");
            refusal.with("resource", "profile.load_limit").retry(RETRY_AFTER)
        })
    }
}

/// How many redirects are followed: each stands for a merge.
pub(crate) const HOPS: usize = 64;
/// How many owners of records are remembered.
const OWNERS: u64 = 100_000;
const OWNERS_FOR: Duration = Duration::from_secs(600);
const RETRY_AFTER: Duration = Duration::from_millis(500);
