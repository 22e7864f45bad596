//! What an audit says of how likely surveys were to be let through, and of scores that are weighted by it.

use std::fmt::Write as _;

use serde::Serialize;
use tenure_expectation::audit::{self, Audit};

use super::report::{Score, percent};

/// The surveys of which the guard saw the same.
#[derive(Debug, Serialize)]
pub(super) struct Stratum {
    /// What it saw.
    stratum: &'static str,
    surveys: u64,
    answered: u64,
    let_through: u64,
    let_through_answered: u64,
    /// How likely one of them was to be let through; null: no answer was, and only the bounds speak of those held.
    propensity: Option<f64>,
}

/// The scores, each answer that was let through standing for those of its stratum who were held.
#[derive(Debug, Serialize)]
pub(super) struct Weighted {
    mean_score: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nps: Option<Score>,
    /// So many answers of equal weight would say as much.
    effective_answers: f64,
    /// Of all answers, those of strata that have a propensity.
    covered_share: f64,
}

/// How likely a survey was to be let through.
#[derive(Debug, Serialize)]
pub(super) struct SurveyPropensity {
    line: u64,
    stratum: &'static str,
    propensity: Option<f64>,
}

impl Stratum {
    pub(super) fn of(audit: &Audit) -> Vec<Self> {
        let strata = audit.layers.iter().map(|layer| Self {
            stratum: layer.stratum.name(),
            surveys: layer.all.surveys,
            answered: layer.all.answered,
            let_through: layer.let_through.surveys,
            let_through_answered: layer.let_through.answered,
            propensity: layer.propensity,
        });
        strata.collect()
    }

    /// A line for a person.
    pub(super) fn text(&self) -> String {
        let propensity = self.propensity.map_or("bounds only".to_owned(), |propensity| format!("{propensity:.3}"));
        let Self { stratum, surveys, answered, let_through, .. } = self;
        format!("\n  {stratum:18} {surveys:7}  {answered:8}  {let_through:11}  {propensity}")
    }
}

impl Weighted {
    pub(super) fn of(found: audit::Weighted) -> Self {
        let nps = found.nps.map(|nps| Score { score: Some(nps.score), half_width: Some(nps.half_width) });
        let audit::Weighted { mean, effective_answers, covered, .. } = found;
        Self { mean_score: mean, nps, effective_answers, covered_share: covered }
    }

    /// Lines for a person.
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "\n\nwith each answer let through standing for those held of its kind ({} of all answers)\n  the mean would be {:.2}",
            percent(Some(self.covered_share)),
            self.mean_score
        );
        if let Some(Score { score: Some(score), half_width: Some(half) }) = &self.nps {
            let _ = write!(text, "\n  the NPS would be {score:+.0} ± {half:.1}");
        }
        text
    }
}

impl SurveyPropensity {
    /// Of each survey, by the lines that they are on.
    pub(super) fn of(audit: &Audit, lines: &[u64]) -> Vec<Self> {
        let surveys = lines.iter().zip(&audit.strata).map(|(line, stratum)| Self {
            line: *line,
            stratum: stratum.name(),
            propensity: audit.propensity(*stratum),
        });
        surveys.collect()
    }
}
