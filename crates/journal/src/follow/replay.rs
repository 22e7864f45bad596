//! Applying once more what was parked, as it stands in its journal now: what had its time was taken out of it there.

use std::{collections::BTreeMap, panic::AssertUnwindSafe};

use futures::{FutureExt, StreamExt};
use tenure_kernel::{Reason, Refusal, partition};
use tenure_proto::journal::v1::{TailRequest, TailResponse};
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
        let mut frames = BTreeMap::new();
        loop {
            let page = parking::list(self.store(), self.name(), after.clone(), PAGE).await?;
            if page.is_empty() {
                return Ok((applied, still));
            }
            for mut parked in page {
                after = (parked.entry.sequence, parked.id.to_vec());
                self.read_again(&mut parked, &mut frames).await?;
                match self.replay(parked).await? {
                    true => applied += 1,
                    false => still += 1,
                }
            }
        }
    }

    /// Reads an entry again where it stands, by the frame that was read last if it is in there. One that is there no more stays as it was parked.
    async fn read_again(
        &self,
        parked: &mut parking::Parked,
        frames: &mut BTreeMap<String, TailResponse>,
    ) -> Result<(), Refusal> {
        let follow = self.shared.projection.follows().iter().find(|follow| follow.journal == parked.journal);
        let Some(follow) = follow else { return Ok(()) };
        let sequence = parked.entry.sequence;
        let within = |frame: &TailResponse| frame.entries.first().is_some_and(|first| first.sequence <= sequence);
        if !frames.get(&parked.journal).is_some_and(|frame| within(frame) && sequence <= frame.high_water) {
            let range = u16::try_from(parked.range).unwrap_or_default();
            let place = self.place(parked.generation, follow.journal, range);
            let Some(there) = checkpoint::load(self.store(), &place).await? else { return Ok(()) };
            let request = TailRequest {
                journal: parked.journal.clone(),
                partitions: Vec::new(),
                epoch: there.position.epoch.to_vec(),
                after: sequence - 1,
            };
            let frame = self.shared.sources.get(follow.journal).map(|source| source.tail(request));
            let frame = match frame {
                Some(tail) => tail.await.map_err(|_| unavailable())?.next().await,
                None => None,
            };
            let frame = frame.ok_or_else(unavailable)?.map_err(|_| unavailable())?;
            frames.insert(parked.journal.clone(), frame);
        }
        let found = frames.get(&parked.journal).and_then(|frame| {
            let place = frame.entries.binary_search_by_key(&sequence, |entry| entry.sequence);
            place.ok().and_then(|place| frame.entries.get(place))
        });
        if let Some(found) = found {
            parked.entry = found.clone();
        }
        Ok(())
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

/// Why nothing can be replayed now.
fn unavailable() -> Refusal {
    Refusal::new(Reason::Unavailable, "the journal that is followed can't be read; try again")
}
