//! After another model was promoted: goes over all records that say something of themselves, and weighs their pairs anew.

use tenure_kernel::{Tenant, Timestamp, record::IdSecret};
use tenure_store::{StoreError, Tx};

use super::{desk::Desk, evaluate::evaluate, resolve, settle::Touched};
use crate::{
    config::RESCORED,
    store::{
        model::{self, DONE},
        portrait,
        redo::Work,
    },
};

/// What the timer is for.
pub(crate) const RESCORE: &str = "rescore";

/// Weighs the next records anew; answers whose person may have to change. The timer is set again until all were weighed.
pub(crate) async fn rescore_some(desk: &mut Desk<'_>, now: Timestamp) -> Result<Touched, StoreError> {
    let (tx, place) = (desk.tx, desk.place);
    let Some(standing) = model::standing(tx, place).await?.filter(|standing| standing.rescored != DONE) else {
        return Ok(Touched::default());
    };
    let records = portrait::after(tx, place, &standing.rescored, RESCORED).await?;
    let full = records.len() == RESCORED;
    let last = records.last().filter(|_| full).map_or(DONE, |last| last.0);
    let work: Work = records.into_iter().map(|record| (record, None)).collect();
    let evaluated = evaluate(desk, work).await?;
    if evaluated.put_off {
        resolve::wake(desk, now).await?;
    }
    model::advance(tx, place, last).await?;
    if last != DONE {
        wake(tx, place.tenant, &desk.ids, now).await?;
    }
    Ok(Touched { records: evaluated.touched, ..Touched::default() })
}

/// Sets the timer if there is anything to weigh anew: a generation that was being built when a model was promoted is weighed in part
/// by the one before.
pub(crate) async fn go_on(desk: &Desk<'_>, now: Timestamp) -> Result<(), StoreError> {
    match model::standing(desk.tx, desk.place).await? {
        Some(standing) if standing.rescored != DONE => wake(desk.tx, desk.place.tenant, &desk.ids, now).await,
        _ => Ok(()),
    }
}

/// Sets the timer. Needs the tenant's lock.
pub(crate) async fn wake(tx: &Tx, tenant: &Tenant, ids: &IdSecret, now: Timestamp) -> Result<(), StoreError> {
    resolve::wake_for(tx, tenant, (RESCORE, ids), now).await
}
