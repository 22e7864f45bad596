//! What happened had its time, and the collector's journal tells of it no more.

use tenure_journal::{Batch, Entry, Unfit};
use tenure_kernel::RetentionRunId;
use tenure_proto::collector::v1::FactsForgotten;
use tenure_records::{Forgotten, forgotten};

use super::REVISION;

/// The facts that belong to the range, each with the run that found it; `None`: an amendment came for what was forgotten before.
pub(super) fn read(
    entry: &Entry,
    batch: &Batch<'_>,
) -> Result<impl Iterator<Item = (Option<RetentionRunId>, Forgotten)> + use<>, Unfit> {
    let event: FactsForgotten = entry.decode(REVISION)?;
    let run = match event.run_id.as_slice() {
        [] => None,
        run => Some(RetentionRunId::from_slice(run).map_err(|_| Unfit::Field("a run id is not 16 bytes"))?),
    };
    Ok(forgotten(entry, batch)?.into_iter().map(move |one| (run, one)))
}
