//! A touchpoint was accepted: a purchase, an amendment of something that may be one, or nothing to us.

use tenure_journal::{Batch, Entry, Unfit};
use tenure_kernel::{RecordId, TouchpointId};
use tenure_proto::collector::v1::{Touchpoint, TouchpointRecorded, TouchpointType, amendment::Kind};
use tenure_server::wire;

use crate::domain::{
    currency::Currency,
    purchase::{MAX_MINOR_UNITS, Purchase, Statement},
};

/// What it states of which fact, if its primary record belongs to the range.
pub(super) fn read(entry: &Entry, batch: &Batch<'_>) -> Result<Option<(TouchpointId, Statement)>, Unfit> {
    let event: TouchpointRecorded = entry.decode(1)?;
    let primary = event.subjects.first().ok_or(Unfit::Field("the touchpoint has no subject"))?;
    let record = RecordId::from_slice(&primary.record_id).map_err(|_| Unfit::Field("a record id is not 16 bytes"))?;
    if !batch.owns(record) {
        return Ok(None);
    }
    let id =
        |bytes: &[u8]| TouchpointId::from_slice(bytes).map_err(|_| Unfit::Field("a touchpoint id is not 16 bytes"));
    let (touchpoint, fact) = (id(&event.touchpoint_id)?, id(&event.fact_id)?);
    let body = event.touchpoint.ok_or(Unfit::Field("the touchpoint has no body"))?;
    let state = |revision, purchase| Some((fact, Statement { record, revision, touchpoint, purchase }));
    let Some(amendment) = &body.amendment else {
        let purchase = purchase(&body)?;
        return Ok(purchase.and_then(|purchase| state(0, Some(purchase))));
    };
    if amendment.revision < 1 {
        return Err(Unfit::Field("an amendment's revision is below 1"));
    }
    match amendment.kind() {
        Kind::Retraction => Ok(state(amendment.revision, None)),
        Kind::Correction => Ok(state(amendment.revision, purchase(&body)?)),
        Kind::Unspecified => Err(Unfit::Field("an amendment of a kind that this program does not know")),
    }
}

/// The purchase that a touchpoint is, if it is one.
fn purchase(body: &Touchpoint) -> Result<Option<Purchase>, Unfit> {
    if body.r#type() != TouchpointType::OrderPlaced {
        return Ok(None);
    }
    let amount = body.amount.as_ref().ok_or(Unfit::Field("the purchase has no amount"))?;
    let currency = Currency::from_code(&amount.currency_code).ok_or(Unfit::Field("the amount has no currency"))?;
    if !(0..=MAX_MINOR_UNITS).contains(&amount.minor_units) {
        return Err(Unfit::Field("the amount is negative or above 10^15 minor units"));
    }
    let at = body.occur_time.as_ref().and_then(wire::timestamp).ok_or(Unfit::Field("the purchase has no time"))?;
    Ok(Some(Purchase { day: at.day(), currency, minor_units: amount.minor_units }))
}
