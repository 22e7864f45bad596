//! The data keys of records were destroyed: what is known of them goes too.

use tenure_journal::Entry;
use tenure_kernel::RecordId;
use tenure_proto::collector::v1::RecordsErased;

/// The revision of the payload that this reads.
const REVISION: i32 = 1;

/// The records.
pub(super) fn read(entry: &Entry) -> Result<Vec<RecordId>, String> {
    let erased: RecordsErased = entry.decode(REVISION).map_err(|unreadable| unreadable.to_string())?;
    let record = |id: &Vec<u8>| RecordId::from_slice(id).map_err(|_| "record_ids: not 16 bytes".to_owned());
    erased.record_ids.iter().map(record).collect()
}
