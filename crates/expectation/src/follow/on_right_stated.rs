//! Something was stated of a customer's rights: a fact of each of its records that belong to the range.

use tenure_journal::{Batch, Entry, Unfit};
use tenure_kernel::RecordId;
use tenure_proto::profile::v1::{Right, RightStated};

/// Reads what was stated, and the records of the range that it was stated of.
pub(super) fn read(entry: &Entry, batch: &Batch<'_>) -> Result<Option<(Right, Vec<RecordId>)>, Unfit> {
    let event: RightStated = entry.decode(1)?;
    let right = event.right.ok_or(Unfit::Field("nothing is stated"))?;
    let records: Result<Vec<RecordId>, _> = right.record_ids.iter().map(|id| id.parse()).collect();
    let mut records = records.map_err(|_| Unfit::Field("a record id is malformed"))?;
    records.retain(|record| batch.owns(*record));
    Ok((!records.is_empty()).then_some((right, records)))
}
