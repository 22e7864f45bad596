//! Keeps marked what a steward should look at.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;
use tenure_store::StoreError;

use super::desk::Desk;
use crate::{
    domain::{
        edge::{Edge, Edges},
        neighbourhood::Neighbourhood,
        person::Settlement,
        review::to_review,
    },
    store::{edge, membership},
};

/// Marks anew the pairs of the records of a neighbourhood that was settled: its edges, persons or decisions changed.
pub(crate) async fn mark(desk: &Desk<'_>, around: &Neighbourhood, settlement: &Settlement) -> Result<(), StoreError> {
    // Most touchpoints bring nobody near anybody.
    if around.marked.is_empty() {
        return Ok(());
    }
    let ends = around.marked.keys().map(|(_, other)| *other);
    let strangers: BTreeSet<RecordId> = ends.filter(|other| !around.records.contains(other)).collect();
    let mut persons = membership::persons(desk.tx, desk.place.tenant, &strangers).await?;
    persons.extend(around.memberships.iter().map(|(record, membership)| (*record, membership.person)));
    for one in &settlement.moves {
        match one.to {
            Some(person) => persons.insert(one.record, person),
            None => persons.remove(&one.record),
        };
    }
    let edges: Edges = around
        .marked
        .iter()
        .flat_map(|((record, other), (weight, _))| {
            let edge = Edge::Weighed(*weight);
            [((*record, *other), edge), ((*other, *record), edge)]
        })
        .collect();
    let why = to_review(&edges, &persons, &around.decisions());
    let mut changed = BTreeMap::new();
    for ((record, other), (weight, before)) in &around.marked {
        let pair = ((*record).min(*other), (*record).max(*other));
        let now = why.get(&pair).map_or(0, |why| *why as i64);
        if now != *before {
            changed.insert((*record, *other), (*weight, now));
            changed.insert((*other, *record), (*weight, now));
        }
    }
    edge::mark(desk.tx, desk.place, &changed).await
}
