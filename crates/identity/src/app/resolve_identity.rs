//! Finds the persons behind identifiers and attributes, without storing anything.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId, Refusal, Tenant, identifier::IdentifierKind};
use tenure_linkage::Judge;
use tenure_store::StoreError;

use super::{
    Context,
    explain_link::{Zone, zone},
    look::look,
};
use crate::{
    domain::{
        block::{CANDIDATES, Link, SEEN, joining, pass, sizes},
        content::Content,
        key::MatchKey,
        person::Standing,
        portrait::{Portrait, portray, table},
    },
    store::{Place, block, generation, key, membership, person},
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

/// Who is looked for.
#[derive(Debug)]
pub(crate) struct Sought {
    /// Identifiers.
    pub(crate) wanted: Vec<Wanted>,
    /// What is known besides, the identifiers included; none when there are no attributes.
    pub(crate) description: Option<Content>,
}

/// A person and what led there.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// The person.
    pub(crate) person: Standing,
    /// The places of the identifiers that led there, ascending.
    pub(crate) matched: Vec<usize>,
    /// The weight with the likest of its records, in bits, where it was weighed.
    pub(crate) weight: Option<f64>,
}

/// The persons that identifiers lead to, or that are likely enough: the likeliest first, then those with most identifiers,
/// then by id.
pub(crate) async fn resolve_identity(
    context: &Context,
    tenant: &Tenant,
    sought: &Sought,
) -> Result<Vec<Candidate>, Refusal> {
    let place = Place { tenant, generation: generation::active(&context.store).await? };
    let (_, secret) = context.models.matching(&context.store, place).await?;
    let key = |one: &Wanted| MatchKey::of(&secret, one.kind, &one.issuer, &one.canonical);
    let keys: Vec<MatchKey> = sought.wanted.iter().map(key).collect();
    let mut found: BTreeMap<PersonId, BTreeSet<[u8; 16]>> = BTreeMap::new();
    for (hash, person) in key::persons(&context.store, tenant, &keys.iter().copied().collect()).await? {
        found.entry(person).or_default().insert(hash);
    }
    let weights = match &sought.description {
        Some(description) => weights(context, tenant, description).await?,
        None => BTreeMap::new(),
    };
    let ids: BTreeSet<PersonId> = found.keys().chain(weights.keys()).copied().collect();
    let persons = person::load(&context.store, tenant, ids.iter().copied()).await?;
    let candidate = |id: PersonId| {
        let hashes = found.get(&id);
        let matches = |(_, key): &(usize, &MatchKey)| hashes.is_some_and(|hashes| hashes.contains(&key.hash));
        let matched = keys.iter().enumerate().filter(matches).map(|(place, _)| place).collect();
        Some(Candidate { person: persons.get(&id)?.into(), matched, weight: weights.get(&id).copied() })
    };
    let mut candidates: Vec<Candidate> = ids.into_iter().filter_map(candidate).collect();
    let weight = |candidate: &Candidate| candidate.weight.unwrap_or(f64::NEG_INFINITY);
    candidates.sort_by(|left, right| {
        let by_weight = weight(right).total_cmp(&weight(left));
        by_weight.then(right.matched.len().cmp(&left.matched.len())).then(left.person.id.cmp(&right.person.id))
    });
    Ok(candidates)
}

/// The persons with whom a record of such contents would be linked or reviewed, each with its best weight.
async fn weights(
    context: &Context,
    tenant: &Tenant,
    description: &Content,
) -> Result<BTreeMap<PersonId, f64>, StoreError> {
    let query = &context.store;
    let place = Place { tenant, generation: generation::active(query).await? };
    let (_, secret) = context.models.matching(query, place).await?;
    let Some((packed, blocks)) = portray(&[vec![description.clone()]]).into_iter().next() else {
        return Ok(BTreeMap::new());
    };
    let links: BTreeSet<Link> = blocks.iter().map(|value| Link::of(&secret, value)).collect();
    let ids = links.iter().map(|link| link.block).collect();
    let carriers = block::carriers(query, place, &ids, SEEN).await?;
    let mut sizes = sizes(&carriers);
    // As if it were there already.
    sizes.values_mut().for_each(|size| *size += 1);
    let generic = crate::domain::block::generic(&links, &sizes);
    let joined = joining(&links, &sizes).filter_map(|block| carriers.get(&block)).flatten().copied();
    let others = pass(RecordId::default(), None, CANDIDATES, joined).candidates;
    let portraits = look(query, place, &context.keyring, &others).await?;
    let asked = Portrait { packed, generic };
    let table = table(std::iter::once(Some(&asked)).chain(portraits.values().map(Some)));
    let scorer = context.models.in_use(query, place).await?;
    let judge = Judge::new(&scorer, &table);
    let homes = membership::persons(query, tenant, &others).await?;
    let mut weights: BTreeMap<PersonId, f64> = BTreeMap::new();
    for (at, record) in (1..).zip(portraits.keys()) {
        let said = judge.said(0, at);
        if let (Some(bits), Some(home)) = (said.bits(), homes.get(record))
            && matches!(zone(said, judge.vetoes(0, at)), Zone::Link | Zone::Review)
        {
            let best = weights.entry(*home).or_insert(bits);
            *best = best.max(bits);
        }
    }
    Ok(weights)
}
