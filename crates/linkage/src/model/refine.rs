//! What labels add to a model that was trained without them.

use super::{Adjustment, Model, Scorer, solve::solve};
use crate::{compare::Comparison, judge::Judge, labels::Label, table::Table};

/// How far labels may move things before they must be many: standard deviations of what is believed, in bits; the last for
/// the slope.
const INTERCEPT: f64 = 1.0;
const LEVEL: f64 = 0.5;
const SLOPE: f64 = 0.3;
/// Rounds of Newton's method.
const ROUNDS: usize = 30;
/// A weight beyond this teaches nothing more, in bits.
const MOST: f64 = 20.0;

const LEVELS: usize = 16;
const WIDTH: usize = 2 + Comparison::ALL.len() * LEVELS;

/// Corrects the weights of a model by labels: logistic regression on the weight, with one correction for each level of each
/// comparison, all believed to be none. Since the labels are judged given what the pairs look like, it does not matter that
/// doubtful pairs are judged more often. Labels are taken in the order of their records. Without labels nothing changes.
#[must_use]
pub fn refine(model: &Model, table: &Table, labels: &[Label]) -> Model {
    let mut plain = model.clone();
    plain.adjustment = None;
    let scorer = Scorer::new(plain.clone());
    let judge = Judge::new(&scorer, table);
    let mut ordered: Vec<Label> = labels
        .iter()
        .map(|label| Label { left: label.left.min(label.right), right: label.left.max(label.right), ..*label })
        .collect();
    ordered.sort_unstable();
    ordered.dedup();
    let seen: Vec<Seen> = ordered
        .iter()
        .map(|label| {
            let pattern = judge.compare(label.left as usize, label.right as usize);
            let weight = judge.weight(label.left as usize, label.right as usize, pattern).clamp(-MOST, MOST);
            let features = Comparison::ALL
                .into_iter()
                .filter(|comparison| pattern.level(*comparison) > 0)
                .map(|comparison| 2 + comparison as usize * LEVELS + pattern.level(comparison));
            Seen { weight, features: features.collect(), is_match: label.is_match }
        })
        .collect();
    let mut refined = plain.clone();
    if !seen.is_empty() {
        let fitted = fit(&seen);
        let of = |comparison: &Comparison| {
            let from = 2 + *comparison as usize * LEVELS;
            fitted[from..from + comparison.levels().len()].to_vec()
        };
        refined.adjustment = Some(Adjustment {
            intercept: fitted[0],
            slope: 1.0 + fitted[1],
            levels: Comparison::ALL.iter().map(of).collect(),
            labels: seen.len(),
        });
    }
    refined
}

struct Seen {
    weight: f64,
    features: Vec<usize>,
    is_match: bool,
}

/// The corrections that are most likely, given what is believed of them.
fn fit(seen: &[Seen]) -> Vec<f64> {
    let belief = |at: usize| match at {
        0 => INTERCEPT,
        1 => SLOPE,
        _ => LEVEL,
    };
    // Only what occurs is fitted.
    let mut used: Vec<usize> = seen.iter().flat_map(|one| one.features.iter().copied()).chain([0, 1]).collect();
    used.sort_unstable();
    used.dedup();
    let place = |feature: usize| used.binary_search(&feature).unwrap_or(0);
    let rows: Vec<Vec<(usize, f64)>> = seen
        .iter()
        .map(|one| {
            let levels = one.features.iter().map(|feature| (place(*feature), 1.0));
            [(place(0), 1.0), (place(1), one.weight)].into_iter().chain(levels).collect()
        })
        .collect();
    let mut found = vec![0.0; used.len()];
    for _ in 0..ROUNDS {
        let mut gradient: Vec<f64> = used.iter().zip(&found).map(|(at, value)| -value / belief(*at).powi(2)).collect();
        let mut curvature = vec![vec![0.0; used.len()]; used.len()];
        for (at, row) in curvature.iter_mut().enumerate() {
            row[at] = 1.0 / belief(used[at]).powi(2);
        }
        for (one, row) in seen.iter().zip(&rows) {
            let bits = one.weight + row.iter().map(|(at, value)| found[*at] * value).sum::<f64>();
            let probability = 1.0 / (1.0 + (-bits).exp2());
            let error = (f64::from(u8::from(one.is_match)) - probability) * std::f64::consts::LN_2;
            let spread = probability * (1.0 - probability) * std::f64::consts::LN_2.powi(2);
            for (at, value) in row {
                gradient[*at] += error * value;
                for (to, other) in row {
                    curvature[*at][*to] += spread * value * other;
                }
            }
        }
        let step = solve(curvature, gradient);
        found.iter_mut().zip(&step).for_each(|(value, step)| *value += step);
        if step.iter().all(|step| step.abs() < 1e-9) {
            break;
        }
    }
    let mut all = vec![0.0; WIDTH];
    used.iter().zip(found).for_each(|(at, value)| all[*at] = value);
    all
}
