//! The supervisor of a projection: holds leases, runs a follower for each range of each journal, has a rebuilt generation
//! swapped in and timers fired.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use tenure_kernel::{Clock, IdSource, partition};
use tenure_store::{Dialect, Query, Store, StoreError, Tx};
use tokio::{
    sync::{Notify, Semaphore, watch},
    task::{AbortHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;

use super::{
    Source,
    checkpoint::{self, Place},
    follower::Follower,
    lease,
    observed::Standings,
    projection::Projection,
    read_after::ReadAfter,
    rebuild::Handover,
};
use crate::{Journal, bulletin::Bulletin, input::Reached};

/// How often leases and generations are looked at and timers fired.
const TICK: Duration = Duration::from_millis(500);
/// The same while followers wait for a swap.
const SHORT_TICK: Duration = Duration::from_millis(20);

/// What a projection is run with.
pub struct FollowConfig {
    /// The service's database.
    pub store: Store,
    /// The service's own journal, if it has one.
    pub journal: Option<Journal>,
    /// The journals that can be followed, by name.
    pub sources: BTreeMap<&'static str, Arc<dyn Source>>,
    /// Into how many ranges the partitions are divided among replicas, 1 to 16. Fixed once the projection has begun.
    pub ranges: u16,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
}

pub(crate) struct Shared<P> {
    pub(crate) projection: P,
    pub(crate) store: Store,
    pub(crate) journal: Option<Journal>,
    pub(crate) sources: BTreeMap<&'static str, Arc<dyn Source>>,
    pub(crate) ranges: u16,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) reached: Reached,
    pub(crate) standings: Standings,
    pub(crate) bulletin: Bulletin,
    /// How many followers may be in a transaction at once.
    pub(crate) turns: Semaphore,
}

impl<P: Projection> Shared<P> {
    /// Tells the projection of a commit. What it does then can't undo that.
    pub(crate) fn committed(&self, effect: P::Effect) {
        let told = catch_unwind(AssertUnwindSafe(|| self.projection.committed(effect)));
        if told.is_err() {
            tracing::error!(projection = self.projection.name(), "the projection panicked after a commit");
        }
    }
}

/// A projection at work. Cheap to clone.
pub struct Following<P> {
    pub(super) shared: Arc<Shared<P>>,
    pub(super) holder: [u8; 16],
    pub(super) hurry: Arc<Notify>,
}

impl<P> Clone for Following<P> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), holder: self.holder, hurry: self.hurry.clone() }
    }
}

/// The generations of a projection; building is 0 when none is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Generations {
    pub(super) active: i64,
    pub(super) building: i64,
    /// Whether something that follows from the active one may not be concluded yet.
    pub(super) reconciling: bool,
}

/// What a supervisor has under way. Dropped, its followers stop.
#[derive(Default)]
struct Work {
    running: BTreeMap<Place, (i64, AbortHandle)>,
    followers: JoinSet<()>,
    handover: Handover,
    stopping: CancellationToken,
}

impl<P: Projection> Following<P> {
    /// Prepares a projection: its generation and checkpoints exist afterwards.
    ///
    /// # Errors
    /// When the database can't be reached, or the projection has begun with another number of ranges.
    pub async fn open(config: FollowConfig, projection: P) -> Result<Self, StoreError> {
        let holder = config.ids.next();
        let turns = match config.store.dialect() {
            Dialect::Sqlite => 1,
            Dialect::Postgres => 4,
        };
        let reached = Reached::default();
        let hurry = Arc::new(Notify::new());
        let bulletin = match &config.journal {
            Some(journal) => journal.bulletin().clone(),
            None => Bulletin::start(&config.store, rand::random(), watch::Sender::new(0)),
        };
        bulletin.follow(projection.name(), &reached, &hurry);
        let shared = Shared {
            projection,
            store: config.store,
            journal: config.journal,
            sources: config.sources,
            ranges: config.ranges.clamp(1, 16),
            clock: config.clock,
            ids: config.ids,
            reached,
            standings: Standings::default(),
            bulletin,
            turns: Semaphore::new(turns),
        };
        let this = Self { shared: Arc::new(shared), holder, hurry };
        this.begin().await?;
        this.shared.standings.observe(this.name(), this.shared.clock.clone());
        Ok(this)
    }

    async fn begin(&self) -> Result<(), StoreError> {
        let tx = self.shared.store.begin().await?;
        lease::lock(&tx, self.name()).await?;
        let sql =
            "INSERT INTO projection (name, ranges, active, building, reconciling, reconciled) VALUES (?, ?, 1, 0, 0, ?)
            ON CONFLICT (name) DO NOTHING";
        tx.execute(sql, vec![self.name().into(), i64::from(self.shared.ranges).into(), Vec::<u8>::new().into()])
            .await?;
        let generations = self.generations(&tx).await?;
        self.ensure_checkpoints(&tx, generations.active, false).await?;
        if generations.building != 0 {
            self.ensure_checkpoints(&tx, generations.building, true).await?;
        }
        tx.commit().await
    }

    pub(super) async fn generations(&self, query: &impl Query) -> Result<Generations, StoreError> {
        let sql = "SELECT ranges, active, building, reconciling FROM projection WHERE name = ?";
        let row = query.first(sql, vec![self.name().into()]).await?;
        let row = row.ok_or_else(|| StoreError::Row("no projection".to_owned()))?;
        let ranges: i64 = row.get(0)?;
        if ranges != i64::from(self.shared.ranges) {
            let name = self.name();
            return Err(StoreError::Place(format!(
                "{name} was begun with {ranges} ranges; set follow_ranges = {ranges}"
            )));
        }
        Ok(Generations { active: row.get(1)?, building: row.get(2)?, reconciling: row.get::<i64>(3)? != 0 })
    }

    pub(super) async fn ensure_checkpoints(&self, tx: &Tx, generation: i64, building: bool) -> Result<(), StoreError> {
        for follow in self.shared.projection.follows() {
            for range in 0..self.shared.ranges {
                checkpoint::ensure(tx, &self.place(generation, follow.journal, range), building).await?;
            }
        }
        Ok(())
    }

    pub(super) fn place(&self, generation: i64, journal: &'static str, range: u16) -> Place {
        Place { projection: self.name(), generation, journal, range: i64::from(range) }
    }

    /// For reads that must have seen a write.
    #[must_use]
    pub fn read_after(&self) -> ReadAfter {
        ReadAfter {
            store: self.shared.store.clone(),
            reached: self.shared.reached.clone(),
            projection: self.name(),
            follows: self.shared.projection.follows(),
            journal: self.shared.journal.clone(),
        }
    }

    /// The service's own journal, if it has one.
    #[must_use]
    pub fn journal(&self) -> Option<Journal> {
        self.shared.journal.clone()
    }

    pub(crate) fn name(&self) -> &'static str {
        self.shared.projection.name()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.shared.store
    }

    pub(crate) fn reached(&self) -> Reached {
        self.shared.reached.clone()
    }

    /// Follows until told to stop; then gives its leases up. Dropped, it stops as well, and its leases run out.
    pub async fn run(self, stop: CancellationToken) {
        let mut work = Work { stopping: stop.clone(), ..Work::default() };
        while !stop.is_cancelled() {
            let pause = self.tick(&mut work).await.unwrap_or_else(|error| {
                tracing::warn!(projection = self.name(), error = %error, "supervising interrupted");
                TICK
            });
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.hurry.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        work.followers.shutdown().await;
        let left = lease::leave(self.store(), &self.claimant()).await;
        if let Err(error) = left.and(self.shared.bulletin.leases_given_up().await) {
            tracing::warn!(projection = self.name(), error = %error, "the leases run out by themselves");
        }
    }

    /// Looks after everything once. Answers when to do so again.
    async fn tick(&self, work: &mut Work) -> Result<Duration, StoreError> {
        let leases = self.hold().await?;
        self.shared.standings.holds(leases.len());
        let generations = self.generations(self.store()).await?;
        self.staff(work, generations, &leases);
        let fired = self.fire_due(&leases).await;
        let swapping = self.look_after_generations(generations, &leases, &mut work.handover).await?;
        let firing = fired?;
        let reconciling = generations.reconciling && self.reconcile(generations.active, &leases).await?;
        Ok(if firing || swapping || reconciling { SHORT_TICK } else { TICK })
    }

    /// Starts the followers that should run and stops those that should not.
    fn staff(&self, work: &mut Work, generations: Generations, leases: &BTreeMap<u16, i64>) {
        while let Some(ended) = work.followers.try_join_next() {
            if ended.is_err_and(|error| error.is_panic()) {
                tracing::error!(projection = self.name(), "a follower panicked; starting it again");
            }
        }
        let wanted = self.wanted(generations, leases);
        work.running.retain(|place, (epoch, task)| {
            let keep = !task.is_finished() && wanted.get(place).is_some_and(|(_, now)| now == epoch);
            if !keep {
                task.abort();
                self.shared.reached.forget(&place.reached());
                self.shared.standings.left(place);
            }
            keep
        });
        for (place, (range, lease_epoch)) in wanted {
            if work.running.contains_key(&place) {
                continue;
            }
            let follower = Follower {
                shared: self.shared.clone(),
                place: place.clone(),
                partitions: partition::range(range, self.shared.ranges),
                lease_epoch,
                active: generations.active,
                stopping: work.stopping.clone(),
            };
            work.running.insert(place, (lease_epoch, work.followers.spawn(follower.run())));
        }
    }

    /// The followers that should run: each with its range and the epoch under which its steps count.
    fn wanted(&self, generations: Generations, leases: &BTreeMap<u16, i64>) -> BTreeMap<Place, (u16, i64)> {
        let mut wanted = BTreeMap::new();
        for follow in self.shared.projection.follows() {
            for (range, epoch) in leases {
                wanted.insert(self.place(generations.active, follow.journal, *range), (*range, *epoch));
                if generations.building != 0 {
                    wanted.insert(self.place(generations.building, follow.journal, *range), (*range, -epoch));
                }
            }
        }
        wanted
    }
}
