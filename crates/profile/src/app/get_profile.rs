//! Reads what the database says of a person's id.

use std::collections::BTreeSet;

use tenure_kernel::{PersonId, Refusal, Tenant, Timestamp};
use tenure_keyring::Keyring;
use tenure_store::Store;

use super::{enrich::Providers, traits::Traits};
use crate::{
    domain::{bucket::Buckets, enriched::freshness, person::Profile},
    store::{membership, summary},
};

/// What a person's id stands for.
pub(crate) enum Found {
    Person(Profile),
    /// An id that leads to another.
    Redirected(PersonId),
    Nobody,
}

/// Reads what an id stands for. An id that has records is a person; one without may be redirected.
///
/// # Errors
/// When the database can't be reached.
pub(crate) async fn get_profile(
    store: &Store,
    keyring: &Keyring,
    tenant: &Tenant,
    person: PersonId,
    (traits, providers, now): (&Traits, &Providers, Timestamp),
) -> Result<Found, Refusal> {
    let found = membership::members(store, tenant, &BTreeSet::from([person])).await?;
    let Some(members) = found.into_values().next() else {
        let next = membership::redirect_of(store, tenant, person).await?;
        return Ok(next.map_or(Found::Nobody, Found::Redirected));
    };
    let members = summary::open(keyring, tenant, members).await?;
    let mut profile = Profile::of(Some(person), &members, now);
    profile.enrichment = freshness(&members, &providers.enabled(), now);
    let mut buckets = Buckets::default();
    let found = traits.buckets(store, tenant, &members.into_keys().collect(), now).await?;
    found.into_values().for_each(|one| buckets.merge(one));
    traits.add_to(&mut profile, &buckets, now);
    traits.date(store, tenant, vec![&mut profile]).await?;
    Ok(Found::Person(profile))
}
