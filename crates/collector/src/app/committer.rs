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

/// What a caller does when the queue is full, and whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// It is refused, and written before all others.
    Urgent,
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

/// Room for calls of one kind: a permit for each KiB on its way.
struct Room {
    permits: Arc<Semaphore>,
    limit: u32,
}

impl Room {
    fn new(limit: u32) -> Self {
        Self { permits: Arc::new(Semaphore::new(limit as usize)), limit }
    }
}

/// Calls that wait to be written. Each kind has room of its own, so that streams, which take all they can get, leave some to who
/// is refused instead, and both leave some to what is urgent.
pub(crate) struct Queue {
    sender: mpsc::UnboundedSender<Job>,
    urgent: mpsc::UnboundedSender<Job>,
    jobs: Mutex<Waiting>,
    rooms: [Room; 3],
}

/// The other ends of the queue.
struct Waiting {
    jobs: mpsc::UnboundedReceiver<Job>,
    urgent: mpsc::UnboundedReceiver<Job>,
}

impl Waiting {
    /// The next, if there is one: what is urgent first. Who went away meanwhile is left out: nobody would hear the answer.
    fn next(&mut self) -> Option<Job> {
        let mut all = std::iter::from_fn(|| self.urgent.try_recv().or_else(|_| self.jobs.try_recv()).ok());
        all.find(|job| !job.reply.is_closed())
    }

    /// Waits for the next; `None` when the queue was closed and is empty.
    async fn wait(&mut self) -> Option<Job> {
        loop {
            let job = tokio::select! {
                biased;
                Some(job) = self.urgent.recv() => job,
                job = self.jobs.recv() => job?,
            };
            if !job.reply.is_closed() {
                return Some(job);
            }
        }
    }

    fn close(&mut self) {
        self.urgent.close();
        self.jobs.close();
    }
}

impl Queue {
    /// An eighth of the room is for what is urgent, a half for streams.
    pub(crate) fn new(limit: u32) -> Self {
        let ((sender, jobs), (urgent, first)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
        let jobs = Mutex::new(Waiting { jobs, urgent: first });
        let rooms = [limit / 8, limit - limit / 2 - limit / 8, limit / 2].map(Room::new);
        Self { sender, urgent, jobs, rooms }
    }

    /// Room for a call, until it is written. One that weighs more than all of its kind's takes all of it.
    ///
    /// # Errors
    /// `OVERLOADED` when there is none and the caller does not wait.
    pub(crate) async fn enter(&self, kibibytes: u32, patience: Patience) -> Result<OwnedSemaphorePermit, Refusal> {
        let room = &self.rooms[patience as usize];
        let (permits, weight) = (room.permits.clone(), kibibytes.min(room.limit));
        let permit = match patience {
            Patience::Wait => permits.acquire_many_owned(weight).await.ok(),
            Patience::Urgent | Patience::Refuse => permits.try_acquire_many_owned(weight).ok(),
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
            job = queued.wait() => job?,
            () = stop.cancelled() => {
                queued.close();
                queued.wait().await?
            }
        };
        let (mut items, mut kibibytes) = (first.items.len(), first.kibibytes);
        let mut jobs = vec![first];
        while items < most
            && kibibytes < MOST_KIB
            && let Some(job) = queued.next()
        {
            items += job.items.len();
            kibibytes = kibibytes.saturating_add(job.kibibytes);
            jobs.push(job);
        }
        Some(jobs)
    }
}

impl App {
    /// Hands the items of a call over to be written, and waits until they are. What a caller that stopped waiting sent
    /// is left out, unless it is being written already.
    pub(super) async fn submit(
        &self,
        tenant: Tenant,
        secret: Arc<IdSecret>,
        items: Vec<Item>,
        patience: Patience,
        permit: OwnedSemaphorePermit,
    ) -> Reply {
        let (reply, answer) = oneshot::channel();
        let kibibytes = items.iter().map(|item| item.raw.len().div_ceil(1 << 10)).sum::<usize>();
        let kibibytes = u32::try_from(kibibytes).unwrap_or(u32::MAX);
        let job = Job { tenant, secret, items, kibibytes, reply, span: Span::current(), _permit: permit };
        let queue = if patience == Patience::Urgent { &self.queue.urgent } else { &self.queue.sender };
        queue.send(job).map_err(|_| Refusal::unavailable("collector"))?;
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

    /// What is enqueued, with the end that its caller waits at.
    async fn enqueue(queue: &Queue, kibibytes: u32, patience: Patience) -> oneshot::Receiver<Reply> {
        let permit = queue.enter(kibibytes, patience).await.unwrap();
        let (tenant, secret) = ("acme".parse().unwrap(), Arc::new(IdSecret::new(&[7; 32])));
        let (reply, answer) = oneshot::channel();
        let job = Job { tenant, secret, items: Vec::new(), kibibytes, reply, span: Span::none(), _permit: permit };
        let sender = if patience == Patience::Urgent { &queue.urgent } else { &queue.sender };
        sender.send(job).ok().unwrap();
        answer
    }

    async fn refused(queue: &Queue, kibibytes: u32, patience: Patience) -> bool {
        queue.enter(kibibytes, patience).await.is_err_and(|refusal| refusal.reason == Reason::Overloaded)
    }

    #[tokio::test]
    async fn large_calls_fill_the_queue_and_a_transaction_sooner() {
        let (queue, stop) = (Queue::new(80_000), CancellationToken::new());
        let mut answers = Vec::new();
        for _ in 0..3 {
            answers.push(enqueue(&queue, 9_000, Patience::Refuse).await);
        }
        assert!(refused(&queue, 9_000, Patience::Refuse).await);
        let jobs = queue.take(500, &stop).await.unwrap();
        assert_eq!(jobs.len(), 2);
        drop(jobs);
        assert_eq!(queue.take(500, &stop).await.unwrap().len(), 1);
        // One that weighs more than the queue holds is taken when nothing else waits.
        answers.push(enqueue(&queue, 90_000, Patience::Refuse).await);
        assert!(refused(&queue, 1, Patience::Refuse).await);
    }

    #[tokio::test]
    async fn streams_leave_room_for_calls_and_calls_for_what_is_urgent() {
        let (queue, stop) = (Queue::new(800), CancellationToken::new());
        let _streams = enqueue(&queue, 400, Patience::Wait).await;
        let _calls = enqueue(&queue, 300, Patience::Refuse).await;
        assert!(refused(&queue, 1, Patience::Refuse).await);
        let _urgent = enqueue(&queue, 100, Patience::Urgent).await;
        assert!(refused(&queue, 1, Patience::Urgent).await);
        let written: Vec<u32> = queue.take(500, &stop).await.unwrap().iter().map(|job| job.kibibytes).collect();
        assert_eq!(written, [100, 400, 300], "what is urgent is written first");
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_left_out() {
        let (queue, stop) = (Queue::new(800), CancellationToken::new());
        drop(enqueue(&queue, 1, Patience::Refuse).await);
        let _answer = enqueue(&queue, 2, Patience::Refuse).await;
        drop(enqueue(&queue, 3, Patience::Urgent).await);
        let jobs = queue.take(500, &stop).await.unwrap();
        assert_eq!(jobs.iter().map(|job| job.kibibytes).collect::<Vec<_>>(), [2]);
        drop(jobs);
        assert!(!refused(&queue, 300, Patience::Refuse).await && !refused(&queue, 100, Patience::Urgent).await);
    }

    #[test]
    fn a_call_weighs_the_kibibytes_that_its_items_begin() {
        let small = pb::Touchpoint { note: "n".to_owned(), ..Default::default() };
        let large = pb::Touchpoint { note: "n".repeat(5_000), ..Default::default() };
        assert_eq!(kibibytes(&[small.clone(), small, large, pb::Touchpoint::default()]), 1 + 1 + 5 + 1);
    }
}
