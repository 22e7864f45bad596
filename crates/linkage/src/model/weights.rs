//! From a pattern to a weight, and to the steps that explain it.

use super::{
    Adjustment, Model,
    terms::{self, KINDS, Surprise},
};
use crate::{
    compare::{
        Comparison, Pattern,
        levels::{CLASSES, CONTACT, SAME, address, by_chance, given, surname, text},
    },
    table::{Row, Table},
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

/// How common the values of a record are, by kind.
pub(crate) type Rare = [f32; KINDS];

/// A model made ready to weigh pairs: once for all sets of records.
#[derive(Debug)]
pub struct Scorer {
    model: Model,
    /// Logarithms to base 2, by comparison, level and class.
    bits: Vec<[[f64; CLASSES]; 16]>,
    /// Logarithms of the shares of classes.
    shares: [f64; CLASSES],
    surprise: [Surprise; KINDS],
}

/// Which exact level of which comparison frequency adjusts.
const ADJUSTED: [(Comparison, u8, usize); KINDS] = [
    (Comparison::Given, given::EXACT, terms::GIVEN),
    (Comparison::Surname, surname::EXACT, terms::SURNAME),
    (Comparison::Address, address::PLACE, terms::PLACE),
    (Comparison::Text1, text::EXACT, terms::TEXT),
    (Comparison::Given, given::INITIALS, terms::INITIAL),
];

/// Parts of a bit that a weight has: it is a whole number of them.
pub const PARTS: f64 = 1024.0;

/// A weight as a whole number of parts of a bit, so that sums of weights are exact in any order.
pub(crate) fn exact(bits: f64) -> f64 {
    (bits * PARTS).round() / PARTS
}

impl Scorer {
    /// Makes a model ready. Costs as much as the model has values; weighing does not.
    #[must_use]
    pub fn new(model: Model) -> Self {
        let mut bits = vec![[[0.0; CLASSES]; 16]; Comparison::ALL.len()];
        for of in &model.levels {
            for (class, levels) in of.probabilities.iter().enumerate().take(CLASSES) {
                for (level, probability) in levels.iter().enumerate().take(15) {
                    bits[of.comparison as usize][level + 1][class] = probability.max(1e-9).log2();
                }
            }
        }
        let surprise = std::array::from_fn(|kind| model.terms.surprise(kind));
        let shares = model.classes.map(f64::log2);
        Self { model, bits, shares, surprise }
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// How common the values of a record are.
    pub(crate) fn rare(&self, table: &Table, row: &Row) -> Rare {
        let of = |kind: usize| terms::hashed(table, row, kind).map(|hash| self.surprise[kind].of(hash));
        std::array::from_fn(|kind| of(kind).unwrap_or_default())
    }

    /// The weight of a pair, in bits.
    pub(crate) fn weight(&self, pattern: Pattern, left: &Rare, right: &Rare) -> f64 {
        let plain = self.plain(pattern, left, right);
        self.model.adjustment.as_ref().map_or(plain, |adjustment| {
            let levels = Comparison::ALL.into_iter().map(|comparison| adjusted(adjustment, comparison, pattern));
            adjustment.intercept + adjustment.slope * plain + levels.sum::<f64>()
        })
    }

    /// The weight before labels corrected it.
    fn plain(&self, pattern: Pattern, left: &Rare, right: &Rare) -> f64 {
        let full = odds(&self.classes(pattern), rarity(pattern, left, right));
        let without = CONTACT.iter().fold(pattern, |pattern, one| Pattern(pattern.0 & !(15 << (*one as u64 * 4))));
        if without == pattern {
            return full;
        }
        let base = odds(&self.classes(without), rarity(without, left, right));
        full.min(base + self.model.contact_cap)
    }

    /// What each class says of a pattern: logarithms of its share and of the probability of the pattern in it.
    fn classes(&self, pattern: Pattern) -> [f64; CLASSES] {
        let mut sums = self.shares;
        for (comparison, levels) in self.bits.iter().enumerate() {
            let of_class = &levels[(pattern.0 >> (comparison * 4) & 15) as usize];
            sums.iter_mut().zip(of_class).for_each(|(sum, bits)| *sum += bits);
        }
        sums
    }

    /// Whether a weight is below a floor without doubt, which most are; it costs less than the weight. All other classes together
    /// are at least as likely as the likeliest of them.
    pub(crate) fn is_below(&self, floor: f64, pattern: Pattern, left: &Rare, right: &Rare) -> bool {
        let (classes, rarity) = (self.classes(pattern), rarity(pattern, left, right));
        let others = classes.iter().enumerate().filter(|(class, _)| *class != SAME);
        let likeliest = others.map(|(class, bits)| bits + if by_chance(class) { rarity } else { 0.0 });
        // A part of a bit for what is rounded.
        let most = classes[SAME] - likeliest.fold(f64::NEG_INFINITY, f64::max);
        self.model.adjustment.is_none() && most < floor - 1.0 / PARTS
    }

    /// The steps from nothing to the weight: what each comparison adds to those before it. They add up to the weight, since
    /// what is rounded is where each step ends.
    pub(crate) fn explain(&self, pattern: Pattern, left: &Rare, right: &Rare) -> Vec<Step> {
        let (intercept, slope) = self.model.adjustment.as_ref().map_or((0.0, 1.0), |one| (one.intercept, one.slope));
        let mut so_far = Pattern::default();
        let mut plain = odds(&self.classes(so_far), 0.0);
        let mut taught = intercept;
        let mut stairs = vec![(None, "before anything is compared", taught + slope * plain)];
        for comparison in Comparison::ALL {
            let level = pattern.level(comparison);
            if level > 0 {
                so_far = so_far.with(comparison, level as u8);
                plain = odds(&self.classes(so_far), rarity(so_far, left, right));
                taught += self.model.adjustment.as_ref().map_or(0.0, |one| adjusted(one, comparison, pattern));
                stairs.push((Some(comparison), comparison.levels()[level], taught + slope * plain));
            }
        }
        let end = self.weight(pattern, left, right);
        if self.plain(pattern, left, right) < plain {
            stairs.push((None, "contact evidence is capped", end));
        } else if let Some(last) = stairs.last_mut() {
            // The same sum in another order.
            last.2 = end;
        }
        let mut before = 0.0;
        let step = |(comparison, level, after): (Option<Comparison>, &'static str, f64)| {
            let after = exact(after);
            let bits = after - before;
            before = after;
            Step { comparison, level, bits }
        };
        stairs.into_iter().map(step).collect()
    }
}

/// How much more often strangers share these values than usual ones, in bits; of two values that count as the same, the
/// more common one tells.
fn rarity(pattern: Pattern, left: &Rare, right: &Rare) -> f64 {
    let exact = ADJUSTED.iter().filter(|(comparison, level, _)| pattern.level(*comparison) == usize::from(*level));
    exact.map(|(_, _, kind)| f64::from(left[*kind].max(right[*kind]))).sum()
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
