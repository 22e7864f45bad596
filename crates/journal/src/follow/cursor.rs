//! A follower's steps: entries, their effect and the checkpoint in one transaction.

use std::{collections::BTreeMap, panic::AssertUnwindSafe, time::Duration};

use futures::FutureExt;
use tenure_failpoint::failpoint;
use tenure_store::{Dialect, Query, StoreError, Tx};
use tokio::time::Instant;
use tracing::Instrument;

use super::{
    checkpoint::{self, Checkpoint, Step},
    follower::{Follower, Stop},
    frame::Frame,
    observed,
    parking::{self, Parking},
    projection::{Applied, Batch, Projection},
};
use crate::{Draft, Entry, input::Position};

/// How long a quiet range's progress may stay in memory only. On SQLite nobody else asks for it.
pub(super) fn quiet(dialect: Dialect) -> Duration {
    match dialect {
        Dialect::Sqlite => Duration::from_secs(1),
        Dialect::Postgres => Duration::from_millis(200),
    }
}

/// A follower's position, in memory and in the table.
pub(super) struct Cursor {
    pub(super) position: Position,
    pub(super) caught_up: bool,
    pub(super) stored_at: Instant,
    /// Whether the position in memory is ahead.
    pub(super) unstored: bool,
    stored: i64,
    parked: i64,
}

impl Cursor {
    pub(super) fn of(checkpoint: Checkpoint) -> Self {
        Self {
            stored: checkpoint.position.sequence,
            position: checkpoint.position,
            caught_up: checkpoint.caught_up,
            stored_at: Instant::now(),
            unstored: false,
            parked: checkpoint.parked,
        }
    }
}

/// What a transaction does with a frame.
struct Outcome {
    applied: usize,
    parked: Vec<Parking>,
    drafts: Vec<Draft>,
}

/// Why entries can't be applied, when it is their own fault and no retry would help.
fn fault(stop: &Stop) -> Option<String> {
    match stop {
        Stop::Panic => Some("applying it panicked".to_owned()),
        Stop::Store(error @ StoreError::Data { .. }) => Some(error.to_string()),
        _ => None,
    }
}

impl<P: Projection> Follower<P> {
    /// Moves on to the end of a frame.
    pub(super) async fn go_to(&self, cursor: &mut Cursor, frame: Frame, next: Position) -> Result<(), Stop> {
        let recent = cursor.stored_at.elapsed() < quiet(self.shared.store.dialect());
        if frame.is_empty() && recent && !cursor.position.is_new() && !self.building() {
            cursor.unstored |= next != cursor.position;
            self.reach(cursor, next);
            return Ok(());
        }
        match self.step(cursor, &frame.entries, &frame, next.clone()).await {
            Err(stop) if fault(&stop).is_some() => self.one_by_one(cursor, frame, next).await,
            other => other,
        }
    }

    /// Stores the position in memory.
    pub(super) async fn store(&self, cursor: &mut Cursor) -> Result<(), Stop> {
        let here = cursor.position.clone();
        self.step(cursor, &[], &Frame::default(), here).await
    }

    /// After a fault of the data: each entry in a transaction of its own, so that only the one at fault is parked.
    async fn one_by_one(&self, cursor: &mut Cursor, frame: Frame, end: Position) -> Result<(), Stop> {
        for mut part in frame.split() {
            let sequence = part.last().unwrap_or(end.sequence);
            let next = Position { epoch: end.epoch, sequence, inputs: cursor.position.inputs.clone() };
            let Err(stop) = self.step(cursor, &part.entries, &part, next.clone()).await else { continue };
            let Some(reason) = fault(&stop) else { return Err(stop) };
            let at_fault = part.parking(sequence, reason);
            part.broken.extend(at_fault);
            self.step(cursor, &[], &part, next).await?;
        }
        self.step(cursor, &[], &Frame::default(), end).await
    }

    /// Applies entries of a frame, parks what can't be, moves the checkpoint, appends what was concluded, commits: all or
    /// nothing.
    async fn step(&self, cursor: &mut Cursor, entries: &[Entry], frame: &Frame, next: Position) -> Result<(), Stop> {
        let span = observed::span(&self.place, frame, self.building());
        let stepped = self.step_within(cursor, entries, frame, next).instrument(span.clone()).await;
        if stepped.is_err() {
            span.record("otel.status_code", "ERROR");
        }
        stepped
    }

    async fn step_within(
        &self,
        cursor: &mut Cursor,
        entries: &[Entry],
        frame: &Frame,
        next: Position,
    ) -> Result<(), Stop> {
        // Followers wait here instead of for a connection, which others need as well.
        let turn = self.shared.turns.acquire().await.map_err(|_| Stop::LeaseLost)?;
        let since = Instant::now();
        let tx = self.shared.store.begin().await?;
        let applied = self.apply(&tx, entries).await?;
        // By sequence, so that an entry is parked once.
        let named: BTreeMap<i64, String> = applied.parked.into_iter().collect();
        let refused = named.into_iter().filter_map(|(sequence, reason)| frame.parking(sequence, reason));
        let refused: Vec<Parking> = refused.collect();
        let outcome = Outcome {
            applied: entries.len().saturating_sub(refused.len()),
            parked: frame.broken.iter().cloned().chain(refused).collect(),
            drafts: observed::traced(applied.drafts),
        };
        let took_effect = outcome.applied;
        let parked = self.commit(cursor, tx, outcome, &next).await?;
        drop(turn);
        self.reach(cursor, next);
        parking::report(&self.place, &parked);
        if !frame.is_empty() {
            observed::applied(&self.place, self.building(), (took_effect, parked.len()), since);
        }
        if !entries.is_empty() {
            self.shared.committed(applied.effect);
        }
        Ok(())
    }

    async fn apply(&self, tx: &Tx, entries: &[Entry]) -> Result<Applied<P::Effect>, Stop> {
        if entries.is_empty() {
            return Ok(Applied { parked: Vec::new(), drafts: Vec::new(), effect: P::Effect::default() });
        }
        let batch = Batch {
            journal: self.place.journal,
            entries,
            partitions: self.partitions.clone(),
            generation: self.place.generation,
            building: self.building(),
        };
        let applying = AssertUnwindSafe(self.shared.projection.apply(tx, &batch)).catch_unwind();
        Ok(applying.await.map_err(|_| Stop::Panic)??)
    }

    async fn commit(
        &self,
        cursor: &mut Cursor,
        tx: Tx,
        outcome: Outcome,
        next: &Position,
    ) -> Result<Vec<Parking>, Stop> {
        let count = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
        let shared = &self.shared;
        parking::park(&tx, &self.place, &outcome.parked, shared.ids.as_ref(), shared.clock.now()).await?;
        let step = Step {
            place: &self.place,
            lease_epoch: self.lease_epoch,
            from: cursor.stored,
            parked_before: cursor.parked,
            to: next,
            caught_up: cursor.caught_up,
            applied: count(outcome.applied),
            parked: count(outcome.parked.len()),
        };
        failpoint!("checkpoint.before", StoreError::connection_lost().into());
        if !checkpoint::advance(&tx, &step).await? {
            tx.rollback().await?;
            return Err(Stop::Moved);
        }
        match &shared.journal {
            Some(journal) if !self.building() && !outcome.drafts.is_empty() => {
                journal.commit(tx, outcome.drafts).await?;
            }
            _ => tx.commit().await?,
        }
        failpoint!("checkpoint.after", StoreError::connection_lost().into());
        (cursor.stored, cursor.parked) = (next.sequence, cursor.parked + step.parked);
        (cursor.stored_at, cursor.unstored) = (Instant::now(), false);
        Ok(outcome.parked)
    }

    fn reach(&self, cursor: &mut Cursor, position: Position) {
        cursor.position = position;
        if !self.building() {
            self.shared.standings.reached(&self.place, cursor.position.sequence);
        }
        self.shared.reached.set(self.place.reached(), cursor.position.clone());
    }
}
