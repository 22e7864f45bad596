//! Every weight is the sum of its steps.

use super::datasets::Set;
use tenure_linkage::{Judge, Options, Scorer, dedupe};

#[test]
fn steps_add_up_to_the_weight() {
    let Some(set) = Set::read("fake_1000.csv") else { return };
    let records = set.records();
    let linked = dedupe(&records, None, &Default::default(), &Options::default());
    let scorer = Scorer::new(linked.model);
    let judge = Judge::new(&scorer, records.table());
    for (left, right, _) in &linked.edges {
        let (left, right) = (*left as usize, *right as usize);
        let steps: f64 = judge.explain(left, right).iter().map(|step| step.bits).sum();
        assert_eq!(judge.said(left, right).bits(), Some(steps), "to the last digit");
    }
}
