//! Dissonance: how far what customers got is from what they were led to expect, from 0 to 100.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{Timestamp, TouchpointId};

use super::{
    factor::{Factor, factors},
    promise::{Facts, Observed},
    standing::Standing,
    weights::Weights,
};

/// What a score means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Band {
    Calm,
    Watch,
    Concerned,
    Dissonant,
}

impl Band {
    pub(crate) fn of(score: f64) -> Self {
        match score {
            _ if score < 20.0 => Self::Calm,
            _ if score < 40.0 => Self::Watch,
            _ if score < 65.0 => Self::Concerned,
            _ => Self::Dissonant,
        }
    }
}

/// The dissonance on one product, and what it is made of, the worst first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ProductScore {
    /// Empty: what names no product.
    pub(crate) product: String,
    pub(crate) score: f64,
    pub(crate) losses: f64,
    pub(crate) gains: f64,
    pub(crate) factors: Vec<Factor>,
}

/// The dissonance of a person at a moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Assessment {
    pub(crate) at: Timestamp,
    pub(crate) score: f64,
    pub(crate) band: Band,
    pub(crate) products: Vec<ProductScore>,
    /// What happened and nobody had said a word about: expectations to set.
    pub(crate) expectation_missing: Vec<TouchpointId>,
    /// The version of the weights.
    pub(crate) weights: String,
}

/// What of the losses and gains on one product fades by one half-life, as of a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fading {
    /// In days.
    pub(crate) half_life: f64,
    pub(crate) losses: f64,
    pub(crate) gains: f64,
}

/// The score of what has been fading for some days more, by product.
pub(crate) fn faded(products: &[Vec<Fading>], days: f64, weights: &Weights) -> f64 {
    combined(products.iter().map(|sums| {
        let (mut losses, mut gains) = (0.0, 0.0);
        for sum in sums {
            let left = (-days / sum.half_life).exp2();
            losses += sum.losses * left;
            gains += sum.gains * left;
        }
        net(losses, gains, weights)
    }))
}

/// How long ahead a fall of the score is looked for.
const HORIZON_MICROS: i64 = 3_653 * 86_400 * 1_000_000;
const SECOND: i64 = 1_000_000;

pub(crate) fn assess(facts: &Facts, standings: &[Standing], weights: &Weights, now: Timestamp) -> Assessment {
    let mut by_product: BTreeMap<String, Vec<Factor>> = BTreeMap::new();
    for factor in factors(facts, standings, weights, now) {
        by_product.entry(factor.product.clone()).or_default().push(factor);
    }
    let products: Vec<_> =
        by_product.into_iter().map(|(product, factors)| product_score(product, factors, weights, now)).collect();
    let score = combined(products.iter().map(|product| product.score));
    let missing = expectation_missing(facts);
    Assessment {
        at: now,
        score,
        band: Band::of(score),
        products,
        expectation_missing: missing,
        weights: weights.version.clone(),
    }
}

impl Assessment {
    /// When what is settled falls below a limit, if it is not below it now; at most ten years ahead.
    pub(crate) fn falls_below(&self, limit: f64, weights: &Weights) -> Option<Timestamp> {
        if self.settled_at(self.at, weights) < limit {
            return None;
        }
        // Above the limit at the first, below it or at the end of the horizon at the second.
        let (mut above, mut below) = (self.at.0, self.at.0.saturating_add(HORIZON_MICROS));
        while below - above > SECOND {
            let middle = above + (below - above) / 2;
            if self.settled_at(Timestamp(middle), weights) < limit {
                below = middle;
            } else {
                above = middle;
            }
        }
        Some(Timestamp(below))
    }

    /// The score of what is settled, as it will have faded at a moment.
    fn settled_at(&self, at: Timestamp, weights: &Weights) -> f64 {
        combined(self.products.iter().map(|product| {
            let settled = product.factors.iter().filter(|factor| factor.settled_at.is_some());
            score(settled, at, weights).0
        }))
    }
}

/// At least one of independent dissatisfactions.
pub(super) fn combined(scores: impl Iterator<Item = f64>) -> f64 {
    100.0 * (1.0 - scores.map(|score| 1.0 - score / 100.0).product::<f64>())
}

fn product_score(product: String, mut factors: Vec<Factor>, weights: &Weights, now: Timestamp) -> ProductScore {
    let signed = |factor: &Factor| factor.contribution(now, weights) * if factor.is_loss() { -1.0 } else { 1.0 };
    factors.sort_by(|one, other| signed(one).total_cmp(&signed(other)));
    let (score, losses, gains) = score(factors.iter(), now, weights);
    ProductScore { product, score, losses, gains, factors }
}

/// Score, losses and gains.
pub(super) fn score<'a>(
    factors: impl Iterator<Item = &'a Factor>,
    at: Timestamp,
    weights: &Weights,
) -> (f64, f64, f64) {
    let (mut losses, mut gains) = (0.0, 0.0);
    for factor in factors {
        *(if factor.is_loss() { &mut losses } else { &mut gains }) += factor.contribution(at, weights);
    }
    (net(losses, gains, weights), losses, gains)
}

/// The score of losses and gains. Gains make up for a part of the losses only.
fn net(losses: f64, gains: f64, weights: &Weights) -> f64 {
    let net = losses - weights.offset * gains.min(losses);
    100.0 * (1.0 - (-net.max(0.0) / weights.saturation).exp())
}

fn expectation_missing(facts: &Facts) -> Vec<TouchpointId> {
    let promised: BTreeSet<_> =
        facts.promises.iter().map(|promise| promise.matter.subject(&promise.attribute)).collect();
    let unexpected = facts.outcomes.iter().filter(|outcome| {
        outcome.observed != Observed::Failed && !promised.contains(&outcome.matter.subject(&outcome.attribute))
    });
    unexpected.map(|outcome| outcome.touchpoint).collect::<BTreeSet<_>>().into_iter().collect()
}
