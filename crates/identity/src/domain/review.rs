//! What a steward should look at: pairs that may be one person, and pairs that alone hold a person together.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId};
use tenure_linkage::{
    cluster::{Alarm, Clustering, alarms},
    model::probability,
};

use super::{
    decision::{Decision, Verdicts},
    edge::{Edge, Edges, bits},
};

/// Why somebody should look. The number is what is stored; 0 is nothing to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// Two persons may be one.
    Pair = 1,
    /// One person may be two: the pair alone joins two parts of it, of two records or more each.
    Bridge = 2,
    /// One person has more records than somebody has as a rule.
    Large = 3,
    /// So many records hang together that they can't be weighed as a whole.
    Tangle = 4,
}

impl Why {
    /// The reason of a number.
    pub(crate) fn from_number(number: i64) -> Option<Self> {
        [Self::Pair, Self::Bridge, Self::Large, Self::Tangle].into_iter().find(|why| *why as i64 == number)
    }
}

/// A pair, the smaller id first.
pub(crate) type Pair = (RecordId, RecordId);

/// Of the weighed pairs those to look at, once steward's decisions are taken in: they had their look.
pub(crate) fn to_review(
    edges: &Edges,
    persons: &BTreeMap<RecordId, PersonId>,
    decisions: &[Decision],
) -> BTreeMap<Pair, Why> {
    let records: BTreeSet<RecordId> = persons.keys().copied().collect();
    let verdicts = Verdicts::new(&records, decisions);
    let bridges = bridges(edges, persons);
    let why = |(left, right): Pair, edge: Edge| {
        let (one, other) = (persons.get(&left)?, persons.get(&right)?);
        if left > right || !matches!(edge, Edge::Weighed(_)) || verdicts.speak_of_both(left, right) {
            return None;
        }
        if one == other { bridges.contains(&(left, right)).then_some(Why::Bridge) } else { Some(Why::Pair) }
    };
    edges.iter().filter_map(|(pair, edge)| Some((*pair, why(*pair, *edge)?))).collect()
}

/// Pairs that alone join two parts of a person.
fn bridges(edges: &Edges, persons: &BTreeMap<RecordId, PersonId>) -> BTreeSet<Pair> {
    let records: Vec<RecordId> = persons.keys().copied().collect();
    let place = |record: &RecordId| records.binary_search(record).ok().and_then(|at| u32::try_from(at).ok());
    let mut first: BTreeMap<PersonId, u32> = BTreeMap::new();
    let clusters: Vec<u32> =
        (0..).zip(persons.values()).map(|(at, person)| *first.entry(*person).or_insert(at)).collect();
    let held = |((left, right), edge): (&Pair, &Edge)| match edge {
        Edge::Weighed(weight) if left < right => Some((place(left)?, place(right)?, bits(*weight) as f32)),
        _ => None,
    };
    let pairs: Vec<(u32, u32, f32)> = edges.iter().filter_map(held).collect();
    let found = alarms(&clusters, &pairs, &Clustering::default()).into_iter();
    let bridge = |alarm| match alarm {
        Alarm::Bridge { left, right, .. } => Some((records[left as usize], records[right as usize])),
        Alarm::Large { .. } | Alarm::Tangle { .. } => None,
    };
    found.filter_map(bridge).collect()
}

/// How much a look matters: the probability that what is so now is wrong, times the records concerned.
pub(crate) fn priority(why: Why, weight: i64, records: i64) -> f64 {
    let same = probability(bits(weight));
    let wrong = match why {
        Why::Pair => same,
        Why::Bridge => 1.0 - same,
        Why::Large | Why::Tangle => 1.0,
    };
    wrong * records as f64
}

/// The part of a person on the one side of a bridge, and the rest.
pub(crate) fn sides(
    (left, right): Pair,
    members: &BTreeSet<RecordId>,
    edges: &Edges,
) -> (BTreeSet<RecordId>, BTreeSet<RecordId>) {
    let mut reached = BTreeSet::from([left]);
    let mut frontier = vec![left];
    while let Some(record) = frontier.pop() {
        let own = edges.range((record, RecordId([0; 16]))..=(record, RecordId([255; 16])));
        for ((_, other), edge) in own {
            let across = (record.min(*other), record.max(*other)) == (left.min(right), left.max(right));
            if edge.holds() && !across && members.contains(other) && reached.insert(*other) {
                frontier.push(*other);
            }
        }
    }
    let rest = members.difference(&reached).copied().collect();
    (reached, rest)
}
