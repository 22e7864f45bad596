//! A record is held for the complaints in it, or no longer is: a fact of the record.

use tenure_journal::{Batch, Entry, Unfit};
use tenure_kernel::{RecordId, TouchpointId};
use tenure_proto::expectation::v1::ComplaintRecordHeld;
use tenure_server::wire;

use super::REVISION;
use crate::domain::{fact::Fact, right};

/// Reads it, if its record belongs to the range.
pub(super) fn read(entry: &Entry, batch: &Batch<'_>) -> Result<Option<(RecordId, TouchpointId, Fact)>, Unfit> {
    let event: ComplaintRecordHeld = entry.decode(REVISION)?;
    let record = RecordId::from_slice(&event.record_id).map_err(|_| Unfit::Field("a record id is not 16 bytes"))?;
    let at = event.state_time.as_ref().and_then(wire::timestamp).ok_or(Unfit::Field("the hold has no time"))?;
    let expires_at = event.expire_time.as_ref().and_then(wire::timestamp);
    let (slot, fact) = right::complaint_hold(event.revision, event.held, at, expires_at);
    Ok(batch.owns(record).then_some((record, slot, fact)))
}
