//! Takes in what a batch says, compares whom it concerns, and decides who is who.

use std::collections::BTreeSet;

use tenure_journal::Timer;
use tenure_kernel::{RecordId, Timestamp};
use tenure_store::StoreError;

use super::{
    desk::Desk,
    evaluate::evaluate,
    observe::{Observation, observe},
    portray::portray,
    settle::Touched,
};
use crate::{
    config::{EVALUATED, REDONE},
    store::redo::{self, Work},
};

/// What the timer that has put-off work done is for.
pub(crate) const REDO: &str = "redo";

/// Takes an observation in; answers whose person may have to change. What does not fit the transaction is put off, except
/// while a generation is `building`: nobody waits for that.
pub(crate) async fn resolve(
    desk: &mut Desk<'_>,
    observation: Observation,
    building: bool,
    now: Timestamp,
) -> Result<Touched, StoreError> {
    let observed = observe(desk, observation).await?;
    let portrayed = portray(desk, &observed).await?;
    let mut touched = Touched { records: observed.records, gone: observed.gone };
    touched.records.extend(&portrayed.changed);
    let dirty: Work = portrayed.dirty.into_iter().map(|record| (record, None)).collect();
    let evaluated = evaluate(desk, dirty).await?;
    touched.records.extend(evaluated.touched);
    if building {
        while let Some(records) = redo(desk, EVALUATED).await? {
            touched.records.extend(records);
        }
    } else if evaluated.put_off {
        wake(desk, now).await?;
    }
    Ok(touched)
}

/// Does some of what was put off, at most for `limit` records; answers whose person may have to change, or `None` when nothing
/// was put off.
pub(crate) async fn redo(desk: &mut Desk<'_>, limit: usize) -> Result<Option<BTreeSet<RecordId>>, StoreError> {
    let work = redo::take(desk.tx, desk.place, limit).await?;
    if work.is_empty() {
        return Ok(None);
    }
    Ok(Some(evaluate(desk, work).await?.touched))
}

/// As [`redo`] when the timer fires: it is set again until nothing is put off.
pub(crate) async fn redo_some(desk: &mut Desk<'_>, now: Timestamp) -> Result<Touched, StoreError> {
    let Some(records) = redo(desk, REDONE).await? else { return Ok(Touched::default()) };
    wake(desk, now).await?;
    Ok(Touched { records, gone: BTreeSet::new() })
}

/// Sets the timer.
pub(crate) async fn wake(desk: &Desk<'_>, now: Timestamp) -> Result<(), StoreError> {
    let timer = Timer {
        tenant: desk.place.tenant.clone(),
        id: desk.ids.derive(REDO, &[]),
        kind: REDO.to_owned(),
        partition: 0,
        due_at: now,
        payload: Vec::new(),
    };
    Timer::set(desk.tx, vec![timer]).await
}
