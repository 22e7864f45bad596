//! What an audit comes to.

use std::collections::BTreeMap;

use super::{
    Bounds, Case, Layer, Scores, Stratum, Weighted,
    propensity::layers,
    review::{Terms, review},
};
use crate::domain::guard::SurveyReason;

/// What an audit comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Audit {
    /// Why each survey should have been held, in the order of the cases; nothing: it might go out.
    pub(crate) reasons: Vec<Vec<SurveyReason>>,
    /// What the guard saw when each went out, in the order of the cases.
    pub strata: Vec<Stratum>,
    /// All that were sent.
    pub all: Scores,
    /// Those that should not have gone out then.
    pub held: Scores,
    /// The others.
    pub let_through: Scores,
    /// The mean that those let through leave open, had those held not been asked.
    pub mean: Option<Bounds>,
    /// The same of the net promoter score, if that is what was asked.
    pub nps: Option<Bounds>,
    /// The strata that there are, with how likely a survey of each was to be let through.
    pub layers: Vec<Layer>,
    /// The scores of those let through, each standing for those of its stratum who were held too; none if nobody was let through.
    pub weighted: Option<Weighted>,
}

impl Audit {
    /// How likely a survey of a stratum was to be let through; none: no answer of it was.
    #[must_use]
    pub fn propensity(&self, stratum: Stratum) -> Option<f64> {
        self.layers.iter().find(|layer| layer.stratum == stratum).and_then(|layer| layer.propensity)
    }

    /// How many were held for each reason; a survey counts under each of its reasons.
    pub(crate) fn by_reason(&self) -> BTreeMap<SurveyReason, u64> {
        let mut counts = BTreeMap::new();
        self.reasons.iter().flatten().for_each(|reason| *counts.entry(*reason).or_default() += 1);
        counts
    }
}

/// Looks back at surveys.
pub(crate) fn audit(cases: &[Case], terms: &Terms) -> Audit {
    let (reasons, strata): (Vec<_>, Vec<_>) = review(cases, terms).into_iter().unzip();
    let (mut held, mut let_through, mut all) = (Scores::default(), Scores::default(), Scores::default());
    for (case, reasons) in cases.iter().zip(&reasons) {
        let group = if reasons.is_empty() { &mut let_through } else { &mut held };
        group.add(case.score, terms.scale);
        all.add(case.score, terms.scale);
    }
    // Who did not answer would not have answered either way.
    let unknown = held.answered;
    let nps = terms.kind.is_nps().then(|| Bounds::of_nps(&let_through, unknown)).flatten();
    let mean = Bounds::of_mean(&let_through, unknown, terms.scale);
    let surveys = cases.iter().zip(&reasons).zip(&strata);
    let layers = layers(surveys.map(|((case, why), stratum)| (*stratum, why.is_empty(), case.score)), terms.scale);
    let weighted = Weighted::of(&layers, terms.kind.is_nps());
    Audit { reasons, strata, all, held, let_through, mean, nps, layers, weighted }
}
