//! Providers answered on a record: facts of it like those of touchpoints, each in the slot of its provider.

use tenure_journal::{Batch, Entry, Unfit};
use tenure_kernel::RecordId;
use tenure_keyring::DataKeys;
use tenure_proto::profile::v1::FactsEnriched;

use super::REVISION;
use crate::{domain::fact::Incoming, enriched_event};

/// An entry, if its record is ours to write.
pub(super) fn read(entry: &Entry, batch: &Batch<'_>) -> Result<Option<(RecordId, FactsEnriched)>, Unfit> {
    let event: FactsEnriched = entry.decode(REVISION)?;
    let record = enriched_event::record(&event)?;
    Ok(batch.owns(record).then_some((record, event)))
}

/// Puts what it says with what else came in.
pub(super) fn take(event: &FactsEnriched, keys: &DataKeys, incoming: &mut Incoming) -> Result<(), Unfit> {
    let record = enriched_event::record(event)?;
    for (slot, fact) in enriched_event::facts(event, keys)? {
        incoming.put(record, slot, fact);
    }
    Ok(())
}
