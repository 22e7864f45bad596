//! How far exact linking on strong identifiers gets, and how that is scored.

#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use std::collections::HashMap;

use proptest::prelude::*;
use tenure_kernel::identifier::IdentifierKind;
use tenure_proto::collector::v1::Identifier;
use tenure_simulator::{Settings, Simulation, Truth};

type Key = (String, String);

/// A strong identifier's kind, issuer and canonical form.
fn strong(source: &str, identifier: &Identifier) -> Option<(i32, String, String)> {
    let kind = IdentifierKind::from_number(identifier.kind).filter(|kind| kind.is_strong())?;
    let issuer = match identifier.issuer.as_str() {
        _ if !kind.has_issuer() => "",
        "" => source,
        issuer => issuer,
    };
    Some((identifier.kind, issuer.to_owned(), kind.canonical(&identifier.value).unwrap()))
}

fn root(parents: &mut [usize], mut at: usize) -> usize {
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}

/// Links all records that share a strong identifier.
fn link(simulation: &Simulation) -> Vec<Vec<Key>> {
    let mut numbers: HashMap<Key, usize> = HashMap::new();
    let mut parents: Vec<usize> = Vec::new();
    let mut holders = HashMap::new();
    for mut touchpoint in simulation.touchpoints() {
        let subject = touchpoint.subjects.remove(0);
        let next = parents.len();
        let number = *numbers.entry((touchpoint.source.clone(), subject.key)).or_insert(next);
        if number == next {
            parents.push(next);
        }
        for value in subject.identifiers.iter().filter_map(|i| strong(&touchpoint.source, i)) {
            let other = *holders.entry(value).or_insert(number);
            let (a, b) = (root(&mut parents, number), root(&mut parents, other));
            parents[a] = b;
        }
    }
    let mut groups: HashMap<usize, Vec<Key>> = HashMap::new();
    for (key, number) in numbers {
        groups.entry(root(&mut parents, number)).or_default().push(key);
    }
    groups.into_values().collect()
}

#[test]
fn exact_linking_finds_most_but_not_all() {
    let simulation = Simulation::new(&Settings { customers: 20_000, seed: 11, ..Settings::default() }).unwrap();
    let truth = simulation.truth();
    let groups = link(&simulation);
    let result = truth.compare(groups.clone());
    assert_eq!((result.customers, result.unknown), (20_000, 0));
    let share = result.found as f64 / 20_000.0;
    assert!((0.95..0.98).contains(&share), "{result:?}");
    assert!(result.precision > 0.99 && result.recall > 0.93 && result.recall < 0.995, "{result:?}");

    let sharing = truth.totals().sharing_email;
    assert!((0.001..0.004).contains(&(sharing as f64 / 20_000.0)), "{sharing} share an address");
    assert_eq!(result.joined, sharing / 2, "exactly those who share an address are joined");
    for group in groups {
        let mut members: Vec<usize> = group.iter().map(|(s, k)| truth.customer_index(s, k).unwrap()).collect();
        members.sort_unstable();
        members.dedup();
        assert!(members.len() == 1 || members.iter().all(|c| truth.customers()[*c].shares_email));
    }
}

fn truth_of(customers: u32, seed: u64) -> Simulation {
    Simulation::new(&Settings { customers, seed, ..Settings::default() }).unwrap()
}

fn true_groups(truth: &Truth) -> Vec<Vec<Key>> {
    let keys =
        |c: &tenure_simulator::Customer| c.records.iter().map(|r| (r.source.name().into(), r.key.clone())).collect();
    truth.customers().iter().map(keys).collect()
}

#[test]
fn the_truth_itself_scores_full() {
    let simulation = truth_of(300, 1);
    let result = simulation.truth().compare(true_groups(simulation.truth()));
    assert_eq!((result.found, result.groups, result.joined, result.split), (300, 300, 0, 0));
    assert_eq!((result.precision, result.recall, result.f1()), (1.0, 1.0, 1.0));
}

#[test]
fn joining_costs_precision_splitting_costs_recall() {
    let simulation = truth_of(300, 1);
    let truth = simulation.truth();
    let groups = true_groups(truth);

    let one = truth.compare([groups.concat()]);
    assert_eq!((one.found, one.groups, one.joined, one.split, one.recall), (0, 1, 1, 0, 1.0));
    assert!(one.precision < 0.01);

    let alone = truth.compare(groups.concat().into_iter().map(|key| [key]));
    let singles = truth.customers().iter().filter(|c| c.records.len() == 1).count() as u64;
    assert_eq!((alone.found, alone.joined, alone.split), (singles, 0, 300 - singles));
    assert_eq!((alone.precision, alone.recall, alone.f1()), (1.0, 0.0, 0.0));
}

#[test]
fn strangers_and_absentees_are_told() {
    let simulation = truth_of(50, 1);
    let nobody: [[(&str, &str); 1]; 0] = [];
    let result = simulation.truth().compare(nobody);
    assert_eq!((result.found, result.split, result.precision), (0, 50, 1.0));
    let result = simulation.truth().compare([[("crm", "nobody's"), ("no-such-source", "x")]]);
    assert_eq!((result.groups, result.unknown), (0, 2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Against counting all pairs one by one.
    #[test]
    fn scores_are_those_of_counting_pairs(seed in 0..50_u64, labels in prop::collection::vec(0..9_usize, 80)) {
        let simulation = truth_of(30, seed);
        let truth = simulation.truth();
        let keys: Vec<Key> = true_groups(truth).concat();
        let label = |i: usize| labels[i % labels.len()];
        let mut groups = vec![Vec::new(); 9];
        keys.iter().enumerate().for_each(|(i, key)| groups[label(i)].push(key.clone()));
        let result = truth.compare(groups);

        let owner = |i: usize| truth.customer_index(&keys[i].0, &keys[i].1);
        let (mut given, mut same, mut both) = (0.0, 0.0, 0.0);
        for i in 0..keys.len() {
            for j in 0..i {
                let (g, s) = (label(i) == label(j), owner(i) == owner(j));
                given += f64::from(u8::from(g));
                same += f64::from(u8::from(s));
                both += f64::from(u8::from(g && s));
            }
        }
        prop_assert_eq!(result.precision, if given > 0.0 { both / given } else { 1.0 });
        prop_assert_eq!(result.recall, if same > 0.0 { both / same } else { 1.0 });
    }
}
