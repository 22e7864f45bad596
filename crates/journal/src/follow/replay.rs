//! Applying once more what was parked.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use tenure_kernel::{Refusal, partition};
use tenure_store::StoreError;

use super::{
    checkpoint, parking,
    projection::{Applied, Batch, Projection},
    supervisor::Following,
};
use crate::Entry;

/// Parked entries per query.
const PAGE: i64 = 100;

impl<P: Projection> Following<P> {
    /// Applies every parked entry once more: how many went through, and how many did not.
    pub(super) async fn replay_parked(&self) -> Result<(i64, i64), Refusal> {
        let (mut applied, mut still, mut after) = (0, 0, (0, Vec::new()));
        loop {
            let page = parking::list(self.store(), self.name(), after.clone(), PAGE).await?;
            if page.is_empty() {
                return Ok((applied, still));
            }
            for parked in page {
                after = (parked.entry.sequence, parked.id.to_vec());
                match self.replay(parked).await? {
                    true => applied += 1,
                    false => still += 1,
                }
            }
        }
    }

    async fn replay(&self, parked: parking::Parked) -> Result<bool, StoreError> {
        let follows = self.shared.projection.follows();
        let follow = follows.iter().find(|follow| follow.journal == parked.journal);
        let (Some(follow), Ok(entry)) = (follow, Entry::try_from(parked.entry)) else { return Ok(false) };
        let range = u16::try_from(parked.range).unwrap_or_default();
        let tx = self.store().begin().await?;
        // First, so that a follower that is at work beside us finds its checkpoint changed and computes again.
        let place = self.place(parked.generation, follow.journal, range);
        let there = checkpoint::unpark(&tx, &place).await? && parking::take(&tx, parked.id).await?;
        // Until the commit no other is swapped in.
        if !there || self.generations(&tx).await?.active != parked.generation {
            tx.rollback().await?;
            return Ok(false);
        }
        let batch = Batch {
            journal: follow.journal,
            entries: std::slice::from_ref(&entry),
            partitions: partition::range(range, self.shared.ranges),
            generation: parked.generation,
            building: false,
        };
        let applying = AssertUnwindSafe(self.shared.projection.apply(&tx, &batch)).catch_unwind();
        let Applied { parked, drafts, effect } = match applying.await {
            Ok(Ok(applied)) => applied,
            // It panics still, or the database still refuses what it says.
            Err(_) | Ok(Err(StoreError::Data { .. })) => {
                tx.rollback().await?;
                return Ok(false);
            }
            Ok(Err(error)) => return Err(error),
        };
        if !parked.is_empty() {
            tx.rollback().await?;
            return Ok(false);
        }
        match &self.shared.journal {
            Some(journal) if !drafts.is_empty() => journal.commit(tx, drafts).await.map(|_| ())?,
            _ => tx.commit().await?,
        }
        self.shared.committed(effect);
        Ok(true)
    }
}
