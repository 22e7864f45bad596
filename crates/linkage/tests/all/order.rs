//! The same to the last digit, whatever the order of the rows, the columns and the number of threads.

use super::datasets::Set;
use std::collections::BTreeMap;
use tenure_linkage::{Linked, Options, Records, dedupe};

/// A small generator of numbers, so that orders can be had again.
struct Shuffle(u64);

impl Shuffle {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % bound as u64) as usize
    }

    fn apply<T>(&mut self, values: &mut [T]) {
        for at in (1..values.len()).rev() {
            values.swap(at, self.below(at + 1));
        }
    }
}

/// Everything that must not change, with weights as bits.
fn whole(records: &Records, linked: &Linked) -> (Vec<String>, Vec<(String, String, u32)>, String) {
    let name = |record: u32| records.id(record as usize).to_owned();
    let clusters = linked.clusters.iter().map(|cluster| name(*cluster)).collect();
    let edges = linked.edges.iter().map(|edge| (name(edge.0), name(edge.1), edge.2.to_bits())).collect();
    (clusters, edges, serde_json::to_string(&linked.model).unwrap())
}

fn same_in_every_order(set: &mut Set, orders: u64) {
    let linked = |set: &Set, threads: usize| {
        let records = set.records();
        let linked = dedupe(&records, None, &Default::default(), &Options { threads, ..Options::default() });
        whole(&records, &linked)
    };
    let first = linked(set, 1);
    for seed in 0..orders {
        Shuffle(seed).apply(&mut set.rows);
        assert!(linked(set, 1 + seed as usize % 3) == first, "order {seed} differs");
    }
}

/// The clusters as sets of what their records say, ids left out: sorted, so that they can be compared.
fn said(set: &Set) -> Vec<Vec<Vec<String>>> {
    let id = set.column("rec_id");
    let records = set.records();
    let linked = dedupe(&records, None, &Default::default(), &Options::default());
    let mut clusters = BTreeMap::<u32, Vec<Vec<String>>>::new();
    for (record, cluster) in linked.clusters.iter().enumerate() {
        let mut row = set.rows[records.came(record)].clone();
        row[id].clear();
        clusters.entry(*cluster).or_default().push(row);
    }
    clusters.values_mut().for_each(|cluster| cluster.sort());
    let mut clusters: Vec<_> = clusters.into_values().collect();
    clusters.sort();
    clusters
}

/// The same records under other ids, which sort in another order.
fn same_under_other_ids(set: &mut Set, draws: u64) {
    let id = set.column("rec_id");
    let first = said(set);
    for seed in 0..draws {
        let mut names: Vec<String> = (0..set.rows.len()).map(|at| format!("{at:08}")).collect();
        Shuffle(seed).apply(&mut names);
        set.rows.iter_mut().zip(names).for_each(|(row, name)| row[id] = name);
        assert!(said(set) == first, "ids of draw {seed} give other clusters");
    }
}

#[test]
fn other_ids_give_the_same_clusters() {
    if let Some(mut set) = Set::read("fake_1000.csv") {
        same_under_other_ids(&mut set, 10);
    }
    if let Some(mut set) = Set::read("nl_synth_20000.csv") {
        set.rows.truncate(4_000);
        same_under_other_ids(&mut set, 5);
    }
    same_under_other_ids(&mut made_up(), 40);
}

#[test]
fn twenty_orders_of_a_public_set() {
    if let Some(mut set) = Set::read("fake_1000.csv") {
        same_in_every_order(&mut set, 20);
    }
}

#[test]
fn orders_of_customers_with_households() {
    if let Some(mut set) = Set::read("nl_synth_20000.csv") {
        set.rows.truncate(4_000);
        same_in_every_order(&mut set, 5);
    }
}

/// Records of few names, so that many weights are equal.
fn made_up() -> Set {
    let names = ["Jan", "Johannes", "Piet", "Els", "J."];
    let surnames = ["de Vries", "Jansen", "Janssen", "Vries"];
    let mut random = Shuffle(7);
    let mut row = |at: usize| {
        let mut of = |list: &[&str]| list[random.below(list.len())].to_owned();
        let (given, surname) = (of(&names), of(&surnames));
        let born = format!("19{}0-0{}-11", 4 + at % 3, 1 + at % 5);
        vec![format!("r{at}"), String::new(), given, surname, born, format!("06123456{}0", at % 9)]
    };
    let rows: Vec<Vec<String>> = (0..300).map(&mut row).collect();
    let headers = ["rec_id", "ent_id", "first_name", "surname", "dob", "phone"].map(str::to_owned).to_vec();
    Set::of(headers, rows)
}

#[test]
fn orders_of_made_up_records() {
    same_in_every_order(&mut made_up(), 20);
}
