//! How good the clusters are, with the one configuration that is shipped, without labels.

use super::datasets::Set;
use tenure_linkage::{
    Model, Options, dedupe,
    metrics::{Metrics, measure},
};

fn measured(name: &str, model: Option<&Model>) -> Option<Metrics> {
    let set = Set::read(name)?;
    let records = set.records();
    let linked = dedupe(&records, model, &Default::default(), &Options::default());
    let metrics = measure(&linked.clusters, &set.truth(&records));
    println!("{name}: {metrics:?}");
    Some(metrics)
}

fn at_least(name: &str, f1: f64) {
    if let Some(metrics) = measured(name, None) {
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
    let Some(metrics) = measured("nl_synth_20000.csv", None) else { return };
    assert!(metrics.pairwise.f1 >= 0.985, "{metrics:?}");
    assert!(metrics.pairwise.precision >= 0.99, "{metrics:?}");
    assert!(metrics.over_merged <= 40, "{metrics:?}");
}

#[test]
fn the_shipped_model_without_any_training() {
    let floors = [
        ("febrl1.csv", 0.991, 1.0),
        ("febrl2.csv", 0.995, 1.0),
        ("febrl3.csv", 0.988, 1.0),
        ("fake_1000.csv", 0.85, 1.0),
        ("RLdata500.csv", 0.97, 1.0),
        ("nl_synth_20000.csv", 0.99, 0.994),
    ];
    for (name, f1, precision) in floors {
        let Some(metrics) = measured(name, Some(&Model::shipped())) else { continue };
        assert!(metrics.pairwise.f1 >= f1 && metrics.pairwise.precision >= precision, "{name}: {metrics:?}");
    }
    assert_eq!(Model::shipped().check(), Ok(()));
}

/// A model that is kept names nobody, and is as good as the one that knows every name.
#[test]
fn a_model_without_rare_names() {
    for (name, loss) in [("nl_synth_20000.csv", 0.002), ("fake_1000.csv", 0.02), ("febrl3.csv", 0.001)] {
        let Some(set) = Set::read(name) else { continue };
        let records = set.records();
        let f1 = |model: Option<&Model>| {
            let linked = dedupe(&records, model, &Default::default(), &Options::default());
            (measure(&linked.clusters, &set.truth(&records)).pairwise.f1, linked.edges, linked.model)
        };
        let (whole, edges, mut model) = f1(None);
        model.terms.forget_rare(5);
        let kept = serde_json::to_string(&model).expect("a model");
        assert_eq!(model.check(), Ok(()));
        assert!(!kept.contains(",1]") && !kept.contains(",4]"), "{name}: no name of one or four");
        let (without, others, _) = f1(Some(&model));
        assert_ne!(edges, others, "{name}: rare names counted");
        println!("{name}: {whole} with all names, {without} without rare ones");
        assert!(without >= whole - loss, "{name}: {whole} with all names, {without} without rare ones");
    }
}
