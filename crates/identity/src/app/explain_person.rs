//! Explains what holds a person's records together.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use tenure_kernel::{DecisionId, PersonId, RecordId, Refusal, Tenant, Timestamp};
use tenure_linkage::cluster::{Alarm, Clustering, alarms};
use tenure_store::{Query, StoreError};

use super::{
    Context,
    find_person::{By, find_person},
};
use crate::{
    config::EXPLAINED,
    domain::{
        edge::{Edge, Edges, bits},
        person::Standing,
    },
    store::{Place, decision, edge, generation, membership},
};

/// A pair that holds a person together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Held {
    /// The pair, the smaller id first.
    pub(crate) pair: (RecordId, RecordId),
    /// In bits.
    pub(crate) weight: f64,
    /// Whether nothing else joins its two sides.
    pub(crate) is_bridge: bool,
}

/// A decision about some of the person's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decided {
    /// The decision.
    pub(crate) id: DecisionId,
    /// When it was made.
    pub(crate) at: Timestamp,
    /// The records that it speaks of.
    pub(crate) records: BTreeSet<RecordId>,
}

/// What holds a person together.
#[derive(Debug)]
pub(crate) struct Explained {
    /// The person.
    pub(crate) person: Standing,
    /// Its links, the heaviest first.
    pub(crate) links: Vec<Held>,
    /// Records that go with another.
    pub(crate) following: Vec<RecordId>,
    /// Decisions, newest first.
    pub(crate) decisions: Vec<Decided>,
    /// The model.
    pub(crate) model_version: String,
}

/// Explains a person.
pub(crate) async fn explain_person(context: &Context, tenant: &Tenant, by: By) -> Result<Explained, Refusal> {
    let person = find_person(context, tenant, by).await?;
    let query = &context.store;
    let place = Place { tenant, generation: generation::active(query).await? };
    let members = members(query, tenant, person.id).await?;
    let mut edges = edge::of(query, place, &members).await?;
    edges.retain(|(_, other), _| members.contains(other));
    let following = edges.iter().filter(|(_, edge)| **edge == Edge::Follows).map(|((record, _), _)| *record);
    Ok(Explained {
        person,
        links: links(&members, &edges),
        following: following.take(EXPLAINED).collect(),
        decisions: decisions(query, tenant, &members).await?,
        model_version: context.models.in_use(query, place).await?.model().version.clone(),
    })
}

async fn members(query: &impl Query, tenant: &Tenant, person: PersonId) -> Result<BTreeSet<RecordId>, StoreError> {
    Ok(membership::members(query, tenant, &BTreeSet::from([person])).await?.into_keys().collect())
}

/// The pairs that hold, the heaviest first.
fn links(members: &BTreeSet<RecordId>, edges: &Edges) -> Vec<Held> {
    let members: Vec<RecordId> = members.iter().copied().collect();
    let place = |record: RecordId| members.binary_search(&record).map_or(0, |at| u32::try_from(at).unwrap_or_default());
    let weighed = edges.iter().filter_map(|((left, right), edge)| match edge {
        Edge::Weighed(weight) if left < right && edge.holds() => Some((*left, *right, *weight)),
        _ => None,
    });
    let weighed: Vec<(RecordId, RecordId, i64)> = weighed.collect();
    let pairs: Vec<(u32, u32, f32)> =
        weighed.iter().map(|(left, right, weight)| (place(*left), place(*right), bits(*weight) as f32)).collect();
    let bridges: BTreeSet<(u32, u32)> = alarms(&vec![0; members.len()], &pairs, &Clustering::default())
        .into_iter()
        .filter_map(|alarm| match alarm {
            Alarm::Bridge { left, right, .. } => Some((left, right)),
            _ => None,
        })
        .collect();
    let mut links: Vec<Held> = weighed
        .into_iter()
        .map(|(left, right, weight)| Held {
            pair: (left, right),
            weight: bits(weight),
            is_bridge: bridges.contains(&(place(left), place(right))),
        })
        .collect();
    links.sort_by(|left, right| right.weight.total_cmp(&left.weight).then(left.pair.cmp(&right.pair)));
    links.truncate(EXPLAINED);
    links
}

async fn decisions(
    query: &impl Query,
    tenant: &Tenant,
    members: &BTreeSet<RecordId>,
) -> Result<Vec<Decided>, StoreError> {
    let ids = decision::naming(query, tenant, members).await?;
    let made: BTreeMap<[u8; 16], Timestamp> = decision::made(query, tenant, &ids).await?;
    let mut found = decision::load(query, tenant, ids).await?;
    found.sort_unstable_by_key(|decision| Reverse(decision.sequence));
    let decided = |decision: crate::domain::decision::Decision| {
        let at = *made.get(&decision.id)?;
        Some(Decided { id: DecisionId(decision.id), at, records: decision.places.into_keys().collect() })
    };
    Ok(found.into_iter().filter_map(decided).collect())
}
