//! From a pattern to a weight, and to the steps that explain it.

use super::{
    Adjustment, Model,
    terms::{self, KINDS},
};
use crate::{
    compare::{
        Comparison, Pattern,
        levels::{CLASSES, CONTACT, SAME, address, by_chance, given, surname, text},
    },
    table::Table,
};

/// One step of the waterfall from the prior to the weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What was compared; `None` for the start, and for the cap on contact evidence.
    pub comparison: Option<Comparison>,
    /// What was found, in words.
    pub level: &'static str,
    /// How many bits it adds.
    pub bits: f64,
}

/// A model ready to weigh the pairs of one table.
#[derive(Debug)]
pub struct Scorer<'a> {
    model: &'a Model,
    table: &'a Table,
    /// Logarithms to base 2, by class, comparison and level.
    bits: Vec<[[f64; 16]; Comparison::ALL.len()]>,
    surprise: [Vec<f32>; KINDS],
}

/// Which exact level of which comparison frequency adjusts.
const ADJUSTED: [(Comparison, u8, usize); KINDS] = [
    (Comparison::Given, given::EXACT, terms::GIVEN),
    (Comparison::Surname, surname::EXACT, terms::SURNAME),
    (Comparison::Address, address::PLACE, terms::PLACE),
    (Comparison::Text1, text::EXACT, terms::TEXT),
];

impl<'a> Scorer<'a> {
    /// Prepares a model for a table.
    #[must_use]
    pub fn new(model: &'a Model, table: &'a Table) -> Self {
        let mut bits = vec![[[0.0; 16]; Comparison::ALL.len()]; CLASSES];
        for of in &model.levels {
            for (class, levels) in of.probabilities.iter().enumerate().take(CLASSES) {
                for (level, probability) in levels.iter().enumerate().take(15) {
                    bits[class][of.comparison as usize][level + 1] = probability.max(1e-9).log2();
                }
            }
        }
        let surprise = std::array::from_fn(|kind| model.terms.surprise(table, kind));
        Self { model, table, bits, surprise }
    }

    /// The weight of a pair whose pattern is known.
    #[must_use]
    pub fn weight(&self, left: usize, right: usize, pattern: Pattern) -> f64 {
        let plain = self.plain(left, right, pattern);
        self.model.adjustment.as_ref().map_or(plain, |adjustment| {
            let levels = Comparison::ALL.into_iter().map(|comparison| adjusted(adjustment, comparison, pattern));
            adjustment.intercept + adjustment.slope * plain + levels.sum::<f64>()
        })
    }

    /// The weight before labels corrected it.
    fn plain(&self, left: usize, right: usize, pattern: Pattern) -> f64 {
        let classes = self.classes(pattern);
        let rarity = self.rarity(left, pattern, right);
        let full = odds(&classes, rarity);
        let without = CONTACT.iter().fold(pattern, |pattern, one| Pattern(pattern.0 & !(15 << (*one as u64 * 4))));
        if without == pattern {
            return full;
        }
        let base = odds(&self.classes(without), self.rarity(left, without, right));
        full.min(base + self.model.contact_cap)
    }

    /// What each class says of a pattern: logarithms of its share and of the probability of the pattern in it.
    fn classes(&self, pattern: Pattern) -> [f64; CLASSES] {
        let mut sums = self.model.classes.map(f64::log2);
        for (class, sum) in sums.iter_mut().enumerate() {
            for (comparison, levels) in self.bits[class].iter().enumerate() {
                *sum += levels[(pattern.0 >> (comparison * 4) & 15) as usize];
            }
        }
        sums
    }

    /// How much more often strangers share these values than usual ones, in bits.
    fn rarity(&self, left: usize, pattern: Pattern, _right: usize) -> f64 {
        let row = self.table.row(left);
        ADJUSTED
            .iter()
            .filter(|(comparison, level, _)| pattern.level(*comparison) == usize::from(*level))
            .map(|(_, _, kind)| f64::from(self.surprise[*kind][terms::value(row, *kind) as usize]))
            .sum()
    }

    /// The steps from nothing to the weight: what each comparison adds to those before it. They add up to the weight.
    #[must_use]
    pub fn explain(&self, left: usize, right: usize) -> Vec<Step> {
        let pattern = self.table.compare(left, right);
        let (intercept, slope) = self.model.adjustment.as_ref().map_or((0.0, 1.0), |one| (one.intercept, one.slope));
        let mut so_far = Pattern::default();
        let mut before = odds(&self.classes(so_far), 0.0);
        let mut steps =
            vec![Step { comparison: None, level: "before anything is compared", bits: intercept + slope * before }];
        for comparison in Comparison::ALL {
            let level = pattern.level(comparison);
            if level > 0 {
                so_far = so_far.with(comparison, level as u8);
                let after = odds(&self.classes(so_far), self.rarity(left, so_far, right));
                let taught = self.model.adjustment.as_ref().map_or(0.0, |one| adjusted(one, comparison, pattern));
                let bits = slope * (after - before) + taught;
                steps.push(Step { comparison: Some(comparison), level: comparison.levels()[level], bits });
                before = after;
            }
        }
        let capped = self.plain(left, right, pattern) - before;
        if capped != 0.0 {
            steps.push(Step { comparison: None, level: "contact evidence is capped", bits: slope * capped });
        }
        steps
    }
}

/// What labels taught of the level of a comparison.
fn adjusted(adjustment: &Adjustment, comparison: Comparison, pattern: Pattern) -> f64 {
    let levels = adjustment.levels.get(comparison as usize);
    levels.and_then(|levels| levels.get(pattern.level(comparison))).copied().unwrap_or(0.0)
}

fn odds(classes: &[f64; CLASSES], rarity: f64) -> f64 {
    let others: f64 = classes
        .iter()
        .enumerate()
        .filter(|(class, _)| *class != SAME)
        .map(|(class, bits)| (bits + if by_chance(class) { rarity } else { 0.0 }).exp2())
        .sum();
    classes[SAME] - others.max(1e-300).log2()
}
