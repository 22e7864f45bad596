//! Persons as a function of records, the model's weights and stewards' decisions alone: never of the order in which they came.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;
use tenure_linkage::{
    Judge, Scorer,
    cluster::{self, Clustering, cluster},
};

use super::{
    decision::{Decision, Verdicts},
    edge::{Edge, bits},
    portrait::table,
    web::Web,
};

#[cfg(test)]
mod tests;

/// The persons. Records hang together as the model weighs them, save where a steward ever said that they are two persons', and
/// with what a split leaves together held together. Then whole clusters are put together that a steward said are one person's:
/// a merge is stated of persons, so it moves nobody else, and what is then split is as it was before. Newer statements come
/// before older ones. At last those that say nothing of themselves go where they follow. Sorted, as their records are, by the
/// smallest record.
pub(crate) fn clusters(
    records: &BTreeSet<RecordId>,
    web: &Web,
    scorer: &Scorer,
    decisions: &[Decision],
) -> Vec<BTreeSet<RecordId>> {
    let verdicts = Verdicts::new(records, decisions);
    let mut homes: BTreeMap<RecordId, RecordId> = records.iter().map(|record| (*record, *record)).collect();
    homes.extend(linked(records, web, scorer, &verdicts));
    let follows = web
        .follows()
        .filter(|(record, leader)| !verdicts.speak_of(*record) && records.contains(record) && records.contains(leader));
    let followed: Vec<_> = follows.filter_map(|(record, leader)| Some((record, *homes.get(&leader)?))).collect();
    homes.extend(followed);
    let mut clusters: BTreeMap<RecordId, BTreeSet<RecordId>> = BTreeMap::new();
    for (record, home) in homes {
        clusters.entry(home).or_default().insert(record);
    }
    let mut clusters: Vec<_> = clusters.into_values().collect();
    clusters.sort_unstable();
    clusters
}

/// Whose the records are that anything is weighed or decided of: each with the first of its cluster.
fn linked(records: &BTreeSet<RecordId>, web: &Web, scorer: &Scorer, verdicts: &Verdicts) -> Vec<(RecordId, RecordId)> {
    let inside =
        |(left, right): &(RecordId, RecordId)| left < right && records.contains(left) && records.contains(right);
    let holding = web.edges.iter().filter(|(pair, edge)| inside(pair) && edge.holds());
    let weighed: Vec<(RecordId, RecordId, i64)> = holding
        .filter_map(|((left, right), edge)| match edge {
            Edge::Weighed(weight) => Some((*left, *right, *weight)),
            Edge::Follows | Edge::Leads => None,
        })
        .collect();
    let ends = weighed.iter().flat_map(|(left, right, _)| [*left, *right]);
    let stated = verdicts.held().iter().chain(verdicts.merged()).flat_map(|(left, right)| [*left, *right]);
    let members: Vec<RecordId> = ends.chain(stated).collect::<BTreeSet<_>>().into_iter().collect();
    let table = table(members.iter().map(|record| web.portraits.get(record)));
    let placed = Placed::new(verdicts, &members);
    let edges: Vec<(u32, u32, f32)> = weighed
        .iter()
        .map(|(left, right, weight)| (placed.place(left), placed.place(right), bits(*weight) as f32))
        .collect();
    let judge = Judge::new(scorer, &table);
    let found = cluster(members.len(), &edges, &placed, &Clustering::default(), &judge);
    members.iter().zip(found).filter_map(|(record, home)| Some((*record, *members.get(home as usize)?))).collect()
}

/// What is decided of records, by their place among those that are clustered, which are sorted.
pub(crate) struct Placed<'a> {
    verdicts: &'a Verdicts,
    members: &'a [RecordId],
    held: Vec<(u32, u32)>,
    merged: Vec<(u32, u32)>,
}

impl<'a> Placed<'a> {
    pub(crate) fn new(verdicts: &'a Verdicts, members: &'a [RecordId]) -> Self {
        let mut placed = Self { verdicts, members, held: Vec::new(), merged: Vec::new() };
        let places = |pairs: &[(RecordId, RecordId)]| -> Vec<(u32, u32)> {
            pairs.iter().map(|(left, right)| (placed.place(left), placed.place(right))).collect()
        };
        let (held, merged) = (places(verdicts.held()), places(verdicts.merged()));
        (placed.held, placed.merged) = (held, merged);
        placed
    }

    fn place(&self, record: &RecordId) -> u32 {
        u32::try_from(self.members.binary_search(record).unwrap_or_default()).unwrap_or_default()
    }
}

impl cluster::Verdicts for Placed<'_> {
    fn held(&self) -> &[(u32, u32)] {
        &self.held
    }

    fn merged(&self) -> &[(u32, u32)] {
        &self.merged
    }

    fn speaks_of(&self, record: u32) -> bool {
        self.verdicts.speak_of(self.members[record as usize])
    }

    fn parted(&self, left: u32, right: u32) -> bool {
        self.verdicts.parted(self.members[left as usize], self.members[right as usize])
    }

    fn apart(&self, left: u32, right: u32) -> bool {
        self.verdicts.apart(self.members[left as usize], self.members[right as usize])
    }
}
