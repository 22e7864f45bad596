//! Traits or segments of tenants changed: everybody is looked at again.

use std::collections::BTreeSet;

use tenure_journal::Batch;
use tenure_kernel::Tenant;
use tenure_proto::profile::v1::{SegmentDefined, SegmentDeleted, TraitDefined, TraitDeleted};

/// Whose changed.
pub(super) fn tenants<'a>(batch: &Batch<'a>) -> BTreeSet<&'a Tenant> {
    let changed = batch.entries.iter().filter(|entry| {
        entry.is::<TraitDefined>()
            || entry.is::<TraitDeleted>()
            || entry.is::<SegmentDefined>()
            || entry.is::<SegmentDeleted>()
    });
    changed.map(|entry| &entry.tenant).collect()
}
