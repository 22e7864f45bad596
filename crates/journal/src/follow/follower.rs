//! One follower: a generation of a projection on a range of one journal.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use tenure_kernel::{Reason, Timestamp};
use tenure_proto::journal::v1::{TailRequest, TailResponse};
use tenure_store::{Query, StoreError};
use tokio::time::{sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{
    checkpoint::{self, Place},
    cursor::{Cursor, quiet},
    frame::Frame,
    gathered::Gathered,
    projection::Projection,
    supervisor::Shared,
};
use crate::input::Position;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How often a generation that is built looks whether the active one has gone on.
const BUILD_POLL: Duration = Duration::from_millis(20);

/// Why a follower stops following for now.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    #[error("the lease is lost")]
    LeaseLost,
    #[error("the checkpoint was moved by another")]
    Moved,
    #[error("the journal is not the one we followed: {0}")]
    Alarm(&'static str),
    #[error("the source failed: {0}")]
    Source(#[from] Box<Status>),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the projection panicked")]
    Panic,
}

pub(crate) struct Follower<P> {
    pub(crate) shared: Arc<Shared<P>>,
    pub(crate) place: Place,
    pub(crate) partitions: RangeInclusive<u8>,
    /// Negative for a generation that is built.
    pub(crate) lease_epoch: i64,
    /// The generation that is read.
    pub(crate) active: i64,
    /// Cancelled when the process stops.
    pub(crate) stopping: CancellationToken,
}

impl<P: Projection> Follower<P> {
    pub(super) fn building(&self) -> bool {
        self.lease_epoch < 0
    }

    /// Follows until the lease is lost; stands still when the journal turns out to be another.
    pub(crate) async fn run(self) {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.session(&mut pause).await {
                Ok(()) | Err(Stop::Moved) => {}
                Err(Stop::LeaseLost) => return,
                Err(Stop::Alarm(alarm)) => match self.alarm(alarm).await {
                    Ok(()) => return std::future::pending().await,
                    Err(error) => tracing::error!(error = %error, "the alarm could not be stored"),
                },
                // Its source may have ended first.
                Err(_) if self.stopping.is_cancelled() => return,
                // A server that stops ends its streams. Nobody need care, unless it stays away.
                Err(Stop::Source(status)) if pause == FIRST_PAUSE => tracing::info!(
                    projection = self.place.projection,
                    journal = self.place.journal,
                    range = self.place.range,
                    reason = status.message(),
                    "the source ended; trying again"
                ),
                Err(stop) => tracing::warn!(
                    projection = self.place.projection, journal = self.place.journal, range = self.place.range,
                    reason = %stop, "following interrupted; trying again"
                ),
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn alarm(&self, alarm: &str) -> Result<(), StoreError> {
        tracing::error!(
            projection = self.place.projection,
            journal = self.place.journal,
            range = self.place.range,
            alarm,
            "follower stopped: rebuild the projection"
        );
        let tx = self.shared.store.begin().await?;
        checkpoint::raise_alarm(&tx, &self.place, self.lease_epoch, alarm).await?;
        tx.commit().await
    }

    /// Follows from the stored checkpoint on, until something stops it.
    async fn session(&self, pause: &mut Duration) -> Result<(), Stop> {
        let found = checkpoint::load(&self.shared.store, &self.place).await?;
        let at = found.filter(|found| found.lease_epoch == self.lease_epoch).ok_or(Stop::LeaseLost)?;
        let request = TailRequest {
            journal: self.place.journal.to_owned(),
            partitions: if self.shared.ranges == 1 { Vec::new() } else { self.partitions.clone().collect() },
            epoch: if at.position.is_new() { Vec::new() } else { at.position.epoch.to_vec() },
            after: at.position.sequence,
        };
        let source = self.shared.sources.get(self.place.journal).ok_or(Stop::Alarm(Reason::JournalUnknown.as_str()))?;
        let mut frames = Gathered::new(source.tail(request).await.map_err(refused)?);
        let mut cursor = Cursor::of(at);
        let quiet = quiet(self.shared.store.dialect());
        loop {
            tokio::select! {
                // Before, pages are full, and which frame is the first that leaves the mark where it was must be seen.
                frame = frames.next(cursor.caught_up && !self.building()) => {
                    let Some(frame) = frame else { return Ok(()) };
                    self.take(&mut cursor, frame.map_err(refused)?).await?;
                    *pause = FIRST_PAUSE;
                }
                () = sleep_until(cursor.stored_at + quiet), if cursor.unstored => self.store(&mut cursor).await?,
            }
        }
    }

    async fn take(&self, cursor: &mut Cursor, mut frame: TailResponse) -> Result<(), Stop> {
        if let Some(first) = frame.entries.first().filter(|_| !self.building()) {
            let time = first.record_time.unwrap_or_default();
            let recorded = Timestamp::from_parts(time.seconds, time.nanos);
            self.shared.standings.came(&self.place, cursor.position.sequence, recorded);
        }
        let changed = Stop::Alarm(Reason::JournalEpochChanged.as_str());
        let Ok(epoch) = frame.epoch.as_slice().try_into() else { return Err(changed) };
        if !cursor.position.is_new() && cursor.position.epoch != epoch {
            return Err(changed);
        }
        // The first frame that leaves the mark where it was says that it is the head.
        let newly_caught_up = !cursor.caught_up && frame.high_water == cursor.position.sequence;
        cursor.caught_up |= newly_caught_up;
        while self.building() {
            let limit = self.limit(epoch).await?;
            if limit >= frame.high_water {
                break;
            }
            if limit > cursor.position.sequence {
                let later = frame.entries.partition_point(|entry| entry.sequence <= limit);
                let rest = frame.entries.split_off(later);
                let first = std::mem::replace(&mut frame.entries, rest);
                let inputs = cursor.position.inputs.clone();
                self.go_to(cursor, Frame::read(first), Position { epoch, sequence: limit, inputs }).await?;
            } else {
                sleep(BUILD_POLL).await;
            }
        }
        let inputs = if frame.inputs.is_empty() { cursor.position.inputs.clone() } else { frame.inputs };
        let next = Position { epoch, sequence: frame.high_water, inputs };
        self.go_to(cursor, Frame::read(frame.entries), next).await
    }

    /// How far a generation that is built may go: as far as the active one, which concludes from the entries. Anything
    /// beyond would be concluded by neither.
    async fn limit(&self, epoch: [u8; 16]) -> Result<i64, Stop> {
        let place = Place { generation: self.active, ..self.place.clone() };
        let active = checkpoint::load(&self.shared.store, &place).await?.ok_or(Stop::LeaseLost)?;
        Ok(match active.alarm.is_empty() {
            true if active.position.epoch == epoch => active.position.sequence,
            true => -1,
            // It has stopped for good: this generation is what mends it.
            false => i64::MAX,
        })
    }
}

fn refused(status: Status) -> Stop {
    use tonic_types::StatusExt;
    let details = status.get_error_details();
    let reason = details.error_info().map(|info| info.reason.as_str());
    let alarms = [Reason::JournalEpochChanged, Reason::JournalPositionUnknown];
    match alarms.into_iter().find(|alarm| Some(alarm.as_str()) == reason) {
        Some(alarm) => Stop::Alarm(alarm.as_str()),
        None => Stop::Source(Box::new(status)),
    }
}
