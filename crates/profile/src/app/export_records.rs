//! Exports what the profile holds of records.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Refusal, Tenant, Timestamp};
use tenure_keyring::Keyring;
use tenure_store::Store;

use crate::{domain::person::Profile, store::summary};

/// Each record's own profile, without the person around it; records that are not known here are left out.
///
/// # Errors
/// `UNAVAILABLE` when the database can't be reached.
pub(crate) async fn export_records(
    store: &Store,
    keyring: &Keyring,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
    now: Timestamp,
) -> Result<Vec<Profile>, Refusal> {
    let kept = summary::read(store, tenant, records).await?;
    let summaries = summary::open(keyring, tenant, kept).await?;
    let alone = |(record, summary)| Profile::of(None, &BTreeMap::from([(record, summary)]), now);
    Ok(summaries.into_iter().map(alone).collect())
}
