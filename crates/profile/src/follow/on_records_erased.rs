//! Records whose keys were destroyed.

use tenure_journal::{Batch, Entry};
use tenure_kernel::RecordId;
use tenure_proto::collector::v1::RecordsErased;

use super::REVISION;

/// The records that are ours to drop.
pub(super) fn records(entry: &Entry, batch: &Batch<'_>) -> Result<Vec<RecordId>, String> {
    let erased: RecordsErased = entry.decode(REVISION).map_err(|unreadable| unreadable.to_string())?;
    let records: Result<Vec<_>, _> = erased.record_ids.iter().map(|id| RecordId::from_slice(id)).collect();
    let records = records.map_err(|_| "record_ids holds what is not an id")?;
    Ok(records.into_iter().filter(|record| batch.owns(*record)).collect())
}
