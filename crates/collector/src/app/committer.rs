//! Group commit: calls wait in a queue, and a worker writes all that wait in one transaction. The batch fills while the one
//! before it is made durable, so that nobody waits for more to come.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use prost::Message;
use tenure_failpoint::failpoint;
use tenure_journal::Draft;
use tenure_kernel::{Reason, Refusal, Tenant, record::IdSecret};
use tenure_proto::collector::v1 as pb;
use tenure_server::telemetry;
use tenure_store::{Dialect, Query, Tx};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use super::{
    App,
    batch::{Batch, Failure, tally_of},
    intake::Item,
};
use crate::{
    domain::outcome::{Outcome, Status},
    store::tally,
};

/// How often a batch is decided again after a lost race.
const TRIES: usize = 5;
/// How much a transaction writes, in KiB, before it takes no further call: a statement has a limit, and so has memory.
const MOST_KIB: u32 = 16 << 10;

/// What a call weighs in the queue: the KiB that its items begin, so that small ones count as one each.
pub(super) fn kibibytes<'a>(touchpoints: impl IntoIterator<Item = &'a pb::Touchpoint>) -> u32 {
    let weights = touchpoints.into_iter().map(|touchpoint| touchpoint.encoded_len().div_ceil(1 << 10).max(1));
    u32::try_from(weights.sum::<usize>()).unwrap_or(u32::MAX)
}

/// What a caller does when the queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// It is refused.
    Refuse,
    /// It waits, and reads on later.
    Wait,
}

/// What became of a call.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) outcomes: Vec<Outcome>,
    /// A position in the journal behind all of it.
    pub(crate) sequence: i64,
}

type Reply = Result<Recorded, Refusal>;
/// What became of each call, and a position behind all of it.
type Written = (Vec<Vec<Outcome>>, i64);

/// A call that waits to be written.
struct Job {
    tenant: Tenant,
    secret: Arc<IdSecret>,
    items: Vec<Item>,
    kibibytes: u32,
    reply: oneshot::Sender<Reply>,
    /// The call's span.
    span: Span,
    _permit: OwnedSemaphorePermit,
}

/// Calls that wait to be written.
pub(crate) struct Queue {
    sender: mpsc::UnboundedSender<Job>,
    jobs: Mutex<mpsc::UnboundedReceiver<Job>>,
    /// A permit for each KiB on its way.
    room: Arc<Semaphore>,
    limit: u32,
}

impl Queue {
    pub(crate) fn new(limit: u32) -> Self {
        let (sender, jobs) = mpsc::unbounded_channel();
        Self { sender, jobs: Mutex::new(jobs), room: Arc::new(Semaphore::new(limit as usize)), limit }
    }

    /// Room for a call, until it is written. One that weighs more than all of it takes all of it.
    ///
    /// # Errors
    /// `OVERLOADED` when there is none and the caller does not wait.
    pub(crate) async fn enter(&self, kibibytes: u32, patience: Patience) -> Result<OwnedSemaphorePermit, Refusal> {
        let weight = kibibytes.min(self.limit);
        let room = self.room.clone();
        let permit = match patience {
            Patience::Wait => room.acquire_many_owned(weight).await.ok(),
            Patience::Refuse => room.try_acquire_many_owned(weight).ok(),
        };
        permit.ok_or_else(|| {
            let refusal = Refusal::new(Reason::Overloaded, "too many touchpoints wait to be written");
            refusal.with("resource", "touchpoint queue").retry(Duration::from_millis(500))
        })
    }

    /// The calls that wait, up to about `most` items and 16 MiB: at least one, and none is split. `None` when the queue was
    /// closed and is empty.
    async fn take(&self, most: usize, stop: &CancellationToken) -> Option<Vec<Job>> {
        let mut queued = self.jobs.lock().await;
        let first = tokio::select! {
            biased;
            job = queued.recv() => job?,
            () = stop.cancelled() => {
                queued.close();
                queued.recv().await?
            }
        };
        let (mut items, mut kibibytes) = (first.items.len(), first.kibibytes);
        let mut jobs = vec![first];
        while items < most
            && kibibytes < MOST_KIB
            && let Ok(job) = queued.try_recv()
        {
            items += job.items.len();
            kibibytes = kibibytes.saturating_add(job.kibibytes);
            jobs.push(job);
        }
        Some(jobs)
    }
}

impl App {
    /// Hands the items of a call over to be written, and waits until they are. A caller that stops waiting changes nothing.
    pub(super) async fn submit(
        &self,
        tenant: Tenant,
        secret: Arc<IdSecret>,
        items: Vec<Item>,
        permit: OwnedSemaphorePermit,
    ) -> Reply {
        let (reply, answer) = oneshot::channel();
        let kibibytes = items.iter().map(|item| item.raw.len().div_ceil(1 << 10)).sum::<usize>();
        let kibibytes = u32::try_from(kibibytes).unwrap_or(u32::MAX);
        let job = Job { tenant, secret, items, kibibytes, reply, span: Span::current(), _permit: permit };
        self.queue.sender.send(job).map_err(|_| Refusal::unavailable("collector"))?;
        answer.await.unwrap_or_else(|_| Err(Refusal::unavailable("collector")))
    }

    /// How many workers write at once.
    pub(crate) fn workers(&self) -> i64 {
        match self.store.dialect() {
            Dialect::Sqlite => 1,
            Dialect::Postgres => 4,
        }
    }

    /// Writes what waits, until it is told to stop and nothing waits any more.
    pub(crate) async fn work(&self, worker: i64, stop: CancellationToken) {
        // A call of 500 is worth a transaction of its own where several run at once; SQLite writes one at a time.
        let most = if self.store.dialect() == Dialect::Sqlite { 501 } else { 500 };
        while let Some(mut jobs) = self.queue.take(most, &stop).await {
            let span = span(&jobs);
            let written = self.write_jobs(&mut jobs, self.first_shard + worker).instrument(span).await;
            failpoint!("reply");
            self.answer(jobs, written);
        }
    }

    async fn write_jobs(&self, jobs: &mut [Job], shard: i64) -> Result<Written, Refusal> {
        for _ in 0..TRIES {
            match self.try_write(jobs, shard).await {
                Ok(written) => return Ok(written),
                Err(Failure::Lost) => {}
                Err(Failure::Refused(refusal)) => return Err(refusal),
            }
        }
        Err(Refusal::unavailable("database"))
    }

    async fn try_write(&self, jobs: &mut [Job], shard: i64) -> Result<Written, Failure> {
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        let outcomes = match self.decide_jobs(&tx, jobs, shard).await {
            Ok(outcomes) => outcomes,
            Err(failure) => {
                // Given back now: whoever waits for what it holds goes on. If that fails, the connection is lost and it is given back too.
                let _ = tx.rollback().await;
                return Err(failure);
            }
        };
        let drafts = accepted(jobs, &outcomes);
        // Without an entry of its own the batch holds repeats at most: they are before the head.
        let silent = drafts.is_empty();
        let last = self.journal.commit(tx, drafts).await?;
        Ok((outcomes, if silent { self.journal.head().await? } else { last }))
    }

    fn answer(&self, jobs: Vec<Job>, written: Result<Written, Refusal>) {
        match written {
            Ok((outcomes, sequence)) => {
                for (job, outcomes) in jobs.into_iter().zip(outcomes) {
                    self.metrics.recorded(job.items.iter().map(|item| item.kind).zip(&outcomes));
                    // A caller that went away needs no answer.
                    let _ = job.reply.send(Ok(Recorded { outcomes, sequence }));
                }
            }
            Err(refusal) => {
                for job in jobs {
                    let _ = job.reply.send(Err(refusal.clone()));
                }
            }
        }
    }

    /// Decides tenant by tenant, in one order for all transactions.
    async fn decide_jobs(&self, tx: &Tx, jobs: &[Job], shard: i64) -> Result<Vec<Vec<Outcome>>, Failure> {
        let mut tenants: BTreeMap<&Tenant, Vec<usize>> = BTreeMap::new();
        for (place, job) in jobs.iter().enumerate() {
            tenants.entry(&job.tenant).or_default().push(place);
        }
        let mut answers: Vec<Vec<Outcome>> = jobs.iter().map(|_| Vec::new()).collect();
        let mut tallies = BTreeMap::new();
        for (tenant, places) in tenants {
            let items = places.iter().flat_map(|place| &jobs[*place].items).collect();
            let batch = Batch { tenant, secret: &jobs[places[0]].secret, items };
            let outcomes = self.take_in(tx, &batch).await?;
            tallies.insert(tenant.clone(), tally_of(&batch, &outcomes));
            let mut outcomes = outcomes.into_iter();
            for place in places {
                answers[place] = outcomes.by_ref().take(jobs[place].items.len()).collect();
            }
        }
        tally::add(tx, shard, &tallies).await?;
        Ok(answers)
    }
}

/// The span of what calls share: a child of the first call whose trace is kept; those of the others are linked to it.
fn span(jobs: &[Job]) -> Span {
    let Some(first) = jobs.iter().position(|job| telemetry::is_kept(&job.span)) else { return Span::none() };
    let span = tracing::debug_span!(parent: &jobs[first].span, "write touchpoints", tenure.calls = jobs.len());
    for job in jobs[first + 1..].iter().filter(|_| !span.is_disabled()) {
        telemetry::follow(&job.span, &span);
    }
    span
}

/// The entries of what is accepted, in the order in which it came.
fn accepted(jobs: &mut [Job], outcomes: &[Vec<Outcome>]) -> Vec<Draft> {
    let items = jobs.iter_mut().flat_map(|job| &mut job.items).zip(outcomes.iter().flatten());
    items.filter(|(_, outcome)| outcome.status == Status::Accepted).filter_map(|(item, _)| item.draft.take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn enqueue(queue: &Queue, kibibytes: u32) {
        let permit = queue.enter(kibibytes, Patience::Refuse).await.unwrap();
        let (tenant, secret) = ("acme".parse().unwrap(), Arc::new(IdSecret::new(&[7; 32])));
        let job = Job {
            tenant,
            secret,
            items: Vec::new(),
            kibibytes,
            reply: oneshot::channel().0,
            span: Span::none(),
            _permit: permit,
        };
        queue.sender.send(job).ok().unwrap();
    }

    #[tokio::test]
    async fn large_calls_fill_the_queue_and_a_transaction_sooner() {
        let (queue, stop) = (Queue::new(30_000), CancellationToken::new());
        for _ in 0..3 {
            enqueue(&queue, 9_000).await;
        }
        assert_eq!(queue.enter(9_000, Patience::Refuse).await.unwrap_err().reason, Reason::Overloaded);
        let jobs = queue.take(500, &stop).await.unwrap();
        assert_eq!(jobs.len(), 2);
        drop(jobs);
        assert_eq!(queue.take(500, &stop).await.unwrap().len(), 1);
        // One that weighs more than the queue holds is taken when nothing else waits.
        enqueue(&queue, 90_000).await;
        assert_eq!(queue.enter(1, Patience::Refuse).await.unwrap_err().reason, Reason::Overloaded);
    }

    #[test]
    fn a_call_weighs_the_kibibytes_that_its_items_begin() {
        let small = pb::Touchpoint { note: "n".to_owned(), ..Default::default() };
        let large = pb::Touchpoint { note: "n".repeat(5_000), ..Default::default() };
        assert_eq!(kibibytes(&[small.clone(), small, large, pb::Touchpoint::default()]), 1 + 1 + 5 + 1);
    }
}
