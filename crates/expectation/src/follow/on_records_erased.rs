//! Records were erased: nothing of theirs is kept, and nothing is taken in again.

use tenure_journal::{Batch, Entry};
use tenure_kernel::RecordId;
use tenure_proto::collector::v1::RecordsErased;

use super::Unfit;

/// The erased records that belong to the range.
pub(super) fn read(entry: &Entry, batch: &Batch<'_>) -> Result<Vec<RecordId>, Unfit> {
    let event: RecordsErased = entry.decode(1)?;
    let records = event.record_ids.iter().map(|bytes| RecordId::from_slice(bytes));
    let records: Result<Vec<RecordId>, _> = records.collect();
    let mut records = records.map_err(|_| Unfit::Field("a record id is not 16 bytes"))?;
    records.retain(|record| batch.owns(*record));
    Ok(records)
}
