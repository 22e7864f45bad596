//! What an audit says, for a person and as JSON.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Serialize;
use tenure_expectation::audit::{self, Audit, Nps, Scale, Scores};

use super::{
    asked::Survey,
    cases::Rows,
    propensity::{Stratum, SurveyPropensity, Weighted},
};

/// What an audit says.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    survey: Survey,
    lowest_score: i32,
    highest_score: i32,
    /// How many were sent.
    surveys: u64,
    answered: u64,
    all: Group,
    held: Held,
    let_through: Group,
    bounds: Bounds,
    held_surveys: Vec<HeldSurvey>,
    strata: Vec<Stratum>,
    /// None: no answer was let through.
    weighted: Option<Weighted>,
    survey_propensities: Vec<SurveyPropensity>,
}

/// Surveys, and what they were answered.
#[derive(Debug, Serialize)]
struct Group {
    count: u64,
    /// Of all surveys.
    share: Option<f64>,
    answered: u64,
    mean_score: Option<f64>,
    /// Answers that are the lowest of the scale.
    lowest_scores: u64,
    /// Of the group's answers.
    lowest_share: Option<f64>,
    /// Of all lowest answers.
    share_of_lowest: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nps: Option<Score>,
}

/// The surveys that should not have gone out, and why.
#[derive(Debug, Serialize)]
struct Held {
    #[serde(flatten)]
    group: Group,
    /// A survey counts under each of its reasons.
    by_reason: BTreeMap<&'static str, u64>,
}

/// A net promoter score; null without answers.
#[derive(Debug, Serialize)]
pub(super) struct Score {
    pub(super) score: Option<f64>,
    /// Half the width of its 95 % interval.
    pub(super) half_width: Option<f64>,
}

/// Between what the score of all would lie, had those held not been asked.
#[derive(Debug, Serialize)]
struct Bounds {
    mean_score: Option<Between>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nps: Option<Between>,
}

#[derive(Debug, Serialize)]
struct Between {
    worst: f64,
    best: f64,
}

/// A survey that should not have gone out when it did.
#[derive(Debug, Serialize)]
struct HeldSurvey {
    line: u64,
    case_id: String,
    reasons: Vec<&'static str>,
}

impl Report {
    pub(crate) fn of(rows: &Rows, audit: &Audit, survey: Survey, scale: Scale) -> Self {
        let group = |scores: &Scores| Group {
            count: scores.surveys,
            share: scores.share_of(&audit.all),
            answered: scores.answered,
            mean_score: scores.mean(),
            lowest_scores: scores.lowest,
            lowest_share: scores.lowest_share(),
            share_of_lowest: scores.share_of_lowest(&audit.all),
            nps: (scale == Scale::NPS).then(|| {
                let nps = Nps::of(scores);
                Score { score: nps.map(|nps| nps.score), half_width: nps.map(|nps| nps.half_width) }
            }),
        };
        let mut by_reason = BTreeMap::new();
        audit.reasons().flatten().for_each(|reason| *by_reason.entry(reason).or_default() += 1);
        let surveys =
            rows.cases.iter().zip(&rows.lines).zip(audit.reasons()).filter(|(_, reasons)| !reasons.is_empty());
        let between = |bounds: audit::Bounds| Between { worst: bounds.worst, best: bounds.best };
        Self {
            survey,
            lowest_score: scale.lowest(),
            highest_score: scale.highest(),
            surveys: audit.all.surveys,
            answered: audit.all.answered,
            all: group(&audit.all),
            held: Held { group: group(&audit.held), by_reason },
            let_through: group(&audit.let_through),
            bounds: Bounds { mean_score: audit.mean.map(between), nps: audit.nps.map(between) },
            held_surveys: surveys
                .map(|((case, line), reasons)| HeldSurvey { line: *line, case_id: case.case.clone(), reasons })
                .collect(),
            strata: Stratum::of(audit),
            weighted: audit.weighted.map(Weighted::of),
            survey_propensities: SurveyPropensity::of(audit, &rows.lines),
        }
    }

    /// For a person.
    pub(crate) fn text(&self) -> String {
        let mut text = format!(
            "{} surveys, answered from {} to {}\n\n             surveys   share  answered   mean  lowest  of all lowest",
            self.surveys, self.lowest_score, self.highest_score
        );
        let groups = [("all", &self.all), ("held", &self.held.group), ("let through", &self.let_through)];
        for (name, group) in groups {
            let _ = write!(
                text,
                "\n{name:11}  {:7} {:>7}  {:8} {:>6} {:>7}  {:>13}",
                group.count,
                percent(group.share),
                group.answered,
                number(group.mean_score),
                percent(group.lowest_share),
                percent(group.share_of_lowest),
            );
        }
        text.push_str("\n\nwhy they should have been held (a survey may have several reasons)");
        if self.held.by_reason.is_empty() {
            text.push_str("\n  none was");
        }
        for (reason, count) in &self.held.by_reason {
            let _ = write!(text, "\n  {reason:20} {count:7}");
        }
        text.push_str("\n\nhad those held not been asked");
        if let Some(Between { worst, best }) = &self.bounds.mean_score {
            let _ = write!(text, "\n  the mean of all would lie between {worst:.2} and {best:.2}");
        }
        if let Some(Between { worst, best }) = &self.bounds.nps {
            let _ = write!(text, "\n  the NPS of all would lie between {worst:+.0} and {best:+.0}");
        }
        for (name, group) in groups {
            let Some(Score { score: Some(score), half_width: Some(half) }) = &group.nps else { continue };
            let _ = write!(text, "\nNPS, {name:11}  {score:+.0} ± {half:.1}");
        }
        text.push_str("\n\nwhat the guard saw   surveys  answered  let through  propensity");
        self.strata.iter().for_each(|stratum| text.push_str(&stratum.text()));
        text.push_str(&self.weighted.as_ref().map(Weighted::text).unwrap_or_default());
        text
    }
}

pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or("-".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

fn number(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.2}"))
}
