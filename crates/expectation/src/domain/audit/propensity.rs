//! How likely a survey was to be let through, by what the guard saw, and what the scores come to if every answer stands for those like it
//! who were held. Who does not answer says nothing of either, so that all of it is about answers.

use std::collections::BTreeMap;

use super::{
    Nps, Scale, Scores,
    scores::{count, ratio},
    stratum::Stratum,
};

/// A share that lies below that of all is drawn towards it, as if so many more answers had the share of all: a few say little.
const PRIOR: f64 = 5.0;
/// The least propensity there is: one answer stands for twenty at most.
const FLOOR: f64 = 0.05;

/// The surveys of a stratum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layer {
    /// Which.
    pub stratum: Stratum,
    /// All that were sent.
    pub all: Scores,
    /// Those that might go out.
    pub let_through: Scores,
    /// How likely a survey of it was to be let through, above 0, up to 1; none: no answer of it was, and nobody knows what those who were held
    /// would have said.
    pub propensity: Option<f64>,
}

/// What scores come to if each answer that was let through stands for one divided by its propensity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighted {
    /// The mean answer.
    pub mean: f64,
    /// The net promoter score, if that is what was asked. Its interval takes the propensities as given.
    pub nps: Option<Nps>,
    /// So many answers of equal weight would say as much (Kish).
    pub effective_answers: f64,
    /// The share of all answers that are of strata with a propensity, and that it speaks for.
    pub covered: f64,
}

/// The strata that there are, in their order. Told of each survey: its stratum, whether it was let through, and the answer.
pub(super) fn layers(surveys: impl Iterator<Item = (Stratum, bool, Option<i32>)>, scale: Scale) -> Vec<Layer> {
    let mut strata: BTreeMap<Stratum, (Scores, Scores)> = BTreeMap::new();
    for (stratum, is_through, score) in surveys {
        let (all, let_through) = strata.entry(stratum).or_default();
        all.add(score, scale);
        if is_through {
            let_through.add(score, scale);
        }
    }
    let layer = |(stratum, (all, let_through))| Layer { stratum, all, let_through, propensity: None };
    estimated(strata.into_iter().map(layer).collect())
}

/// Layers with their propensities: the share of the answers that were let through, but no less than what few answers allow to say.
pub(super) fn estimated(mut layers: Vec<Layer>) -> Vec<Layer> {
    let known = || layers.iter().filter(|layer| layer.let_through.answered > 0);
    let whole: u64 = known().map(|layer| layer.all.answered).sum();
    let Some(of_all) = ratio(known().map(|layer| count(layer.let_through.answered)).sum(), whole) else {
        return layers;
    };
    for layer in layers.iter_mut().filter(|layer| layer.let_through.answered > 0) {
        let (through, answers) = (float(layer.let_through.answered), float(layer.all.answered));
        let drawn = (through + PRIOR * of_all) / (answers + PRIOR);
        layer.propensity = Some((through / answers).max(drawn).max(FLOOR));
    }
    layers
}

impl Weighted {
    /// Of strata with their propensities; none if no answer was let through.
    pub(super) fn of(layers: &[Layer], is_nps: bool) -> Option<Self> {
        let weights: Vec<(f64, &Scores)> =
            layers.iter().filter_map(|layer| Some((1.0 / layer.propensity?, &layer.let_through))).collect();
        let total = |of: fn(&Scores) -> i64| weights.iter().map(|(weight, one)| weight * signed(of(one))).sum::<f64>();
        let answers = total(|one| count(one.answered));
        if answers <= 0.0 {
            return None;
        }
        let squares: f64 = weights.iter().map(|(weight, one)| weight * weight * float(one.answered)).sum();
        let effective_answers = answers * answers / squares;
        let (promoters, detractors) = (total(|one| count(one.promoters)), total(|one| count(one.detractors)));
        let nps = is_nps.then(|| Nps::of_shares(promoters / answers, detractors / answers, effective_answers));
        let covered = layers.iter().filter(|layer| layer.propensity.is_some());
        let whole: u64 = layers.iter().map(|layer| layer.all.answered).sum();
        let covered = ratio(covered.map(|layer| count(layer.all.answered)).sum(), whole).unwrap_or_default();
        Some(Self { mean: total(|one| one.sum) / answers, nps, effective_answers, covered })
    }
}

fn float(number: u64) -> f64 {
    signed(count(number))
}

#[expect(clippy::cast_precision_loss, reason = "answers are far fewer than 2^53")]
fn signed(number: i64) -> f64 {
    number as f64
}
