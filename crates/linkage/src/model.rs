//! What a pattern of agreement is worth.

mod em;
mod population;
mod refine;
mod shipped;
mod solve;
mod terms;
mod weights;

use crate::{
    compare::{Comparison, levels::CLASSES},
    table::Births,
};
use serde::{Deserialize, Serialize};

pub use em::{Training, train};
pub use refine::refine;
pub use terms::Terms;
pub use weights::{PARTS, Scorer, Step};
pub(crate) use weights::{Rare, exact};

/// A linkage model: data, no code. A weight is the logarithm to base 2 of the odds that two records are one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// What this model is called; a new one for every training.
    pub version: String,
    /// The share of each class among candidate pairs: the same person, strangers, household, twins, namesakes.
    pub classes: [f64; CLASSES],
    /// For each comparison and class the probability of each level, "not comparable" left out.
    pub levels: Vec<LevelsOf>,
    /// How often values occur.
    pub terms: Terms,
    /// Dates of birth that are nobody's.
    #[serde(default)]
    pub births: Births,
    /// How many bits e-mail, phone and address may add together.
    pub contact_cap: f64,
    /// What labels taught; none if there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjustment: Option<Adjustment>,
}

/// Corrections to weights that labels taught. After them a weight is calibrated: 2^w to 1 are the odds that were seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Added to every weight, in bits.
    pub intercept: f64,
    /// What the weight is multiplied by.
    pub slope: f64,
    /// Added for each level of each comparison, in bits; by comparison, then by level from 0 on.
    pub levels: Vec<Vec<f64>>,
    /// How many labels there were.
    pub labels: usize,
}

/// The probability of a weight.
#[must_use]
pub fn probability(weight: f64) -> f64 {
    1.0 / (1.0 + (-weight).exp2())
}

/// What is wrong with a model that was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// A probability is none.
    #[error("the classes or levels have a number that is no probability")]
    Probability,
    /// Dates of birth are not in their order, or means are none.
    #[error("the dates of birth are not sorted, or the means of counts are none")]
    Values,
    /// Not every comparison has a row for each class, and a number for each level.
    #[error("the levels of {0:?} are not those of this version")]
    Levels(Comparison),
}

impl Model {
    /// The model that everybody starts with, before anything was learned from records of their own: beliefs alone. It is
    /// careful: its precision is near that of a trained model, its recall is not, where records say little.
    #[must_use]
    pub fn shipped() -> Self {
        shipped::shipped()
    }

    /// Whether a model that was read can be used.
    ///
    /// # Errors
    ///
    /// What is wrong first.
    pub fn check(&self) -> Result<(), ModelError> {
        let probability = |value: &f64| (0.0..=1.0).contains(value);
        let all = || self.levels.iter().flat_map(|of| of.probabilities.iter().flatten());
        if !self.classes.iter().all(probability) || !all().all(probability) {
            return Err(ModelError::Probability);
        }
        if !self.births.is_ordered() || !self.terms.is_sound() {
            return Err(ModelError::Values);
        }
        for comparison in Comparison::ALL {
            let width = comparison.levels().len() - 1;
            let fits = |of: &&LevelsOf| {
                of.comparison == comparison
                    && of.probabilities.len() == CLASSES
                    && of.probabilities.iter().all(|levels| levels.len() == width)
            };
            if self.levels.iter().filter(fits).count() != 1 {
                return Err(ModelError::Levels(comparison));
            }
        }
        Ok(())
    }
}

/// The probabilities of one comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LevelsOf {
    /// Which comparison.
    pub comparison: Comparison,
    /// By class, then by level from 1 on.
    pub probabilities: Vec<Vec<f64>>,
}
