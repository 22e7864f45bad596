//! Keeps marked what a steward should look at.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;
use tenure_store::StoreError;

use super::desk::Desk;
use crate::{
    domain::{
        edge::{Edge, Edges},
        review::to_review,
    },
    store::{decision, edge, membership},
};

/// Marks anew the pairs of records whose edges, persons or decisions changed, and of all records of their persons.
pub(crate) async fn mark(desk: &Desk<'_>, touched: &BTreeSet<RecordId>) -> Result<(), StoreError> {
    let (tx, place) = (desk.tx, desk.place);
    // Most touchpoints bring nobody near anybody; those cost no more than this look.
    if edge::marked(tx, place, touched).await?.is_empty() {
        return Ok(());
    }
    let homes = membership::persons(tx, place.tenant, touched).await?.into_values().collect();
    let members: BTreeSet<RecordId> =
        membership::members(tx, place.tenant, &homes).await?.into_keys().chain(touched.iter().copied()).collect();
    let marked = edge::marked(tx, place, &members).await?;
    let ends: BTreeSet<RecordId> = marked.keys().flat_map(|(record, other)| [*record, *other]).collect();
    let persons = membership::persons(tx, place.tenant, &ends).await?;
    let ids = decision::naming(tx, place.tenant, &members).await?;
    let decisions = decision::load(tx, place.tenant, ids).await?;
    let edges: Edges = marked
        .iter()
        .flat_map(|((record, other), (weight, _))| {
            let edge = Edge::Weighed(*weight);
            [((*record, *other), edge), ((*other, *record), edge)]
        })
        .collect();
    let why = to_review(&edges, &persons, &decisions);
    let mut changed = BTreeMap::new();
    for ((record, other), (weight, before)) in &marked {
        let pair = ((*record).min(*other), (*record).max(*other));
        let now = why.get(&pair).map_or(0, |why| *why as i64);
        if now != *before {
            changed.insert((*record, *other), (*weight, now));
            changed.insert((*other, *record), (*weight, now));
        }
    }
    edge::mark(tx, place, &changed).await
}
