//! Clusters of few records with weights that are easy to follow.

use super::{Alarm, Clustering, Decisions, Evidence, SCARCE, alarms, cluster};
use crate::judge::Said;
use std::collections::BTreeMap;

/// Weights by pair, others -10; vetoes; what is scarce; who names nobody, and so is attached or says nothing.
#[derive(Default)]
struct Told {
    weights: BTreeMap<(u32, u32), f64>,
    vetoes: Vec<(u32, u32)>,
    births: BTreeMap<u32, u64>,
    bare: Vec<u32>,
}

impl Evidence for Told {
    fn said(&self, left: u32, right: u32) -> Said {
        let weight = self.weights.get(&(left, right)).copied();
        match self.names(left) && self.names(right) {
            true => Said::Weight(weight.unwrap_or(-10.0)),
            false => weight.map_or(Said::Nothing, Said::Attach),
        }
    }

    fn names(&self, record: u32) -> bool {
        !self.bare.contains(&record)
    }

    fn tie(&self, record: u32) -> u64 {
        record.into()
    }

    fn veto(&self, left: u32, right: u32) -> bool {
        self.vetoes.contains(&(left, right))
    }

    fn scarce(&self, record: u32) -> [u64; SCARCE] {
        [self.births.get(&record).copied().unwrap_or(0), 0]
    }
}

impl Told {
    fn of(weights: &[(u32, u32, f64)]) -> Self {
        Self {
            weights: weights.iter().map(|(left, right, weight)| ((*left, *right), *weight)).collect(),
            ..Self::default()
        }
    }

    fn edges(&self) -> Vec<(u32, u32, f32)> {
        self.weights.iter().map(|((left, right), weight)| (*left, *right, *weight as f32)).collect()
    }

    fn cluster(&self, count: usize, decisions: &Decisions) -> Vec<u32> {
        cluster(count, &self.edges(), decisions, &Clustering::default(), self)
    }
}

#[test]
fn a_chain_is_not_a_person() {
    let chain = Told::of(&[(0, 1, 8.0), (1, 2, 3.0), (2, 3, 8.0)]);
    assert_eq!(chain.cluster(4, &Decisions::default()), [0, 0, 2, 2]);
}

#[test]
fn three_ways_between_two_parts_are_enough() {
    let dense = Told::of(&[(0, 1, 8.0), (1, 2, 3.0), (0, 2, 3.0), (1, 3, -1.0), (0, 3, 2.0), (2, 3, 8.0)]);
    assert_eq!(dense.cluster(4, &Decisions::default()), [0; 4]);
}

#[test]
fn a_veto_parts_what_all_else_joins() {
    let mut told = Told::of(&[(0, 1, 9.0), (1, 2, 9.0), (0, 2, 9.0)]);
    told.vetoes.push((0, 2));
    assert_eq!(told.cluster(3, &Decisions::default()), [0, 0, 2]);
}

#[test]
fn decisions_join_and_part_and_parting_wins() {
    let told = Told::of(&[(0, 1, 6.0)]);
    let decided = Decisions::new([(2, 1)], []);
    assert_eq!(told.cluster(3, &decided), [0, 0, 0], "a merge moves nobody else, but takes the whole cluster along");
    let decided = Decisions::new([(0, 1)], [(1, 0)]);
    assert_eq!(told.cluster(3, &decided), [0, 1, 2]);
    // What stands against a merge may be in the same clusters only.
    let decided = Decisions::new([(1, 2)], [(0, 2)]);
    assert_eq!(told.cluster(3, &decided), [0, 0, 2]);
}

#[test]
fn what_a_split_leaves_together_stays_together() {
    // A star: without its middle the others have nothing in common.
    let mut star = Told::of(&[(0, 1, 9.0), (0, 2, 9.0), (1, 2, 2.0)]);
    let apart = Decisions::new([], [(0, 1), (0, 2)]);
    assert_eq!(star.cluster(3, &apart), [0, 1, 1]);
    star.weights.remove(&(1, 2));
    assert_eq!(star.cluster(3, &apart), [0, 1, 2]);
    assert_eq!(star.cluster(3, &apart.clone().holding([(1, 2)])), [0, 1, 1]);
    // Nothing parts them then, and no decision that keeps them apart gives way to it.
    star.vetoes.push((1, 2));
    assert_eq!(star.cluster(3, &apart.holding([(1, 2)])), [0, 1, 1]);
    let contradicted = Decisions::new([], [(0, 1), (0, 2), (1, 2)]).holding([(1, 2)]);
    assert_eq!(star.cluster(3, &contradicted), [0, 1, 2]);
}

#[test]
fn a_person_has_few_dates_of_birth() {
    let records = 0..12_u32;
    let pairs: Vec<_> = records.clone().flat_map(|left| (left + 1..12).map(move |right| (left, right, 9.0))).collect();
    let mut told = Told::of(&pairs);
    told.births = records.map(|record| (record, u64::from(record) + 1)).collect();
    let clusters = told.cluster(12, &Decisions::default());
    let largest = clusters.iter().map(|of| clusters.iter().filter(|one| *one == of).count()).max();
    assert_eq!(largest, Some(Clustering::default().scarce[0]));
}

#[test]
fn a_large_component_is_parted_at_stronger_pairs() {
    // Groups of ten, held together by strong pairs, one weak pair from each to the next.
    let mut pairs = Vec::new();
    for group in 0..100_u32 {
        let first = group * 10;
        pairs.extend((first..first + 10).flat_map(|left| (left + 1..first + 10).map(move |right| (left, right, 9.0))));
        if group > 0 {
            pairs.push((first - 1, first, 0.5));
        }
    }
    let clusters = Told::of(&pairs).cluster(1_000, &Decisions::default());
    assert!(clusters.iter().enumerate().all(|(record, of)| *of == record as u32 / 10 * 10));
}

#[test]
fn bridges_and_size_raise_alarms() {
    let edges = [(0, 1, 5.0), (1, 2, 5.0), (0, 2, 5.0), (2, 3, 5.0), (3, 4, 5.0), (4, 5, 5.0), (3, 5, 5.0)];
    let found = alarms(&[0; 6], &edges, &Clustering { alarm: 5, ..Clustering::default() });
    assert_eq!(found, [Alarm::Large { cluster: 0, records: 6 }, Alarm::Bridge { cluster: 0, left: 2, right: 3 }]);
    assert_eq!(
        alarms(&[0; 3], &[(0, 1, 5.0), (1, 2, 5.0)], &Clustering::default()),
        [],
        "a part of one record is no part"
    );
}

#[test]
fn thousands_that_hang_together_are_bounded_work_and_an_alarm() {
    // Two thousand records in a ring, each like the next twenty.
    let pairs: Vec<_> = (0..2_000_u32)
        .flat_map(|left| (1..=20).map(move |step| (left, (left + step) % 2_000)))
        .map(|(left, right)| (left.min(right), left.max(right), 3.0 + f64::from((left * 7 + right) % 5)))
        .collect();
    let told = Told::of(&pairs);
    let clusters = told.cluster(2_000, &Decisions::default());
    let size = |of: u32| clusters.iter().filter(|one| **one == of).count();
    assert!(clusters.iter().all(|of| size(*of) <= Clustering::default().largest));
    let alarms = alarms(&clusters, &told.edges(), &Clustering::default());
    assert_eq!(alarms.first(), Some(&Alarm::Tangle { first: 0, records: 2_000 }));
}

#[test]
fn who_names_nobody_joins_one_of_two_and_does_not_join_them() {
    // A household of two who share an address; three records of that address alone.
    let mut told = Told::of(&[(0, 1, -3.0)]);
    told.bare = vec![2, 3, 4];
    for bare in [2, 3, 4] {
        (0..bare).for_each(|other| {
            told.weights.insert((other, bare), 9.0);
        });
    }
    assert_eq!(told.cluster(5, &Decisions::default()), [0, 1, 0, 0, 0]);
    // Nor do they part two records that are one person, and what they do not share with one of these says nothing.
    told.weights.insert((0, 1), 0.5);
    told.weights.retain(|(left, right), _| *left != 1 || *right == 2);
    assert_eq!(told.cluster(5, &Decisions::default()), [0; 5]);
}
