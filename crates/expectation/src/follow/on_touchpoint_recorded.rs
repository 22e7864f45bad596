//! A touchpoint was accepted: one that states something here, an amendment of one that may, or only a sign of life of its source.

use tenure_journal::{Batch, Entry, Unfit};
use tenure_kernel::{RecordId, Timestamp, TouchpointId};
use tenure_proto::collector::v1::{
    OrderDetail, OrderLine, Touchpoint, TouchpointRecorded, amendment::Kind, touchpoint::Detail,
};
use tenure_server::wire;

use crate::{api::convert::touchpoint::matters, store::fact::Statement};

/// What it states, if anything, and how far it shows its source to be.
pub(super) struct Recorded {
    pub(super) statement: Option<Statement>,
    pub(super) source: String,
    pub(super) occurred_at: Timestamp,
}

/// Reads it, if its primary record belongs to the range.
pub(super) fn read(entry: &Entry, batch: &Batch<'_>) -> Result<Option<Recorded>, Unfit> {
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
    let occurred_at = body.occur_time.as_ref().and_then(wire::timestamp);
    let occurred_at = occurred_at.ok_or(Unfit::Field("the touchpoint has no time"))?;
    let source = body.source.clone();
    let statement = stated(body)?.map(|(revision, body)| Statement {
        fact,
        record,
        touchpoint,
        revision,
        source_rank: event.source_rank,
        body,
    });
    Ok(Some(Recorded { statement, source, occurred_at }))
}

/// The revision and what is kept. An original that states nothing leaves no row, for every amendment wins over it; an amendment
/// always leaves one, for the original may state something.
fn stated(body: Touchpoint) -> Result<Option<(i32, Option<Touchpoint>)>, Unfit> {
    let matters = matters(&body) && !wire::is_aml_only(&body);
    let Some(amendment) = &body.amendment else {
        return Ok(matters.then(|| (0, Some(kept(body)))));
    };
    let revision = amendment.revision;
    if revision < 1 {
        return Err(Unfit::Field("an amendment's revision is below 1"));
    }
    match amendment.kind() {
        Kind::Retraction => Ok(Some((revision, None))),
        Kind::Correction => Ok(Some((revision, matters.then(|| kept(body))))),
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
