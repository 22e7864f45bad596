//! Firing timers.

use std::{collections::BTreeMap, panic::AssertUnwindSafe, time::Duration};

use futures::FutureExt;
use tenure_kernel::partition;
use tenure_store::{StoreError, Tx};
use tokio::time::Instant;
use tracing::Instrument;

use super::{lease, observed, projection::Projection, supervisor::Following};
use crate::Timer;

/// Timers fired in one transaction at most.
const BATCH: i64 = 500;
/// For how long all ranges fire before leases and generations are looked after again.
const TURN: Duration = Duration::from_secs(1);

enum Fired {
    Some,
    None,
    /// And nothing was changed.
    Panic,
}

impl<P: Projection> Following<P> {
    /// Fires what is due in the ranges that we hold, as much as fits a turn. Answers whether there may be more.
    pub(super) async fn fire_due(&self, leases: &BTreeMap<u16, i64>) -> Result<bool, StoreError> {
        if !Timer::any_due(self.store(), self.shared.clock.now()).await? {
            return Ok(false);
        }
        let share = TURN / u32::try_from(leases.len()).unwrap_or(u32::MAX).max(1);
        let mut more = false;
        for (range, epoch) in leases {
            more |= self.fire_range(*range, *epoch, Instant::now() + share).await?;
        }
        Ok(more)
    }

    async fn fire_range(&self, range: u16, epoch: i64, until: Instant) -> Result<bool, StoreError> {
        let (mut limit, mut skip) = (BATCH, 0);
        loop {
            match self.fire_some(range, epoch, (limit, skip)).await? {
                Fired::None => return Ok(false),
                Fired::Some if Instant::now() >= until => return Ok(true),
                Fired::Some => {}
                // One by one then, so that the one at fault holds up no other. It stays due.
                Fired::Panic if limit > 1 => limit = 1,
                Fired::Panic => {
                    tracing::error!(projection = self.name(), range, "firing a timer panicked");
                    skip += 1;
                }
            }
        }
    }

    async fn fire_some(&self, range: u16, epoch: i64, window: (i64, i64)) -> Result<Fired, StoreError> {
        let tx = self.store().begin().await?;
        if !lease::confirm(&tx, &self.claimant(), i64::from(range), epoch).await? {
            tx.rollback().await?;
            return Ok(Fired::None);
        }
        let partitions = partition::range(range, self.shared.ranges);
        let due = Timer::take_due(&tx, &partitions, self.shared.clock.now(), window).await?;
        if due.is_empty() {
            tx.rollback().await?;
            return Ok(Fired::None);
        }
        let span = observed::firing(self.name(), due.len());
        self.fire(tx, &due).instrument(span).await
    }

    /// Concludes from timers and commits.
    async fn fire(&self, tx: Tx, due: &[Timer]) -> Result<Fired, StoreError> {
        let firing = AssertUnwindSafe(self.shared.projection.fire(&tx, due)).catch_unwind();
        let Ok(drafts) = firing.await else {
            tx.rollback().await?;
            return Ok(Fired::Panic);
        };
        match (&self.shared.journal, observed::traced(drafts?)) {
            (Some(journal), drafts) if !drafts.is_empty() => journal.commit(tx, drafts).await.map(|_| ())?,
            _ => tx.commit().await?,
        }
        observed::fired(self.name(), due.len());
        Ok(Fired::Some)
    }
}
