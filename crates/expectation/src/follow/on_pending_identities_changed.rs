//! Identity says of records that it is open whose they are, or is no longer.

use tenure_journal::{Batch, Entry, Unfit};
use tenure_kernel::RecordId;
use tenure_proto::identity::v1::PendingIdentitiesChanged;

use crate::store::pending_identity::PendingIdentities;

/// Those of the range.
pub(super) fn read(entry: &Entry, batch: &Batch<'_>) -> Result<PendingIdentities, Unfit> {
    let event: PendingIdentitiesChanged = entry.decode(1)?;
    let mut pending = PendingIdentities::new();
    for one in event.identities {
        let record = RecordId::from_slice(&one.record_id);
        let record = record.map_err(|_| Unfit::Field("a record id is not 16 bytes"))?;
        if batch.owns(record) {
            pending.insert(record, (one.version, one.pending));
        }
    }
    Ok(pending)
}
