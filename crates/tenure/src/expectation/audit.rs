//! `tenure expectation audit`: a file of surveys in, those that should not have gone out and the worth of the scores out.

use std::path::PathBuf;

use clap::Args;
use tenure_expectation::audit::Auditor;

use super::{asked::Asked, cases, report::Report};
use crate::{Config, command::print};

/// Which file, and what its surveys asked.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// A CSV file with a header and a line for each survey that was sent. Columns: `case_id`, `promised_by`, `experienced_at` (empty: not
    /// yet), `survey_sent_at`, `score` (empty: no answer), and if they are there `customer`, `complaint_opened_at`,
    /// `complaint_closed_at`. Times are dates, which end with the day in the time zone of the configuration, or RFC 3339.
    file: PathBuf,
    #[command(flatten)]
    asked: Asked,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &AuditArgs, config: &Config) -> anyhow::Result<()> {
    let (survey, scale) = (args.asked.survey, args.asked.scale()?);
    let auditor = Auditor::new(&config.expectation);
    let rows = cases::read(&args.file, &auditor, scale)?;
    let audit = auditor.audit(&rows.cases, survey.kind(), scale);
    let report = Report::of(&rows, &audit, survey, scale);
    print(&if args.json { serde_json::to_string_pretty(&report)? } else { report.text() });
    Ok(())
}
