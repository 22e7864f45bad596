//! Which pairs joined persons or records that were apart.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId};

use super::{
    edge::{Edge, Edges},
    neighbourhood::Membership,
};

/// A pair that the model links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Joined {
    /// The smaller.
    pub(crate) left: RecordId,
    /// The other.
    pub(crate) right: RecordId,
    /// In 1/1024 bit.
    pub(crate) weight: i64,
}

/// What is now one and was apart: a person, or a record that was nobody's yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Of(PersonId),
    New(RecordId),
}

/// Of each cluster of several parts the heaviest pairs that join them, heaviest first: together they reach every part that any
/// pair reaches, and none could be left out.
pub(crate) fn joined(
    memberships: &BTreeMap<RecordId, Membership>,
    clusters: &[BTreeSet<RecordId>],
    edges: &Edges,
) -> Vec<Joined> {
    let part =
        |record: RecordId| memberships.get(&record).map_or(Part::New(record), |membership| Part::Of(membership.person));
    let mut found = Vec::new();
    for cluster in clusters.iter().filter(|cluster| cluster.len() > 1) {
        let first = cluster.first().map(|record| part(*record));
        if cluster.iter().all(|record| Some(part(*record)) == first) {
            continue;
        }
        let mut pairs: Vec<Joined> = cluster
            .iter()
            .flat_map(|record| edges.range((*record, RecordId([0; 16]))..=(*record, RecordId([255; 16]))))
            .filter(|((left, right), edge)| left < right && edge.holds() && cluster.contains(right))
            .filter_map(|((left, right), edge)| match edge {
                Edge::Weighed(weight) => Some(Joined { left: *left, right: *right, weight: *weight }),
                Edge::Follows | Edge::Leads => None,
            })
            .filter(|pair| part(pair.left) != part(pair.right))
            .collect();
        pairs.sort_unstable_by(|one, other| other.weight.cmp(&one.weight).then(one.cmp(other)));
        let mut leads: BTreeMap<Part, Part> = BTreeMap::new();
        for pair in pairs {
            let (left, right) = (root(&leads, part(pair.left)), root(&leads, part(pair.right)));
            if left != right {
                leads.insert(left.max(right), left.min(right));
                found.push(pair);
            }
        }
    }
    found
}

fn root(leads: &BTreeMap<Part, Part>, mut part: Part) -> Part {
    while let Some(next) = leads.get(&part) {
        part = *next;
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: u8) -> RecordId {
        RecordId([number; 16])
    }

    #[test]
    fn the_heaviest_pairs_that_reach_every_part_are_named() {
        let person = |number: u8| Membership { person: PersonId([number; 16]), version: 1 };
        let memberships = BTreeMap::from([(record(1), person(1)), (record(2), person(1)), (record(3), person(3))]);
        let mut edges = Edges::new();
        for (left, right, weight) in
            [(1, 2, 9_000), (1, 3, 2_000), (2, 3, 3_000), (3, 4, 1_000), (1, 4, 900), (5, 6, 500)]
        {
            edges.insert((record(left), record(right)), Edge::Weighed(weight));
            edges.insert((record(right), record(left)), Edge::Weighed(weight));
        }
        edges.insert((record(7), record(1)), Edge::Follows);
        edges.insert((record(1), record(7)), Edge::Leads);
        let set = |numbers: &[u8]| numbers.iter().map(|number| record(*number)).collect::<BTreeSet<_>>();
        let clusters = [set(&[1, 2, 3, 4, 7]), set(&[5]), set(&[6])];
        let pair = |left, right, weight| Joined { left: record(left), right: record(right), weight };
        assert_eq!(joined(&memberships, &clusters, &edges), [pair(2, 3, 3_000), pair(3, 4, 1_000)]);
        assert_eq!(joined(&memberships, &[set(&[1, 2])], &edges), [], "they were together");
    }
}
