//! Persons as a function of records, the model's weights and stewards' decisions alone: never of the order in which they came.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;
use tenure_linkage::{
    Judge, Said, Scorer,
    cluster::{Clustering, Decisions, Evidence, SCARCE, cluster},
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
    let mut partition = Partition::new(records, &verdicts);
    for (left, right) in verdicts.held() {
        partition.unite(*left, *right);
    }
    let held = partition.roots();
    for (record, home) in weighed(records, web, scorer, &verdicts, &held) {
        partition.join(record, home);
    }
    for (left, right) in verdicts.merged() {
        partition.unite(*left, *right);
    }
    for (record, leader) in web.follows().filter(|(record, _)| !verdicts.speak_of(*record)) {
        partition.join(record, leader);
    }
    partition.into_clusters()
}

/// Which records are whose by the model: each with another of its cluster.
fn weighed(
    records: &BTreeSet<RecordId>,
    web: &Web,
    scorer: &Scorer,
    verdicts: &Verdicts,
    held: &BTreeMap<RecordId, RecordId>,
) -> Vec<(RecordId, RecordId)> {
    let inside =
        |(left, right): &(RecordId, RecordId)| left < right && records.contains(left) && records.contains(right);
    let holding = web.edges.iter().filter(|(pair, edge)| inside(pair) && edge.holds());
    let weighed: Vec<(RecordId, RecordId, i64)> = holding
        .filter_map(|((left, right), edge)| match edge {
            Edge::Weighed(weight) => Some((*left, *right, *weight)),
            Edge::Follows | Edge::Leads => None,
        })
        .collect();
    let same: Vec<(RecordId, RecordId)> =
        held.iter().filter(|(record, root)| record != root).map(|(record, root)| (*root, *record)).collect();
    let ends = weighed.iter().flat_map(|(left, right, _)| [*left, *right]);
    let members: BTreeSet<RecordId> = ends.chain(same.iter().flat_map(|(root, record)| [*root, *record])).collect();
    let members: Vec<RecordId> = members.into_iter().collect();
    let table = table(members.iter().map(|record| web.portraits.get(record)));
    let place =
        |record: &RecordId| u32::try_from(members.binary_search(record).unwrap_or_default()).unwrap_or_default();
    let edges: Vec<(u32, u32, f32)> =
        weighed.iter().map(|(left, right, weight)| (place(left), place(right), bits(*weight) as f32)).collect();
    let same = same.iter().map(|(root, record)| (place(root), place(record))).collect();
    let decisions = Decisions { same, different: Vec::new() };
    let judge = Ruled { judge: Judge::new(scorer, &table), members: &members, verdicts, held };
    let found = cluster(members.len(), &edges, &decisions, &Clustering::default(), &judge);
    members.iter().zip(found).filter_map(|(record, home)| Some((*record, *members.get(home as usize)?))).collect()
}

/// What the model says, as far as stewards left it open.
struct Ruled<'a> {
    judge: Judge<'a>,
    members: &'a [RecordId],
    verdicts: &'a Verdicts,
    held: &'a BTreeMap<RecordId, RecordId>,
}

impl Evidence for Ruled<'_> {
    fn said(&self, left: u32, right: u32) -> Said {
        Evidence::said(&self.judge, left, right)
    }

    fn veto(&self, left: u32, right: u32) -> bool {
        let (one, other) = (self.members[left as usize], self.members[right as usize]);
        let held = self.held.get(&one) == self.held.get(&other);
        !held && (self.verdicts.parted(one, other) || self.judge.veto(left, right))
    }

    fn scarce(&self, record: u32) -> [u64; SCARCE] {
        self.judge.scarce(record)
    }

    fn names(&self, record: u32) -> bool {
        self.judge.names(record)
    }

    fn tie(&self, record: u32) -> u64 {
        self.judge.tie(record)
    }
}

/// Disjoint sets of records. A set is named by its smallest.
struct Partition<'a> {
    verdicts: &'a Verdicts,
    parents: BTreeMap<RecordId, RecordId>,
    /// Of each set: its records that a decision speaks of.
    decided: BTreeMap<RecordId, Vec<RecordId>>,
}

impl<'a> Partition<'a> {
    fn new(records: &BTreeSet<RecordId>, verdicts: &'a Verdicts) -> Self {
        let parents = records.iter().map(|record| (*record, *record)).collect();
        let spoken = records.iter().filter(|record| verdicts.speak_of(**record));
        let decided = spoken.map(|record| (*record, vec![*record])).collect();
        Self { verdicts, parents, decided }
    }

    fn root(&mut self, record: RecordId) -> Option<RecordId> {
        let mut root = *self.parents.get(&record)?;
        while self.parents[&root] != root {
            root = self.parents[&root];
        }
        let mut at = record;
        while at != root {
            at = self.parents.insert(at, root)?;
        }
        Some(root)
    }

    /// Puts two sets together unless a decision keeps some of their records apart.
    fn unite(&mut self, left: RecordId, right: RecordId) {
        if let (Some(left), Some(right)) = (self.root(left), self.root(right))
            && left != right
            && !self.apart(left, right)
        {
            self.join(left, right);
        }
    }

    /// Puts two sets together.
    fn join(&mut self, left: RecordId, right: RecordId) {
        let (Some(left), Some(right)) = (self.root(left), self.root(right)) else { return };
        if left == right {
            return;
        }
        let (keep, give) = (left.min(right), left.max(right));
        self.parents.insert(give, keep);
        if let Some(more) = self.decided.remove(&give) {
            self.decided.entry(keep).or_default().extend(more);
        }
    }

    fn apart(&self, left: RecordId, right: RecordId) -> bool {
        let (Some(lefts), Some(rights)) = (self.decided.get(&left), self.decided.get(&right)) else { return false };
        lefts.iter().any(|left| rights.iter().any(|right| self.verdicts.apart(*left, *right)))
    }

    /// The set of each record.
    fn roots(&mut self) -> BTreeMap<RecordId, RecordId> {
        let records: Vec<RecordId> = self.parents.keys().copied().collect();
        records.into_iter().filter_map(|record| Some((record, self.root(record)?))).collect()
    }

    fn into_clusters(mut self) -> Vec<BTreeSet<RecordId>> {
        let mut clusters: BTreeMap<RecordId, BTreeSet<RecordId>> = BTreeMap::new();
        for (record, root) in self.roots() {
            clusters.entry(root).or_default().insert(record);
        }
        clusters.into_values().collect()
    }
}
