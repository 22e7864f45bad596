//! Checkpoints: how far a generation of a projection has applied a range of a journal.
//!
//! `lease_epoch` says whose steps count: those under that epoch of the range's lease, its negative for a generation that is
//! being built, and nobody's at zero.

use tenure_proto::journal::v1 as pb;
use tenure_store::{Query, Row, StoreError, Tx, Value};

use crate::input::{self, Position};

/// Which checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) projection: &'static str,
    pub(crate) generation: i64,
    pub(crate) journal: &'static str,
    pub(crate) range: i64,
}

impl Place {
    pub(crate) fn reached(&self) -> input::Place {
        (self.projection, self.generation, self.journal.to_owned(), self.range)
    }

    pub(crate) fn values(&self) -> Vec<Value> {
        vec![self.projection.into(), self.generation.into(), self.journal.into(), self.range.into()]
    }
}

const HERE: &str = "projection = ? AND generation = ? AND journal = ? AND range_index = ?";

/// Makes a checkpoint where there is none, under the lease that holds the range now. Needs the lock of
/// [`super::lease::lock`], so that no lease moves meanwhile.
pub(crate) async fn ensure(tx: &Tx, place: &Place, building: bool) -> Result<(), StoreError> {
    let sql = "INSERT INTO checkpoint (projection, generation, journal, range_index, epoch, sequence, inputs, applied,
            parked, caught_up, lease_epoch, alarm)
        VALUES (?, ?, ?, ?, ?, 0, ?, 0, 0, 0,
                ? * COALESCE((SELECT epoch FROM lease WHERE projection = ? AND range_index = ?), 0), '')
        ON CONFLICT (projection, generation, journal, range_index) DO NOTHING";
    let sign: i64 = if building { -1 } else { 1 };
    let mut values = place.values();
    values.extend([[0_u8; 16].to_vec().into(), Vec::<u8>::new().into(), sign.into()]);
    values.extend([place.projection.into(), place.range.into()]);
    tx.execute(sql, values).await.map(|_| ())
}

/// A checkpoint as it is stored.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    pub(crate) position: Position,
    pub(crate) parked: i64,
    pub(crate) caught_up: bool,
    pub(crate) lease_epoch: i64,
    pub(crate) alarm: String,
}

/// A checkpoint; `None` when its generation is gone.
pub(crate) async fn load(store: &impl Query, place: &Place) -> Result<Option<Checkpoint>, StoreError> {
    let sql =
        format!("SELECT epoch, sequence, inputs, parked, caught_up, lease_epoch, alarm FROM checkpoint WHERE {HERE}");
    let row = store.first(&sql, place.values()).await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Checkpoint, StoreError> {
    let inputs = input::decode(&row.get::<Vec<u8>>(2)?)?;
    Ok(Checkpoint {
        position: Position { epoch: row.id(0)?, sequence: row.get(1)?, inputs },
        parked: row.get(3)?,
        caught_up: row.get::<i64>(4)? != 0,
        lease_epoch: row.get(5)?,
        alarm: row.get(6)?,
    })
}

/// A step from one position to the next.
pub(crate) struct Step<'a> {
    pub(crate) place: &'a Place,
    pub(crate) lease_epoch: i64,
    /// The sequence that is stored now.
    pub(crate) from: i64,
    /// How many are parked now. A replay changes it, and what was computed beside a replay must be computed again.
    pub(crate) parked_before: i64,
    pub(crate) to: &'a Position,
    pub(crate) caught_up: bool,
    pub(crate) applied: i64,
    pub(crate) parked: i64,
}

/// Moves a checkpoint. Answers whether it was still as we left it and the lease still ours; if not, roll back.
pub(crate) async fn advance(tx: &Tx, step: &Step<'_>) -> Result<bool, StoreError> {
    let sql = format!(
        "UPDATE checkpoint SET epoch = ?, sequence = ?, inputs = ?, applied = applied + ?, parked = parked + ?,
            caught_up = ?, alarm = ''
         WHERE {HERE} AND lease_epoch = ? AND sequence = ? AND parked = ?"
    );
    let mut values: Vec<Value> = vec![
        step.to.epoch.to_vec().into(),
        step.to.sequence.into(),
        input::encode(&step.to.inputs).into(),
        step.applied.into(),
        step.parked.into(),
        i64::from(step.caught_up).into(),
    ];
    values.extend(step.place.values());
    values.extend([step.lease_epoch.into(), step.from.into(), step.parked_before.into()]);
    Ok(tx.execute(&sql, values).await? == 1)
}

/// Notes that a parked entry is applied after all. Answers whether the checkpoint is still there.
pub(crate) async fn unpark(tx: &Tx, place: &Place) -> Result<bool, StoreError> {
    let sql = format!("UPDATE checkpoint SET applied = applied + 1, parked = parked - 1 WHERE {HERE}");
    Ok(tx.execute(&sql, place.values()).await? == 1)
}

/// Says why a follower stopped, unless another has taken over.
pub(crate) async fn raise_alarm(tx: &Tx, place: &Place, lease_epoch: i64, alarm: &str) -> Result<(), StoreError> {
    let mut values: Vec<Value> = vec![alarm.into()];
    values.extend(place.values());
    values.push(lease_epoch.into());
    let sql = format!("UPDATE checkpoint SET alarm = ? WHERE {HERE} AND lease_epoch = ?");
    tx.execute(&sql, values).await.map(|_| ())
}

/// A projection's checkpoints, for those who operate it.
pub(crate) async fn list(store: &impl Query, projection: &str) -> Result<Vec<pb::Follower>, StoreError> {
    let sql = "SELECT projection, generation, journal, range_index, sequence, applied, parked, alarm FROM checkpoint
               WHERE projection = ? ORDER BY generation, journal, range_index";
    let narrow = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    let rows = store.all(sql, vec![projection.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(pb::Follower {
                projection: row.get(0)?,
                generation: narrow(row.get(1)?),
                journal: row.get(2)?,
                range: narrow(row.get(3)?),
                sequence: row.get(4)?,
                applied: row.get(5)?,
                parked: row.get(6)?,
                alarm: row.get(7)?,
            })
        })
        .collect()
}
