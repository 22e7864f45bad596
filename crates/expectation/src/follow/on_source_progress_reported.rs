//! A source says how complete its feed is: only now does silence mean something.

use tenure_journal::{Entry, Unfit};
use tenure_kernel::Timestamp;
use tenure_proto::collector::v1::SourceProgressReported;
use tenure_server::wire;

/// The source, and through when it has told all.
pub(super) fn read(entry: &Entry) -> Result<(String, Timestamp), Unfit> {
    let event: SourceProgressReported = entry.decode(1)?;
    let until = event.complete_until.as_ref().and_then(wire::timestamp);
    Ok((event.source, until.ok_or(Unfit::Field("the progress has no time"))?))
}
