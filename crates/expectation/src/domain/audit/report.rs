//! What an audit comes to.

use std::collections::BTreeMap;

use super::{
    Bounds, Case, Scores,
    review::{Terms, review},
};
use crate::domain::guard::SurveyReason;

/// What an audit comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Audit {
    /// Why each survey should have been held, in the order of the cases; nothing: it might go out.
    pub(crate) reasons: Vec<Vec<SurveyReason>>,
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
}

impl Audit {
    /// How many were held for each reason; a survey counts under each of its reasons.
    pub(crate) fn by_reason(&self) -> BTreeMap<SurveyReason, u64> {
        let mut counts = BTreeMap::new();
        self.reasons.iter().flatten().for_each(|reason| *counts.entry(*reason).or_default() += 1);
        counts
    }
}

/// Looks back at surveys.
pub(crate) fn audit(cases: &[Case], terms: &Terms) -> Audit {
    let reasons = review(cases, terms);
    let (mut held, mut let_through, mut all) = (Scores::default(), Scores::default(), Scores::default());
    for (case, reasons) in cases.iter().zip(&reasons) {
        let group = if reasons.is_empty() { &mut let_through } else { &mut held };
        group.add(case.score, terms.scale);
        all.add(case.score, terms.scale);
    }
    // Who did not answer would not have answered either way.
    let unknown = held.answered;
    let nps = terms.kind.is_nps().then(|| Bounds::of_nps(&let_through, unknown)).flatten();
    Audit { reasons, all, held, let_through, mean: Bounds::of_mean(&let_through, unknown, terms.scale), nps }
}
