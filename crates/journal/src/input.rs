//! How far a service has applied the journals that it follows: in memory for this process, stored for the others.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use prost::Message;
use tenure_proto::journal::v1 as pb;
use tenure_store::{Query, Store, StoreError};
use tokio::{
    sync::{Mutex as AsyncMutex, Notify, watch},
    time::Instant,
};

use crate::{append::POLL, follow::Reconciling};

/// A position in a journal, and what that journal's service had applied of its own inputs by then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) epoch: [u8; 16],
    pub(crate) sequence: i64,
    pub(crate) inputs: Vec<pb::InputProgress>,
}

impl Position {
    /// How far the followed journal's service had come with a journal of its own, if that has the epoch.
    pub(crate) fn input(&self, journal: &str, epoch: [u8; 16]) -> i64 {
        let found = self.inputs.iter().find(|input| input.journal == journal && input.epoch == epoch);
        found.map_or(0, |input| input.sequence)
    }

    /// Whether nothing of the journal was seen yet.
    pub(crate) fn is_new(&self) -> bool {
        self.epoch == [0; 16]
    }
}

/// A projection's place: what, which generation, which journal, which range.
pub(crate) type Place = (&'static str, i64, String, i64);

/// The stored positions, and when they were read.
type Stored = Option<(Instant, Arc<[(Place, Position)]>)>;

/// The positions that followers have reached: those of this process, and what others tell of theirs. Those of quiet partitions
/// move here first: a commit for nothing would cost an fsync.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reached {
    here: Arc<Mutex<Positions>>,
    elsewhere: Arc<Mutex<Positions>>,
    /// What the table says, read once for all who ask: other processes may hold other ranges.
    stored: Arc<AsyncMutex<Stored>>,
    changed: watch::Sender<u64>,
    /// Told of what is new here.
    news: Arc<OnceLock<Arc<Notify>>>,
}

type Positions = BTreeMap<Place, Position>;

fn locked(positions: &Mutex<Positions>) -> MutexGuard<'_, Positions> {
    positions.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Reached {
    pub(crate) fn set(&self, place: Place, position: Position) {
        locked(&self.here).insert(place, position);
        self.changed.send_modify(|count| *count += 1);
        if let Some(news) = self.news.get() {
            news.notify_one();
        }
    }

    pub(crate) fn forget(&self, place: &Place) {
        locked(&self.here).remove(place);
    }

    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Has others told of what is new here.
    pub(crate) fn tell_through(&self, news: &Arc<Notify>) {
        let _ = self.news.set(news.clone());
    }

    /// What this process has reached.
    pub(crate) fn here(&self) -> BTreeMap<Place, Position> {
        locked(&self.here).clone()
    }

    /// Takes in what another process has reached. That stays reached, whoever holds the range later.
    pub(crate) fn hear(&self, told: impl Iterator<Item = (Place, Position)>) {
        let mut elsewhere = locked(&self.elsewhere);
        let mut news = false;
        for (place, position) in told {
            let known = elsewhere.get(&place);
            if known.is_none_or(|known| known.epoch != position.epoch || known.sequence <= position.sequence) {
                elsewhere.insert(place, position);
                news = true;
            }
        }
        drop(elsewhere);
        if news {
            self.changed.send_modify(|count| *count += 1);
        }
    }

    /// What is known of a place, if that is more than what is stored.
    pub(crate) fn beyond(&self, place: &Place, stored: &Position) -> Option<Position> {
        let more =
            |known: &Position| stored.is_new() || (known.epoch == stored.epoch && known.sequence >= stored.sequence);
        let here = locked(&self.here).get(place).filter(|known| more(known)).cloned();
        let elsewhere = locked(&self.elsewhere).get(place).filter(|known| more(known)).cloned();
        match (here, elsewhere) {
            (Some(here), Some(elsewhere)) if here.epoch == elsewhere.epoch && here.sequence < elsewhere.sequence => {
                Some(elsewhere)
            }
            (Some(here), _) => Some(here),
            (None, elsewhere) => elsewhere,
        }
    }

    async fn stored(&self, store: &Store, projection: &'static str) -> Result<Arc<[(Place, Position)]>, StoreError> {
        let mut stored = self.stored.lock().await;
        if let Some((at, positions)) = &*stored
            && at.elapsed() < POLL
        {
            return Ok(positions.clone());
        }
        let positions: Arc<[_]> = read(store, projection).await?.into();
        *stored = Some((Instant::now(), positions.clone()));
        Ok(positions)
    }
}

/// Where every range of the active generation stands; nowhere while what was lost is still being concluded.
async fn read(store: &Store, projection: &'static str) -> Result<Vec<(Place, Position)>, StoreError> {
    let sql = "SELECT c.journal, c.range_index, c.epoch, c.sequence, c.inputs, c.generation FROM checkpoint c
               JOIN projection p ON p.name = c.projection AND p.active = c.generation
               WHERE c.projection = ? AND p.reconciling <> ?";
    let rows = store.all(sql, vec![projection.into(), Reconciling::Awaited.into()]).await?;
    rows.iter()
        .map(|row| {
            let place = (projection, row.get(5)?, row.get(0)?, row.get(1)?);
            let inputs = decode(&row.get::<Vec<u8>>(4)?)?;
            Ok((place, Position { epoch: row.id(2)?, sequence: row.get(3)?, inputs }))
        })
        .collect()
}

/// Where every range of a projection's active generation stands, journal by journal: what is stored, or what this process
/// knows better. It may be a moment old, never ahead.
pub(crate) async fn positions(
    store: &Store,
    reached: &Reached,
    projection: &'static str,
) -> Result<BTreeMap<String, Vec<Position>>, StoreError> {
    let mut found: BTreeMap<String, Vec<Position>> = BTreeMap::new();
    for (place, stored) in reached.stored(store, projection).await?.iter() {
        let position = reached.beyond(place, stored).unwrap_or_else(|| stored.clone());
        found.entry(place.2.clone()).or_default().push(position);
    }
    Ok(found)
}

/// What a projection's service has applied of each journal, as its own journal publishes it: the least over the ranges.
pub(crate) async fn progress(
    store: &Store,
    reached: &Reached,
    projection: &'static str,
) -> Result<Vec<pb::InputProgress>, StoreError> {
    let mut inputs = Vec::new();
    for (journal, ranges) in positions(store, reached, projection).await? {
        let Some(first) = ranges.first() else { continue };
        // Ranges in different epochs: one has not begun on the new one yet.
        if ranges.iter().all(|range| range.epoch == first.epoch) {
            let sequence = ranges.iter().map(|range| range.sequence).min().unwrap_or_default();
            inputs.push(pb::InputProgress { journal, epoch: first.epoch.to_vec(), sequence });
        }
    }
    Ok(inputs)
}

pub(crate) fn encode(inputs: &[pb::InputProgress]) -> Vec<u8> {
    pb::TailResponse { inputs: inputs.to_vec(), ..Default::default() }.encode_to_vec()
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<pb::InputProgress>, StoreError> {
    let kept = pb::TailResponse::decode(bytes).map_err(|_| StoreError::Row("checkpoint.inputs".to_owned()))?;
    Ok(kept.inputs)
}
