//! Expectation and maximisation on counted patterns, without labels.
//!
//! A latent class model: pairs are the same person or two in one of four ways, and within a class the comparisons are
//! independent. What two different persons have in common is learned among the candidates themselves; members of a
//! household, twins and namesakes have classes of their own, so that they are no evidence for being the same. Beliefs
//! enter as pairs that were already seen, so that small sets keep them and large sets outgrow them.

use super::{LevelsOf, Model, Terms};
use crate::{
    compare::{
        Comparison, Pattern,
        levels::{CLASS_PRIOR, CLASSES, CONTACT, HOUSEHOLD, NAMESAKES, SAME, TWINS, number},
    },
    table::Births,
};

/// How to train.
#[derive(Debug, Clone, Copy)]
pub struct Training {
    /// How many pairs the beliefs about the levels of one class are worth.
    pub belief: f64,
    /// How many pairs the beliefs about the shares of the classes are worth.
    pub share_belief: f64,
    /// Rounds at most.
    pub rounds: usize,
    /// The change of the log-likelihood a pair at which it ends.
    pub tolerance: f64,
}

impl Default for Training {
    fn default() -> Self {
        Self { belief: 50.0, share_belief: 10.0, rounds: 200, tolerance: 1e-8 }
    }
}

pub(super) const COMPARISONS: usize = Comparison::ALL.len();
/// Levels fit four bits.
pub(super) const LEVELS: usize = 16;

pub(super) type Probabilities = [[[f64; LEVELS]; COMPARISONS]; CLASSES];

/// Trains on patterns and how many pairs have each, sorted by pattern, so that sums are the same to the last digit.
/// `records` says how many records the pairs are of: families have only so many twins.
#[must_use]
pub fn train(patterns: &[(Pattern, u64)], records: usize, terms: Terms, births: Births, training: Training) -> Model {
    let prior = prior();
    let shares_before = class_shares(patterns);
    let slack = slack(patterns);
    let mut probabilities = prior;
    let mut classes = shares_before;
    let total: u64 = patterns.iter().map(|(_, count)| count).sum();
    let mut before = f64::NEG_INFINITY;
    for _ in 0..training.rounds {
        let (sums, shares, likelihood) = expect(patterns, &probabilities, &classes);
        maximise(&mut probabilities, &sums, &prior, training.belief);
        let seen: f64 = shares.iter().sum();
        for class in 0..CLASSES {
            let believed = training.share_belief * shares_before[class];
            classes[class] = (shares[class] + believed) / (seen + training.share_belief);
        }
        for (class, pairs) in RARE {
            classes[class] = classes[class].min(pairs * records as f64 / seen.max(1.0));
        }
        bound(&mut probabilities, &slack);
        if (likelihood - before).abs() <= training.tolerance * total as f64 {
            break;
        }
        before = likelihood;
    }
    model(&probabilities, classes, terms, births)
}

pub(super) fn model(probabilities: &Probabilities, classes: [f64; CLASSES], terms: Terms, births: Births) -> Model {
    let levels = Comparison::ALL.into_iter().map(|comparison| {
        let count = comparison.levels().len();
        let of_class = |class: &[[f64; LEVELS]; COMPARISONS]| class[comparison as usize][1..count].to_vec();
        LevelsOf { comparison, probabilities: probabilities.iter().map(of_class).collect() }
    });
    Model {
        version: "1".to_owned(),
        classes,
        levels: levels.collect(),
        terms,
        births,
        contact_cap: 30.0,
        adjustment: None,
    }
}

/// What is believed before any record is seen.
pub(super) fn prior() -> Probabilities {
    let mut prior = [[[1.0; LEVELS]; COMPARISONS]; CLASSES];
    for (class, of_class) in prior.iter_mut().enumerate() {
        for comparison in Comparison::ALL {
            for (level, probability) in comparison.prior(class).into_iter().enumerate() {
                of_class[comparison as usize][level + 1] = probability;
            }
        }
    }
    prior
}

fn expect(
    patterns: &[(Pattern, u64)],
    probabilities: &Probabilities,
    classes: &[f64; CLASSES],
) -> (Box<Probabilities>, [f64; CLASSES], f64) {
    let mut sums: Box<Probabilities> = Box::new([[[0.0; LEVELS]; COMPARISONS]; CLASSES]);
    let mut shares = [0.0; CLASSES];
    let mut likelihood = 0.0;
    for (pattern, count) in patterns {
        let mut joint = *classes;
        for (class, joint) in joint.iter_mut().enumerate() {
            for (comparison, levels) in probabilities[class].iter().enumerate() {
                *joint *= levels[(pattern.0 >> (comparison * 4) & 15) as usize];
            }
        }
        let total: f64 = joint.iter().sum();
        let count = *count as f64;
        likelihood += count * total.ln();
        for (class, joint) in joint.iter().enumerate() {
            let share = count * joint / total;
            shares[class] += share;
            for comparison in 0..COMPARISONS {
                sums[class][comparison][(pattern.0 >> (comparison * 4) & 15) as usize] += share;
            }
        }
    }
    (sums, shares, likelihood)
}

fn maximise(probabilities: &mut Probabilities, sums: &Probabilities, prior: &Probabilities, belief: f64) {
    for class in 0..CLASSES {
        for comparison in Comparison::ALL {
            let at = comparison as usize;
            let count = comparison.levels().len();
            let seen: f64 = sums[class][at][1..count].iter().sum();
            for level in 1..count {
                let share = sums[class][at][level] + belief * prior[class][at][level];
                probabilities[class][at][level] = share / (seen + belief);
            }
        }
    }
}

/// Families that are rare whatever the records look like, and how many pairs of them a record may have.
const RARE: [(usize, f64); 2] = [(TWINS, 0.04), (NAMESAKES, 0.25)];

/// The shares of classes before any pair is seen. Records without a point of contact cannot show a family, and those
/// without a birth can show neither twins nor namesakes, so there are none.
fn class_shares(patterns: &[(Pattern, u64)]) -> [f64; CLASSES] {
    let has = |comparisons: &[Comparison]| {
        patterns.iter().any(|(pattern, _)| comparisons.iter().any(|one| pattern.level(*one) > 0))
    };
    let mut shares = CLASS_PRIOR;
    if !has(&[Comparison::Birth]) {
        shares[TWINS..].fill(0.0);
    }
    if !has(&CONTACT) {
        shares[HOUSEHOLD..].fill(0.0);
    }
    let total: f64 = shares.iter().sum();
    shares.map(|share| share / total)
}

/// By comparison and level, how often pairs that share a national number are at that level: such pairs are one person
/// without doubt, so the bounds of that class must leave room for what they show.
fn slack(patterns: &[(Pattern, u64)]) -> [[f64; LEVELS]; COMPARISONS] {
    let mut slack = [[0.0; LEVELS]; COMPARISONS];
    for (pattern, count) in patterns {
        if pattern.level(Comparison::NationalId) == usize::from(number::EXACT) {
            for (comparison, levels) in slack.iter_mut().enumerate() {
                levels[(pattern.0 >> (comparison * 4) & 15) as usize] += *count as f64;
            }
        }
    }
    for levels in &mut slack {
        let seen: f64 = levels[1..].iter().sum::<f64>();
        levels.iter_mut().for_each(|level| *level /= seen + CERTAIN);
    }
    slack
}

/// How many pairs without doubt it takes before they move a bound by half of what they show.
const CERTAIN: f64 = 50.0;

/// Keeps every class what it is called.
pub(super) fn bound(probabilities: &mut Probabilities, slack: &[[f64; LEVELS]; COMPARISONS]) {
    for (class, of_class) in probabilities.iter_mut().enumerate() {
        for comparison in Comparison::ALL {
            let room = if class == SAME { slack[comparison as usize] } else { [0.0; LEVELS] };
            let bounds = comparison.bounds(class);
            if !bounds.is_empty() {
                keep_below(&mut of_class[comparison as usize][1..comparison.levels().len()], bounds, &room[1..]);
            }
        }
    }
}

/// Cuts levels to their bounds and gives what is cut to the others, in proportion.
fn keep_below(levels: &mut [f64], bounds: &[(u8, f64)], room: &[f64]) {
    let bound = |level: usize| {
        bounds.iter().find(|(of, _)| usize::from(*of) == level + 1).map(|(_, most)| most.max(room[level]))
    };
    let (mut fixed, mut free) = (0.0, 0.0);
    for (level, probability) in levels.iter().enumerate() {
        match bound(level).filter(|most| probability > most) {
            Some(most) => fixed += most,
            None => free += probability,
        }
    }
    for (level, probability) in levels.iter_mut().enumerate() {
        match bound(level).filter(|most| *probability > *most) {
            Some(most) => *probability = most,
            None => *probability *= (1.0 - fixed) / free,
        }
    }
}
