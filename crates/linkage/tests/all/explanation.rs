//! Every weight is the sum of its steps.

use super::datasets::Set;
use tenure_linkage::{Options, dedupe, model::Scorer};

#[test]
fn steps_add_up_to_the_weight() {
    let Some(set) = Set::read("fake_1000.csv") else { return };
    let records = set.records();
    let linked = dedupe(&records, None, &Default::default(), &Options::default());
    let scorer = Scorer::new(&linked.model, records.table());
    for (left, right, _) in &linked.edges {
        let (left, right) = (*left as usize, *right as usize);
        let weight = scorer.weight(left, right, records.table().compare(left, right));
        let steps: f64 = scorer.explain(left, right).iter().map(|step| step.bits).sum();
        assert!((weight - steps).abs() < 1e-9, "{weight} is not {steps}");
    }
}
