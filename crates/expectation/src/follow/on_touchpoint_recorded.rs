//! A touchpoint was accepted: one that states something here, an amendment of one that may, or only a sign of life of its source.

use tenure_journal::{Batch, Entry, Unfit};
use tenure_kernel::{RecordId, Timestamp, TouchpointId};
use tenure_proto::collector::v1::{
    self as pb, OrderDetail, OrderLine, Touchpoint, TouchpointRecorded, amendment::Kind, touchpoint::Detail,
};
use tenure_server::wire;

use crate::{
    api::convert::touchpoint::matters,
    domain::majority::Majority,
    store::{fact::Statement, majority::OfAge},
};

/// What a range has of it.
#[derive(Default)]
pub(super) struct Recorded {
    /// What it states, if anything, and the source that it shows to have come so far; for the range of its primary subject.
    pub(super) statement: Option<Statement>,
    pub(super) progress: Option<(String, Timestamp)>,
    /// When those of its subjects come of age whose records belong to the range.
    pub(super) of_age: Vec<OfAge>,
}

/// Reads it.
pub(super) fn read(entry: &Entry, batch: &Batch<'_>) -> Result<Recorded, Unfit> {
    let event: TouchpointRecorded = entry.decode(1)?;
    let mut subjects = Vec::with_capacity(event.subjects.len());
    for subject in event.subjects {
        let record = RecordId::from_slice(&subject.record_id);
        subjects.push((record.map_err(|_| Unfit::Field("a record id is not 16 bytes"))?, subject.majority));
    }
    let (record, _) = *subjects.first().ok_or(Unfit::Field("the touchpoint has no subject"))?;
    let id =
        |bytes: &[u8]| TouchpointId::from_slice(bytes).map_err(|_| Unfit::Field("a touchpoint id is not 16 bytes"));
    let (touchpoint, fact) = (id(&event.touchpoint_id)?, id(&event.fact_id)?);
    let body = event.touchpoint.ok_or(Unfit::Field("the touchpoint has no body"))?;
    let at = body.occur_time.as_ref().and_then(wire::timestamp).ok_or(Unfit::Field("the touchpoint has no time"))?;
    let (revision, retracts) = amends(&body)?;
    let (source_rank, hidden) = (event.source_rank, wire::is_aml_only(&body));
    let of_age = |(record, majority): (RecordId, Option<pb::Majority>)| {
        let majority = majority.filter(|_| !retracts && !hidden);
        let of_age_at = majority.as_ref().and_then(|one| one.of_age_time.as_ref()).and_then(wire::timestamp);
        let stated = majority.is_some();
        (stated || revision > 0).then_some(OfAge {
            record,
            fact,
            revision,
            majority: Majority { at, source_rank, touchpoint, of_age_at },
            stated,
        })
    };
    let own = subjects.into_iter().filter(|(record, _)| batch.owns(*record));
    let mut recorded = Recorded { of_age: own.filter_map(of_age).collect(), ..Recorded::default() };
    if batch.owns(record) {
        recorded.progress = Some((body.source.clone(), at));
        let states = !retracts && !hidden && matters(&body);
        // An original that states nothing leaves no row, for every amendment wins over it; an amendment always leaves one, for the original
        // may state something.
        recorded.statement = (states || revision > 0).then(|| {
            let body = states.then(|| kept(body));
            Statement { fact, record, touchpoint, revision, source_rank, body }
        });
    }
    Ok(recorded)
}

/// The revision, 0 for an original, and whether it takes its target back.
fn amends(body: &Touchpoint) -> Result<(i32, bool), Unfit> {
    let Some(amendment) = &body.amendment else { return Ok((0, false)) };
    if amendment.revision < 1 {
        return Err(Unfit::Field("an amendment's revision is below 1"));
    }
    match amendment.kind() {
        Kind::Retraction => Ok((amendment.revision, true)),
        Kind::Correction => Ok((amendment.revision, false)),
        Kind::Unspecified => Err(Unfit::Field("an amendment of a kind that this program does not know")),
    }
}

/// What is kept of a touchpoint. Of what was ordered it matters only what it was.
fn kept(mut body: Touchpoint) -> Touchpoint {
    if let Some(Detail::Order(order)) = &mut body.detail {
        let products = std::mem::take(&mut order.lines).into_iter().map(|line| line.product_code);
        let lines = products.map(|product_code| OrderLine { product_code, ..OrderLine::default() });
        *order = OrderDetail { lines: lines.collect(), ..OrderDetail::default() };
    }
    Touchpoint {
        source: body.source,
        r#type: body.r#type,
        occur_time: body.occur_time,
        channel: body.channel,
        amount: body.amount,
        correlation: body.correlation,
        detail: body.detail,
        ..Touchpoint::default()
    }
}
