//! A load client: sends batches, again and again with the same ids until they are acknowledged, and keeps the ledger.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tenure_client::Client;
use tenure_proto::{
    collector::v1::{RecordTouchpointsRequest, outcome::Status},
    profile::v1::{GetProfileRequest, get_profile_request},
};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};

use super::{
    ledger::Ledger,
    work::{Said, said},
};

/// How long a client waits before it tries again.
const PAUSE: Duration = Duration::from_millis(50);
const BETWEEN_READS: Duration = Duration::from_millis(10);

/// How touchpoints come.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// So many clients send, each its next batch when the last one was acknowledged.
    Closed {
        /// How many.
        clients: usize,
    },
    /// So many batches begin each second, whatever became of those before.
    Open {
        /// How many.
        per_second: u32,
    },
}

/// What a load consists of.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// From what the touchpoints follow.
    pub seed: u64,
    /// How many go into a call.
    pub batch: u64,
    /// How they come.
    pub pace: Pace,
}

/// A load under way.
pub struct Load {
    sender: Arc<Sender>,
    tasks: JoinSet<()>,
}

struct Sender {
    clients: Vec<Client>,
    ledger: Ledger,
    plan: Plan,
    next: AtomicU64,
    turn: AtomicU64,
    /// The records that touchpoints were taken in of.
    records: Mutex<BTreeSet<String>>,
    /// Nothing new is sent.
    ending: AtomicBool,
    /// What was not acknowledged is given up.
    abandoned: AtomicBool,
}

impl Load {
    /// Starts to send to servers, in turn.
    #[must_use]
    pub fn start(clients: Vec<Client>, ledger: Ledger, plan: Plan) -> Self {
        let (ending, abandoned) = (AtomicBool::new(false), AtomicBool::new(false));
        let (next, turn) = (AtomicU64::new(0), AtomicU64::new(0));
        let records = Mutex::default();
        let sender = Arc::new(Sender { clients, ledger, plan, next, turn, records, ending, abandoned });
        let mut tasks = JoinSet::new();
        match plan.pace {
            Pace::Closed { clients } => {
                for _ in 0..clients {
                    tasks.spawn(sender.clone().closed());
                }
            }
            Pace::Open { per_second } => {
                tasks.spawn(sender.clone().open(per_second));
            }
        }
        Self { sender, tasks }
    }

    /// Reads profiles of what was taken in all the while, from each of some servers, so that what they keep in memory or in Redis
    /// may become outdated. Whether they answer is not looked at here; the oracle looks at what they say in the end.
    #[must_use]
    pub fn reading(mut self, profiles: Vec<Client>) -> Self {
        for profile in profiles {
            self.tasks.spawn(self.sender.clone().read(profile));
        }
        self
    }

    /// Waits until so many ids are acknowledged; says how many are when that takes too long.
    ///
    /// # Errors
    /// When it takes longer than the limit.
    pub async fn acknowledges(&self, count: usize, limit: Duration) -> anyhow::Result<()> {
        let until = Instant::now() + limit;
        while self.sender.ledger.acknowledged() < count {
            anyhow::ensure!(Instant::now() < until, "{} of {count} acknowledged", self.sender.ledger.acknowledged());
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Waits until something more is acknowledged: the servers take in again. Answers how long that took.
    ///
    /// # Errors
    /// When it takes longer than the limit.
    pub async fn recovers(&self, limit: Duration) -> anyhow::Result<Duration> {
        let began = Instant::now();
        // Calls that were under way when it began may have been answered before.
        let batches = usize::try_from(self.sender.plan.batch).unwrap_or(1) * 20;
        self.acknowledges(self.sender.ledger.acknowledged() + batches, limit).await?;
        Ok(began.elapsed())
    }

    /// Sends nothing new, and waits until all that was sent is acknowledged.
    ///
    /// # Errors
    /// When that takes longer than the limit.
    pub async fn finish(mut self, limit: Duration) -> anyhow::Result<()> {
        self.sender.ending.store(true, Ordering::SeqCst);
        let done = async { while self.tasks.join_next().await.is_some() {} };
        let done = tokio::time::timeout(limit, done).await;
        anyhow::ensure!(done.is_ok(), "some calls are not acknowledged after {limit:?}");
        Ok(())
    }

    /// Stops at once: what is under way stays unacknowledged, and may have been taken in or not.
    pub async fn abandon(mut self) {
        self.sender.ending.store(true, Ordering::SeqCst);
        self.sender.abandoned.store(true, Ordering::SeqCst);
        self.tasks.shutdown().await;
    }
}

impl Sender {
    async fn closed(self: Arc<Self>) {
        while !self.ending.load(Ordering::SeqCst) {
            self.send(self.take()).await;
        }
    }

    async fn open(self: Arc<Self>, per_second: u32) {
        let mut ticks = interval(Duration::from_secs(1) / per_second.max(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut calls = JoinSet::new();
        while !self.ending.load(Ordering::SeqCst) {
            ticks.tick().await;
            let (sender, batch) = (self.clone(), self.take());
            calls.spawn(async move { sender.send(batch).await });
            while calls.try_join_next().is_some() {}
        }
        while calls.join_next().await.is_some() {}
    }

    async fn read(self: Arc<Self>, profile: Client) {
        let mut last = String::new();
        while !self.ending.load(Ordering::SeqCst) {
            let next = {
                let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
                records.range(last.clone()..).find(|record| **record != last).or(records.first()).cloned()
            };
            if let Some(record) = next {
                let by = Some(get_profile_request::By::RecordId(record.clone()));
                let _ = profile
                    .profile()
                    .get_profile(GetProfileRequest { by, read_after: String::new(), ..Default::default() })
                    .await;
                last = record;
            }
            sleep(BETWEEN_READS).await;
        }
    }

    fn take(&self) -> Vec<Said> {
        let first = self.next.fetch_add(self.plan.batch, Ordering::SeqCst);
        (first..first + self.plan.batch).map(|n| said(self.plan.seed, n)).collect()
    }

    fn client(&self) -> Client {
        let turn = self.turn.fetch_add(1, Ordering::SeqCst) as usize;
        self.clients[turn % self.clients.len()].clone()
    }

    /// Sends a batch until it is acknowledged.
    async fn send(&self, batch: Vec<Said>) {
        self.ledger.sends(&batch);
        while !self.try_send(&batch).await && !self.abandoned.load(Ordering::SeqCst) {
            sleep(PAUSE).await;
        }
    }

    async fn try_send(&self, batch: &[Said]) -> bool {
        let touchpoints = batch.iter().map(|said| said.touchpoint.clone()).collect();
        let request = RecordTouchpointsRequest { touchpoints, validate_only: false };
        let began = Instant::now();
        let answer = self.client().collector().record_touchpoints(request).await;
        let code = answer.as_ref().map_or_else(|status| format!("{:?}", status.code()), |_| "Ok".to_owned());
        self.ledger.ended(&code, began.elapsed());
        let Ok(answer) = answer else { return false };
        let mut ids = Vec::new();
        for (said, outcome) in batch.iter().zip(answer.into_inner().outcomes) {
            match outcome.status() {
                Status::Accepted | Status::Duplicate => {
                    ids.push(said.event_id.clone());
                    self.records.lock().unwrap_or_else(PoisonError::into_inner).insert(outcome.record_id);
                }
                other => self.ledger.is_odd(format!("{}: {other:?} {:?}", said.event_id, outcome.violations)),
            }
        }
        self.ledger.acknowledge(&ids).is_ok()
    }
}
