//! What a pattern of agreement is worth.

mod em;
mod terms;
mod weights;

use crate::compare::{Comparison, levels::CLASSES};
use serde::{Deserialize, Serialize};

pub use em::{Training, train};
pub use terms::Terms;
pub use weights::{Scorer, Step};

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
    /// How many bits e-mail, phone and address may add together.
    pub contact_cap: f64,
}

/// The probabilities of one comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LevelsOf {
    /// Which comparison.
    pub comparison: Comparison,
    /// By class, then by level from 1 on.
    pub probabilities: Vec<Vec<f64>>,
}
