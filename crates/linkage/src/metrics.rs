//! How good clusters are, against a truth.

use std::collections::HashMap;

/// Precision, recall and their harmonic mean.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Quality {
    /// Of what was found the part that is true.
    pub precision: f64,
    /// Of what is true the part that was found.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
}

impl Quality {
    fn of(precision: f64, recall: f64) -> Self {
        let f1 = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
        Self { precision, recall, f1 }
    }

    fn of_counts(both: f64, found: f64, truth: f64) -> Self {
        let part = |of: f64| if of > 0.0 { both / of } else { 1.0 };
        Self::of(part(found), part(truth))
    }
}

/// What is measured of clusters.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Metrics {
    /// Over all pairs of records that are in one cluster, or truly one.
    pub pairwise: Quality,
    /// B-cubed: over records, the mean of their clusters' quality.
    pub b_cubed: Quality,
    /// Pairs that are truly one.
    pub true_pairs: u64,
    /// Clusters of records of more than one truth.
    pub over_merged: usize,
    /// Clusters found.
    pub clusters: usize,
    /// Records in the largest cluster.
    pub largest: usize,
}

/// Measures clusters against the truth, both named by any number for each record.
#[must_use]
pub fn measure(clusters: &[u32], truth: &[u32]) -> Metrics {
    let mut joint: Vec<(u32, u32)> = clusters.iter().copied().zip(truth.iter().copied()).collect();
    joint.sort_unstable();
    let sizes = |names: &[u32]| {
        let mut sizes: HashMap<u32, u64> = HashMap::new();
        names.iter().for_each(|name| *sizes.entry(*name).or_default() += 1);
        sizes
    };
    let (found, real) = (sizes(clusters), sizes(truth));
    let pairs = |size: u64| size * (size - 1) / 2;
    let (mut both, mut precision, mut recall, mut over_merged) = (0, 0.0, 0.0, 0);
    for cluster in joint.chunk_by(|left, right| left.0 == right.0) {
        let size = cluster.len() as f64;
        let mut parts = 0;
        for part in cluster.chunk_by(|left, right| left == right) {
            let common = part.len() as f64;
            both += pairs(part.len() as u64);
            precision += common * common / size;
            recall += common * common / real.get(&part[0].1).map_or(1.0, |size| *size as f64);
            parts += 1;
        }
        over_merged += usize::from(parts > 1);
    }
    let all = |sizes: &HashMap<u32, u64>| sizes.values().map(|size| pairs(*size)).sum::<u64>();
    let records = clusters.len().max(1) as f64;
    Metrics {
        pairwise: Quality::of_counts(both as f64, all(&found) as f64, all(&real) as f64),
        b_cubed: Quality::of(precision / records, recall / records),
        true_pairs: all(&real),
        over_merged,
        clusters: found.len(),
        largest: found.values().max().map_or(0, |size| *size as usize),
    }
}

#[cfg(test)]
mod tests;
