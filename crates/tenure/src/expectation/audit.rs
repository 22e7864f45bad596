//! `tenure expectation audit`: a file of surveys in, those that should not have gone out and the worth of the scores out.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, ValueEnum};
use serde::Serialize;
use tenure_expectation::audit::{Auditor, Scale, SurveyKind};

use super::{cases, report::Report};
use crate::{Config, command::print};

/// Which file, and what its surveys asked.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// A CSV file with a header and a line for each survey that was sent. Columns: `case_id`, `promised_by`, `experienced_at` (empty: not
    /// yet), `survey_sent_at`, `score` (empty: no answer), and if they are there `customer`, `complaint_opened_at`,
    /// `complaint_closed_at`. Times are dates, which end with the day in the time zone of the configuration, or RFC 3339.
    file: PathBuf,
    /// What the surveys asked.
    #[arg(long, value_enum, default_value_t = Survey::Csat)]
    survey: Survey,
    /// The worst and the best answer, such as 1-5 [default: 1-5, and 0-10 for NPS, which has no other].
    #[arg(long)]
    scale: Option<String>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// What a survey asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Survey {
    /// How satisfied are you with this?
    Csat,
    /// How easy was it?
    Ces,
    /// Would you recommend us, after this?
    #[value(alias = "nps")]
    TransactionalNps,
    /// Would you recommend us, on the whole?
    RelationalNps,
    /// How satisfied are you with how we handled your complaint?
    ComplaintCsat,
}

impl Survey {
    fn kind(self) -> SurveyKind {
        match self {
            Self::Csat => SurveyKind::Csat,
            Self::Ces => SurveyKind::Ces,
            Self::TransactionalNps => SurveyKind::TransactionalNps,
            Self::RelationalNps => SurveyKind::RelationalNps,
            Self::ComplaintCsat => SurveyKind::ComplaintCsat,
        }
    }
}

pub(crate) fn run(args: &AuditArgs, config: &Config) -> anyhow::Result<()> {
    let scale = scale(args)?;
    let auditor = Auditor::new(&config.expectation);
    let rows = cases::read(&args.file, &auditor, scale)?;
    let audit = auditor.audit(&rows.cases, args.survey.kind(), scale);
    let report = Report::of(&rows, &audit, args.survey, scale);
    print(&if args.json { serde_json::to_string_pretty(&report)? } else { report.text() });
    Ok(())
}

fn scale(args: &AuditArgs) -> anyhow::Result<Scale> {
    let usual = Scale::of(args.survey.kind());
    let Some(told) = args.scale.as_deref() else { return Ok(usual) };
    let parts = told.split_once('-').and_then(|(lowest, highest)| Some((lowest.parse().ok()?, highest.parse().ok()?)));
    let Some(scale) = parts.and_then(|(lowest, highest)| Scale::new(lowest, highest)) else {
        bail!("--scale: \"{told}\" is no scale; it has the worst and the best answer, such as 1-5 or 0-10, up to 1000")
    };
    if usual == Scale::NPS && scale != usual {
        bail!("--scale: an NPS survey is answered from 0 to 10, not from {told}");
    }
    Ok(scale)
}
