//! Keeps marked what a steward should look at.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;
use tenure_store::StoreError;

use super::desk::Desk;
use crate::{
    domain::{
        edge::{Edge, Edges},
        neighbourhood::Neighbourhood,
        pending::{Pending, changes, leaves_open},
        person::Settlement,
        review::{Pair, Why, to_review},
    },
    store::{
        edge::{self, Marked},
        membership, pending,
    },
};

/// Marks anew the pairs of the records of a neighbourhood that was settled: its edges, persons or decisions changed. Answers of which
/// records it is open now, or is no longer, whose they are.
pub(crate) async fn mark(
    desk: &Desk<'_>,
    around: &Neighbourhood,
    settlement: &Settlement,
) -> Result<Vec<Pending>, StoreError> {
    // Most touchpoints bring nobody near anybody.
    let why = match around.marked.is_empty() {
        true => BTreeMap::new(),
        false => look(desk, around, settlement).await?,
    };
    let pair = |(record, other): (RecordId, RecordId)| (record.min(other), record.max(other));
    let (mut changed, mut open) = (Marked::new(), BTreeSet::new());
    for ((record, other), (weight, before)) in &around.marked {
        let now = why.get(&pair((*record, *other))).copied();
        open.extend(now.filter(|why| leaves_open(*why, *weight)).into_iter().flat_map(|_| [*record, *other]));
        let now = now.map_or(0, |why| why as i64);
        if now != *before {
            changed.insert((*record, *other), (*weight, now));
            changed.insert((*other, *record), (*weight, now));
        }
    }
    edge::mark(desk.tx, desk.place, &changed).await?;
    let ends = changed.keys().map(|(record, _)| *record);
    tell(desk, around.records.iter().copied().chain(ends).collect(), (&around.records, open)).await
}

/// What is to be looked at of the pairs of a neighbourhood.
async fn look(
    desk: &Desk<'_>,
    around: &Neighbourhood,
    settlement: &Settlement,
) -> Result<BTreeMap<Pair, Why>, StoreError> {
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
    Ok(to_review(&edges, &persons, &around.decisions()))
}

/// Notes of which records it is open whose they are: of `explored` ones every pair is known, of others only some.
async fn tell(
    desk: &Desk<'_>,
    records: BTreeSet<RecordId>,
    (explored, mut open): (&BTreeSet<RecordId>, BTreeSet<RecordId>),
) -> Result<Vec<Pending>, StoreError> {
    let (tx, tenant) = (desk.tx, desk.place.tenant);
    let told = pending::load(tx, tenant, &records).await?;
    let was_open = told.values().filter(|told| told.pending).map(|told| told.record);
    let others: BTreeSet<RecordId> =
        was_open.filter(|record| !explored.contains(record) && !open.contains(record)).collect();
    let marked = edge::marked(tx, desk.place, &others).await?.into_iter();
    let still = marked.filter(|(_, (weight, why))| Why::from_number(*why).is_some_and(|why| leaves_open(why, *weight)));
    open.extend(still.map(|((record, _), _)| record));
    let changes = changes(&records, &told, &open);
    pending::write(tx, tenant, &changes).await?;
    Ok(changes)
}
