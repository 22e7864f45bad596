//! Finds the persons behind identifiers.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use tenure_kernel::{Refusal, Tenant, identifier::IdentifierKind};

use super::Context;
use crate::{
    domain::{key::MatchKey, person::Standing},
    store::{key, person},
};

/// An identifier to look up.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// What it is.
    pub(crate) kind: IdentifierKind,
    /// Who issued it; empty where the kind has no issuer.
    pub(crate) issuer: String,
    /// The value in canonical form.
    pub(crate) canonical: String,
}

/// A person and the places of the identifiers that led there.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// The person.
    pub(crate) person: Standing,
    /// The places, ascending.
    pub(crate) matched: Vec<usize>,
}

/// The persons that any of the identifiers lead to, those with most of them first, then by id.
pub(crate) async fn resolve_identity(
    context: &Context,
    tenant: &Tenant,
    wanted: &[Wanted],
) -> Result<Vec<Candidate>, Refusal> {
    let secret = context.keyring.matching_secret(tenant).await?;
    let keys: Vec<MatchKey> =
        wanted.iter().map(|one| MatchKey::of(&secret, one.kind, &one.issuer, &one.canonical)).collect();
    let distinct: BTreeSet<MatchKey> = keys.iter().copied().collect();
    let mut found: BTreeMap<_, BTreeSet<[u8; 16]>> = BTreeMap::new();
    for (hash, person) in key::persons(&context.store, tenant, &distinct).await? {
        found.entry(person).or_default().insert(hash);
    }
    let persons = person::load(&context.store, tenant, found.keys().copied()).await?;
    let candidate = |(id, hashes): (_, BTreeSet<[u8; 16]>)| {
        let matched = keys.iter().enumerate().filter(|(_, key)| hashes.contains(&key.hash)).map(|(place, _)| place);
        Some(Candidate { person: persons.get(&id)?.into(), matched: matched.collect() })
    };
    let mut candidates: Vec<Candidate> = found.into_iter().filter_map(candidate).collect();
    candidates.sort_by_key(|candidate| (Reverse(candidate.matched.len()), candidate.person.id));
    Ok(candidates)
}
