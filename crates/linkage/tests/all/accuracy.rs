//! How good the clusters are, with the one configuration that is shipped, without labels.

use super::datasets::Set;
use tenure_linkage::{
    Options, dedupe,
    metrics::{Metrics, measure},
};

fn measured(name: &str) -> Option<Metrics> {
    let set = Set::read(name)?;
    let records = set.records();
    let linked = dedupe(&records, None, &Default::default(), &Options::default());
    let metrics = measure(&linked.clusters, &set.truth(&records));
    println!("{name}: {metrics:?}");
    Some(metrics)
}

fn at_least(name: &str, f1: f64) {
    if let Some(metrics) = measured(name) {
        assert!(metrics.pairwise.f1 >= f1, "{name}: {metrics:?}");
    }
}

#[test]
fn febrl1() {
    at_least("febrl1.csv", 0.998);
}

#[test]
fn febrl2() {
    at_least("febrl2.csv", 0.999);
}

#[test]
fn febrl3() {
    at_least("febrl3.csv", 0.9995);
}

#[test]
fn fake_1000() {
    at_least("fake_1000.csv", 0.93);
}

#[test]
fn german_names() {
    at_least("RLdata500.csv", 0.9);
}

#[test]
fn dutch_customers_with_households_twins_and_namesakes() {
    let Some(metrics) = measured("nl_synth_20000.csv") else { return };
    assert!(metrics.pairwise.f1 >= 0.985, "{metrics:?}");
    assert!(metrics.pairwise.precision >= 0.99, "{metrics:?}");
    assert!(metrics.over_merged <= 40, "{metrics:?}");
}
