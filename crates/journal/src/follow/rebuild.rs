//! Rebuilding: a new generation is built while the active one serves, and takes over where that one is.
//!
//! What an entry brings about is concluded by the active generation, once. So the new generation never passes the active
//! one, and takes over at the very entry where that one ends: when it is near, the active one is frozen for a moment. What
//! the active one left out (it had stopped for good, or parked what can be read now) is concluded after the swap.

use std::{collections::BTreeMap, time::Duration};

use tenure_kernel::{Reason, Refusal};
use tenure_store::{Query, StoreError, Tx};
use tokio::time::Instant;

use super::{
    lease,
    projection::Projection,
    reconcile::{self, Reconciling},
    supervisor::{Following, Generations},
};

/// How many entries the new generation may be behind when the active one is frozen.
const NEAR: i64 = 1_000;
/// How long the active generation stays frozen at most.
const FROZEN: Duration = Duration::from_secs(3);
/// How long it goes on before it is frozen again.
const REST: Duration = Duration::from_secs(10);

/// Where a swap stands, as this process sees it.
#[derive(Default)]
pub(super) struct Handover {
    frozen_at: Option<Instant>,
    not_before: Option<Instant>,
    /// How far the new generation was when we looked last.
    built: i64,
}

/// How a new generation compares with the active one.
struct Gap {
    /// How many entries it is behind at most; `None` when that can't be told yet.
    behind: Option<i64>,
    /// How far it is, over all ranges.
    built: i64,
    frozen: bool,
}

impl Gap {
    fn is_near(&self) -> bool {
        self.behind.is_some_and(|behind| behind <= NEAR)
    }
}

impl<P: Projection> Following<P> {
    /// Brings a swap on its way and discards generations that nobody reads. Answers whether to look again soon.
    ///
    /// One of several processes does it, or each would freeze what another has just let go on.
    pub(super) async fn look_after_generations(
        &self,
        generations: Generations,
        leases: &BTreeMap<u16, i64>,
        handover: &mut Handover,
    ) -> Result<bool, StoreError> {
        let discarding = self.discard_stale(generations).await?;
        if generations.building == 0 || !leases.contains_key(&reconcile::RANGE) {
            *handover = Handover::default();
            return Ok(discarding);
        }
        let gap = self.gap(self.store(), generations).await?;
        let resting = handover.not_before.is_some_and(|until| Instant::now() < until);
        // One that does not get on is not waited for.
        let moves = gap.behind == Some(0) || std::mem::replace(&mut handover.built, gap.built) != gap.built;
        if gap.frozen || (gap.is_near() && moves && !resting) {
            return self.hand_over(generations, handover).await;
        }
        Ok(discarding)
    }

    /// Swaps, or freezes the active generation, or lets it go on.
    async fn hand_over(&self, generations: Generations, handover: &mut Handover) -> Result<bool, StoreError> {
        let tx = self.store().begin().await?;
        lease::lock(&tx, self.name()).await?;
        // Nobody moves until the commit.
        tx.execute("UPDATE checkpoint SET alarm = alarm WHERE projection = ?", vec![self.name().into()]).await?;
        if self.generations(&tx).await? != generations {
            tx.rollback().await?;
            return Ok(true);
        }
        let gap = self.gap(&tx, generations).await?;
        let too_long = handover.frozen_at.is_some_and(|at| at.elapsed() > FROZEN);
        if gap.behind == Some(0) {
            self.swap(&tx, generations).await?;
            tx.commit().await?;
            tracing::info!(
                projection = self.name(),
                generation = generations.building,
                "rebuilt generation swapped in"
            );
            *handover = Handover::default();
            return Ok(true);
        }
        if gap.is_near() && !too_long {
            self.name_holder(&tx, generations.active, "0").await?;
            tx.commit().await?;
            if handover.frozen_at.is_none() {
                tracing::info!(projection = self.name(), behind = gap.behind, "active generation frozen for a swap");
                handover.frozen_at = Some(Instant::now());
            }
            return Ok(true);
        }
        self.thaw(&tx, generations.active).await?;
        tx.commit().await?;
        if too_long {
            tracing::warn!(projection = self.name(), behind = gap.behind, "no swap: the new generation is too slow");
            handover.not_before = Some(Instant::now() + REST);
        }
        handover.frozen_at = None;
        Ok(false)
    }

    async fn gap(&self, query: &impl Query, generations: Generations) -> Result<Gap, StoreError> {
        let sql = "SELECT new.epoch, new.sequence, new.caught_up, new.alarm,
                COALESCE(old.epoch, new.epoch), COALESCE(old.sequence, -1), COALESCE(old.alarm, ''),
                COALESCE(old.lease_epoch, 1)
            FROM checkpoint new LEFT JOIN checkpoint old ON old.projection = new.projection
                AND old.journal = new.journal AND old.range_index = new.range_index AND old.generation = ?
            WHERE new.projection = ? AND new.generation = ?";
        let values = vec![generations.active.into(), self.name().into(), generations.building.into()];
        let mut gap = Gap { behind: Some(0), built: 0, frozen: false };
        for row in query.all(sql, values).await? {
            let (sequence, old_sequence): (i64, i64) = (row.get(1)?, row.get(5)?);
            let stopped = !row.get::<String>(3)?.is_empty();
            let alone = old_sequence < 0 || !row.get::<String>(6)?.is_empty();
            let behind = match row.get::<i64>(2)? != 0 {
                _ if stopped => None,
                caught_up if alone => caught_up.then_some(0),
                _ => (row.id(0)? == row.id(4)?).then_some(old_sequence - sequence),
            };
            gap.built += sequence;
            gap.behind = gap.behind.zip(behind).map(|(most, behind)| most.max(behind));
            gap.frozen |= row.get::<i64>(7)? == 0;
        }
        Ok(gap)
    }

    async fn swap(&self, tx: &Tx, generations: Generations) -> Result<(), StoreError> {
        let (owed, awaited) = (Reconciling::Owed, Reconciling::Awaited);
        let lost = self.has_stopped(tx, generations.active).await?;
        let sql = "UPDATE projection SET active = building, building = 0, reconciled = ?,
                reconciling = CASE WHEN reconciling = ? THEN reconciling ELSE ? END WHERE name = ?";
        let reconciling = if lost { awaited } else { owed };
        let values = vec![Vec::<u8>::new().into(), awaited.into(), reconciling.into(), self.name().into()];
        tx.execute(sql, values).await?;
        self.name_holder(tx, generations.active, "0").await?;
        self.name_holder(tx, generations.building, "-lease_epoch").await
    }

    /// Lets a frozen generation go on.
    async fn thaw(&self, tx: &Tx, generation: i64) -> Result<(), StoreError> {
        let held = "COALESCE((SELECT lease.epoch FROM lease WHERE lease.projection = checkpoint.projection
            AND lease.range_index = checkpoint.range_index), 0)";
        self.name_holder(tx, generation, held).await
    }

    /// Says whose steps count for a generation.
    async fn name_holder(&self, tx: &Tx, generation: i64, lease_epoch: &str) -> Result<(), StoreError> {
        let sql = format!("UPDATE checkpoint SET lease_epoch = {lease_epoch} WHERE projection = ? AND generation = ?");
        tx.execute(&sql, vec![self.name().into(), generation.into()]).await.map(|_| ())
    }

    /// Begins a new generation. One that stopped with an alarm is given up for it.
    pub(super) async fn start_rebuild(&self) -> Result<i64, Refusal> {
        let tx = self.store().begin().await?;
        lease::lock(&tx, self.name()).await?;
        let generations = self.generations(&tx).await?;
        if generations.building != 0 && !self.has_stopped(&tx, generations.building).await? {
            tx.rollback().await?;
            return Err(Refusal::new(Reason::RebuildRunning, "a rebuild of the projection is running"));
        }
        let next = generations.active.max(generations.building) + 1;
        let sql = "UPDATE projection SET building = ? WHERE name = ?";
        tx.execute(sql, vec![next.into(), self.name().into()]).await?;
        self.thaw(&tx, generations.active).await?;
        self.ensure_checkpoints(&tx, next, true).await?;
        tx.commit().await?;
        self.hurry.notify_one();
        Ok(next)
    }

    async fn has_stopped(&self, tx: &Tx, generation: i64) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM checkpoint WHERE projection = ? AND generation = ? AND alarm <> '' LIMIT 1";
        Ok(tx.first(sql, vec![self.name().into(), generation.into()]).await?.is_some())
    }
}
