//! Reads what the database says of several ids of persons.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId, Refusal, Tenant, Timestamp};
use tenure_keyring::Keyring;
use tenure_store::Store;

use super::{enrich::Providers, traits::Traits};
use crate::{
    domain::{bucket::Buckets, enriched::freshness, person::Profile, summary::Summary},
    hot::HOPS,
    store::{membership, summary},
};

/// The profile behind each of the ids that stands for a person, in their order, with its place among them.
///
/// # Errors
/// When the database can't be reached.
pub(crate) async fn batch_get_profiles(
    store: &Store,
    keyring: &Keyring,
    tenant: &Tenant,
    ids: &[PersonId],
    (traits, providers, now): (&Traits, &Providers, Timestamp),
) -> Result<Vec<(usize, Profile)>, Refusal> {
    // Where each id leads, as far as it was followed.
    let mut leads: BTreeMap<PersonId, PersonId> = ids.iter().map(|id| (*id, *id)).collect();
    let mut found = BTreeMap::new();
    for _ in 0..HOPS {
        let unknown: BTreeSet<PersonId> = leads.values().filter(|id| !found.contains_key(*id)).copied().collect();
        if unknown.is_empty() {
            break;
        }
        found.extend(membership::members(store, tenant, &unknown).await?);
        let missing = unknown.into_iter().filter(|id| !found.contains_key(id)).collect();
        let redirects = membership::redirects(store, tenant, &missing).await?;
        leads.retain(|_, to| found.contains_key(to) || redirects.contains_key(to));
        leads.values_mut().for_each(|to| *to = redirects.get(to).copied().unwrap_or(*to));
    }
    let owner = |(person, members): (&PersonId, &BTreeMap<RecordId, _>)| {
        members.keys().map(|record| (*record, *person)).collect::<Vec<_>>()
    };
    let owners: BTreeMap<RecordId, PersonId> = found.iter().flat_map(owner).collect();
    let mut members: BTreeMap<PersonId, BTreeMap<RecordId, Summary>> = BTreeMap::new();
    for (record, summary) in summary::open(keyring, tenant, found.into_values().flatten().collect()).await? {
        if let Some(person) = owners.get(&record) {
            members.entry(*person).or_default().insert(record, summary);
        }
    }
    let mut buckets: BTreeMap<PersonId, Buckets> = BTreeMap::new();
    for (record, found) in traits.buckets(store, tenant, &owners.keys().copied().collect(), now).await? {
        if let Some(person) = owners.get(&record) {
            buckets.entry(*person).or_default().merge(found);
        }
    }
    let (nothing, enabled) = (Buckets::default(), providers.enabled());
    let profile = |(place, id)| {
        let person = *leads.get(id)?;
        let mut profile = Profile::of(Some(person), members.get(&person)?, now);
        profile.enrichment = freshness(members.get(&person)?, &enabled, now);
        traits.add_to(&mut profile, buckets.get(&person).unwrap_or(&nothing), now);
        Some((place, profile))
    };
    let mut profiles: Vec<(usize, Profile)> = ids.iter().enumerate().filter_map(profile).collect();
    traits.date(store, tenant, profiles.iter_mut().map(|(_, profile)| profile).collect()).await?;
    Ok(profiles)
}
