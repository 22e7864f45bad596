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

/// A range that we hold, and the epoch of its lease.
type Held = (u16, i64);

impl<P: Projection> Following<P> {
    /// Fires what is due in the ranges that we hold, as much as fits a turn. Answers whether there may be more.
    pub(super) async fn fire_due(&self, leases: &BTreeMap<u16, i64>) -> Result<bool, StoreError> {
        if !Timer::any_due(self.store(), self.shared.clock.now()).await? {
            return Ok(false);
        }
        let spans = spans(leases);
        let share = TURN / u32::try_from(spans.len()).unwrap_or(u32::MAX).max(1);
        let mut more = false;
        for span in spans {
            more |= self.fire_span(&span, Instant::now() + share).await?;
        }
        Ok(more)
    }

    async fn fire_span(&self, span: &[Held], until: Instant) -> Result<bool, StoreError> {
        let (mut limit, mut skip) = (BATCH, 0);
        loop {
            match self.fire_some(span, (limit, skip)).await? {
                Fired::None => return Ok(false),
                Fired::Some if Instant::now() >= until => return Ok(true),
                Fired::Some => {}
                // One by one then, so that the one at fault holds up no other. It stays due.
                Fired::Panic if limit > 1 => limit = 1,
                Fired::Panic => {
                    tracing::error!(projection = self.name(), ?span, "firing a timer panicked");
                    skip += 1;
                }
            }
        }
    }

    async fn fire_some(&self, span: &[Held], window: (i64, i64)) -> Result<Fired, StoreError> {
        let (Some((first, _)), Some((last, _))) = (span.first(), span.last()) else { return Ok(Fired::None) };
        let tx = self.store().begin().await?;
        for (range, epoch) in span {
            if !lease::confirm(&tx, &self.claimant(), i64::from(*range), *epoch).await? {
                tx.rollback().await?;
                return Ok(Fired::None);
            }
        }
        let partitions = |range| partition::range(range, self.shared.ranges);
        let partitions = *partitions(*first).start()..=*partitions(*last).end();
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

/// Ranges that lie side by side: what is due in them is fired together, for most of the cost is by transaction and not by timer.
fn spans(leases: &BTreeMap<u16, i64>) -> Vec<Vec<Held>> {
    let mut spans: Vec<Vec<Held>> = Vec::new();
    for (range, epoch) in leases {
        match spans.last_mut().filter(|span| span.last().is_some_and(|(last, _)| last + 1 == *range)) {
            Some(span) => span.push((*range, *epoch)),
            None => spans.push(vec![(*range, *epoch)]),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_side_by_side_are_a_span() {
        let of = |ranges: &[u16]| spans(&ranges.iter().map(|range| (*range, i64::from(*range) + 7)).collect());
        assert_eq!(of(&[]), Vec::<Vec<Held>>::new());
        assert_eq!(of(&[0, 1, 2]), [vec![(0, 7), (1, 8), (2, 9)]]);
        assert_eq!(of(&[1, 3, 4, 7]), [vec![(1, 8)], vec![(3, 10), (4, 11)], vec![(7, 14)]]);
    }
}
