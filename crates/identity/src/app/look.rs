//! Looks at portraits.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;
use tenure_keyring::Keyring;
use tenure_store::{Query, StoreError};

use crate::{
    domain::portrait::Portrait,
    store::{Place, portrait, sealed},
};

/// The portraits of records: of those that have none, and of those that can't be opened because their data key is destroyed,
/// there is nothing to see.
pub(crate) async fn look(
    query: &impl Query,
    place: Place<'_>,
    keyring: &Keyring,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<RecordId, Portrait>, StoreError> {
    let stored = portrait::load(query, place, records).await?;
    if stored.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<[u8; 16]> = stored.keys().map(|record| record.0).collect();
    let keys = keyring.data_keys(place.tenant, ids, false).await?;
    let open = |(record, stored): (RecordId, portrait::Stored)| {
        let packed = sealed::open(&keys, record, &stored.sealed)?;
        Some((record, Portrait { packed, generic: stored.generic }))
    };
    Ok(stored.into_iter().filter_map(open).collect())
}
