//! What labels add, and that weights then mean what they say.

use super::datasets::Set;
use tenure_linkage::{
    Linked, Options, Records, dedupe,
    labels::{Label, choose},
    metrics::measure,
    model::{Model, probability, refine},
};

struct Judged {
    records: Records,
    truth: Vec<u32>,
    first: Linked,
}

impl Judged {
    fn of(name: &str) -> Option<Self> {
        let set = Set::read(name)?;
        let records = set.records();
        let truth = set.truth(&records);
        let first = dedupe(&records, None, &Default::default(), &Options::default());
        Some(Self { records, truth, first })
    }

    fn same(&self, left: u32, right: u32) -> bool {
        self.truth[left as usize] == self.truth[right as usize]
    }

    fn labels(&self, count: usize, seed: u64) -> Vec<Label> {
        let chosen = choose(&self.records, &self.first.edges, count, seed);
        chosen.iter().map(|edge| Label { left: edge.0, right: edge.1, is_match: self.same(edge.0, edge.1) }).collect()
    }

    fn taught(&self, labels: &[Label]) -> (Model, Linked) {
        let model = refine(&self.first.model, self.records.table(), labels);
        let linked = dedupe(&self.records, Some(&model), &Default::default(), &Options::default());
        (model, linked)
    }
}

#[test]
fn five_hundred_chosen_pairs_are_enough() {
    let Some(judged) = Judged::of("nl_synth_20000.csv") else { return };
    let f1 = |seed: u64| measure(&judged.taught(&judged.labels(500, seed)).1.clusters, &judged.truth).pairwise.f1;
    let mut draws: Vec<f64> = (0..5).map(f1).collect();
    draws.sort_by(f64::total_cmp);
    println!("five draws: {draws:?}");
    assert!(draws[2] >= 0.985, "{draws:?}");
}

#[test]
fn weights_mean_what_they_say_on_pairs_that_nobody_judged() {
    let Some(judged) = Judged::of("nl_synth_20000.csv") else { return };
    let mut labels = judged.labels(10_000, 1);
    labels.sort_unstable();
    let (_, linked) = judged.taught(&labels);
    let unseen = |edge: &&(u32, u32, f32)| {
        labels.binary_search_by(|label| (label.left, label.right).cmp(&(edge.0, edge.1))).is_err()
    };
    let mut pairs: Vec<(f64, bool)> = linked
        .edges
        .iter()
        .filter(unseen)
        .map(|edge| (probability(edge.2.into()), judged.same(edge.0, edge.1)))
        .collect();
    pairs.sort_by(|left, right| left.0.total_cmp(&right.0));
    let count = pairs.len();
    for decile in 0..10 {
        let part = &pairs[decile * count / 10..(decile + 1) * count / 10];
        let expected: f64 = part.iter().map(|(probability, _)| probability).sum();
        let spread: f64 = part.iter().map(|(probability, _)| probability * (1.0 - probability)).sum();
        let seen = part.iter().filter(|(_, same)| *same).count() as f64;
        println!("{decile}: {} pairs, {expected:.1} expected, {seen} seen", part.len());
        // 99.9 % of a binomial count, and one pair for the tails that a normal curve lacks.
        assert!(
            (seen - expected).abs() <= 3.29 * spread.sqrt() + 1.0,
            "decile {decile}: {seen} seen, {expected} expected"
        );
    }
}

#[test]
fn the_same_labels_in_any_order_teach_the_same() {
    let Some(judged) = Judged::of("fake_1000.csv") else { return };
    let mut labels = judged.labels(100, 3);
    let (first, _) = judged.taught(&labels);
    labels.reverse();
    labels.iter_mut().for_each(|label| std::mem::swap(&mut label.left, &mut label.right));
    assert_eq!(judged.taught(&labels).0, first);
    assert_eq!(judged.taught(&[]).0.adjustment, None, "no labels, no change");
    let kept: Model = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
    assert_eq!(kept, first, "what is kept is what was learned");
    assert_eq!(kept.check(), Ok(()));
}
