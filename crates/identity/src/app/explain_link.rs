//! Explains why two records are one person's, or not.

use std::{cmp::Reverse, collections::BTreeSet};

use tenure_kernel::{DecisionId, RecordId, Refusal, Tenant};
use tenure_linkage::{Judge, Said, cluster::Clustering, model::Step};
use tenure_store::{Query, StoreError};

use super::{Context, look::look};
use crate::{
    domain::{
        block::{SEEN, joining, sizes},
        portrait::table,
    },
    store::{Place, block, decision, generation, record},
};

/// What is done with a pair by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    /// It holds.
    Link,
    /// A steward should look.
    Review,
    /// Two persons.
    Apart,
    /// A record says nothing that can be compared.
    Silent,
}

/// Why.
#[derive(Debug)]
pub(crate) struct Explained {
    /// The steps, which add up to the weight.
    pub(crate) steps: Vec<Step>,
    /// In bits.
    pub(crate) weight: f64,
    /// What is done with the pair by itself.
    pub(crate) zone: Zone,
    /// Whether they can never be one person.
    pub(crate) vetoed: bool,
    /// Whether they are compared at all.
    pub(crate) is_candidate: bool,
    /// Whether they are one person's now.
    pub(crate) same_person: bool,
    /// The decisions that speak of both, newest first.
    pub(crate) decisions: Vec<DecisionId>,
    /// The model.
    pub(crate) model_version: String,
}

/// Explains a pair.
pub(crate) async fn explain_link(
    context: &Context,
    tenant: &Tenant,
    pair: (RecordId, RecordId),
) -> Result<Explained, Refusal> {
    let query = &context.store;
    let place = Place { tenant, generation: generation::active(query).await? };
    let both = BTreeSet::from([pair.0, pair.1]);
    let known = record::get(query, tenant, &both).await?;
    let (Some(left), Some(right)) = (known.get(&pair.0), known.get(&pair.1)) else { return Err(Refusal::not_found()) };
    let portraits = look(query, place, &context.keyring, &both).await?;
    let scorer = context.models.in_use(query, place).await?;
    let table = table([portraits.get(&pair.0), portraits.get(&pair.1)]);
    let judge = Judge::new(&scorer, &table);
    let said = if portraits.len() < both.len() { Said::Nothing } else { judge.said(0, 1) };
    let vetoed = judge.vetoes(0, 1);
    Ok(Explained {
        steps: if portraits.len() < both.len() { Vec::new() } else { judge.explain(0, 1) },
        weight: said.bits().unwrap_or_default(),
        zone: zone(said, vetoed),
        vetoed,
        is_candidate: are_candidates(query, place, &both).await?,
        same_person: left.person == right.person,
        decisions: decisions(query, tenant, pair).await?,
        model_version: scorer.model().version.clone(),
    })
}

/// What is done with a pair that says so much.
pub(crate) fn zone(said: Said, vetoed: bool) -> Zone {
    let thresholds = Clustering::default();
    match said.bits() {
        None => Zone::Silent,
        Some(bits) if vetoed || bits < thresholds.review => Zone::Apart,
        Some(bits) if bits < thresholds.edge => Zone::Review,
        Some(_) => Zone::Link,
    }
}

async fn are_candidates(query: &impl Query, place: Place<'_>, both: &BTreeSet<RecordId>) -> Result<bool, StoreError> {
    let links = block::links(query, place, both).await?;
    let blocks = links.values().flatten().map(|link| link.block).collect();
    let sizes = sizes(&block::carriers(query, place, &blocks, SEEN).await?);
    let joined: Vec<BTreeSet<_>> = links.values().map(|links| joining(links, &sizes).collect()).collect();
    Ok(matches!(joined.as_slice(), [left, right] if !left.is_disjoint(right)))
}

async fn decisions(
    query: &impl Query,
    tenant: &Tenant,
    pair: (RecordId, RecordId),
) -> Result<Vec<DecisionId>, StoreError> {
    let of = async |record| decision::naming(query, tenant, &BTreeSet::from([record])).await;
    let both = of(pair.0).await?.intersection(&of(pair.1).await?).copied().collect();
    let mut found = decision::load(query, tenant, both).await?;
    found.sort_unstable_by_key(|decision| Reverse(decision.sequence));
    Ok(found.into_iter().map(|decision| DecisionId(decision.id)).collect())
}
