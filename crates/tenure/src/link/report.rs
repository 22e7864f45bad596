//! What was found, for a person or as JSON.

use std::fmt::Write as _;

use serde::Serialize;
use tenure_linkage::{
    Linked, Options, Records,
    cluster::Alarm,
    metrics::{Metrics, measure},
};

/// What was found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) records: usize,
    pub(crate) candidates: usize,
    pub(crate) clusters: usize,
    pub(crate) largest: usize,
    /// Pairs in two clusters that might be one all the same.
    pub(crate) to_review: usize,
    /// Clusters of more records than a person should have.
    pub(crate) large: usize,
    /// Sets of records that hang together in such numbers that they were parted at stronger pairs.
    pub(crate) tangles: usize,
    /// Pairs that alone hold two parts of a cluster together.
    pub(crate) bridges: usize,
    pub(crate) keys: Vec<KeyReport>,
    /// Labels that the model learned from.
    pub(crate) labels: usize,
    #[serde(flatten)]
    pub(crate) against_truth: Option<AgainstTruth>,
}

/// What a key found.
#[derive(Debug, Serialize)]
pub(crate) struct KeyReport {
    key: String,
    cap: usize,
    records: usize,
    pairs: usize,
    too_general: usize,
}

/// How good it is.
#[derive(Debug, Serialize)]
pub(crate) struct AgainstTruth {
    #[serde(flatten)]
    pub(crate) metrics: Metrics,
    /// The part of the true pairs that was looked at.
    pub(crate) blocking_ceiling: Option<f64>,
}

impl Report {
    pub(crate) fn of(records: &Records, linked: &Linked, options: &Options, truth: Option<&[u32]>) -> Self {
        let sizes = measure(&linked.clusters, &linked.clusters);
        let alarms = |of: fn(&&Alarm) -> bool| linked.alarms.iter().filter(of).count();
        let keys = options.keys.iter().zip(linked.blocks.coverage()).filter(|(_, coverage)| coverage.records > 0);
        let key =
            |(key, coverage): (&tenure_linkage::blocking::Key, &tenure_linkage::blocking::KeyCoverage)| KeyReport {
                key: key.to_string(),
                cap: key.cap,
                records: coverage.records,
                pairs: coverage.pairs,
                too_general: coverage.too_general,
            };
        Self {
            records: records.len(),
            candidates: linked.candidates,
            clusters: sizes.clusters,
            largest: sizes.largest,
            to_review: linked.review(&options.clustering).len(),
            large: alarms(|alarm| matches!(alarm, Alarm::Large { .. })),
            tangles: alarms(|alarm| matches!(alarm, Alarm::Tangle { .. })),
            bridges: alarms(|alarm| matches!(alarm, Alarm::Bridge { .. })),
            keys: keys.map(key).collect(),
            labels: linked.model.adjustment.as_ref().map_or(0, |adjustment| adjustment.labels),
            against_truth: truth.map(|truth| AgainstTruth {
                metrics: measure(&linked.clusters, truth),
                blocking_ceiling: Some(ceiling(linked, truth)),
            }),
        }
    }

    /// For a person.
    pub(crate) fn text(&self) -> String {
        let mut out = format!(
            "{} records, {} candidate pairs, {} clusters, the largest of {}\n{} pairs to review, {} bridges, {} clusters that are too large, {} tangles\n",
            self.records,
            self.candidates,
            self.clusters,
            self.largest,
            self.to_review,
            self.bridges,
            self.large,
            self.tangles
        );
        if self.labels > 0 {
            let _ = writeln!(out, "{} labels learned from", self.labels);
        }
        if let Some(truth) = &self.against_truth {
            out.push_str(&truth.text());
        }
        out
    }
}

impl AgainstTruth {
    /// For a person.
    pub(crate) fn text(&self) -> String {
        let Metrics { pairwise, b_cubed, true_pairs, over_merged, .. } = &self.metrics;
        let mut out = String::from("           precision  recall   F1\n");
        for (name, quality) in [("pairwise", pairwise), ("B-cubed", b_cubed)] {
            let _ = writeln!(out, "{name:10} {:.4}     {:.4}   {:.4}", quality.precision, quality.recall, quality.f1);
        }
        let _ = write!(out, "{true_pairs} true pairs, {over_merged} over-merged clusters");
        if let Some(ceiling) = self.blocking_ceiling {
            let _ = write!(out, ", {:.2} % of the true pairs looked at", ceiling * 100.0);
        }
        out.push('\n');
        out
    }
}

/// The part of the true pairs that share a block.
fn ceiling(linked: &Linked, truth: &[u32]) -> f64 {
    let mut order: Vec<(u32, u32)> = truth.iter().enumerate().map(|(record, of)| (*of, record as u32)).collect();
    order.sort_unstable();
    let (mut all, mut covered) = (0_u64, 0_u64);
    for person in order.chunk_by(|left, right| left.0 == right.0) {
        for (at, (_, left)) in person.iter().enumerate() {
            for (_, right) in &person[at + 1..] {
                all += 1;
                covered += u64::from(linked.blocks.covers(*left, *right));
            }
        }
    }
    if all == 0 { 1.0 } else { covered as f64 / all as f64 }
}
