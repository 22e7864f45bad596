//! Exports a tenant's whole domain state, for tests of law 3.

use tenure_kernel::Tenant;
use tenure_keyring::Keyring;
use tenure_store::{Store, StoreError};

use crate::{
    domain::export::State,
    store::{bucket, erased, membership, summary},
};

/// The state as sorted lines; holds personal data.
pub(crate) async fn canonical_export(
    store: &Store,
    keyring: &Keyring,
    tenant: &Tenant,
) -> Result<Vec<String>, StoreError> {
    let memberships = membership::all(store, tenant).await?;
    let summaries = summary::open(keyring, tenant, summary::all(store, tenant).await?).await?;
    let buckets = bucket::all(store, tenant).await?;
    let erased = erased::all(store, tenant).await?;
    Ok(State { memberships, summaries, buckets, erased }.lines())
}
