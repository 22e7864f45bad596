//! `tenure value backtest`: fits a model to the start of a log, and looks how well it foretells the rest.

mod report;
mod trial;

use anyhow::{Context as _, bail};
use clap::Args;

pub(crate) use report::Backtest;
pub(crate) use trial::{Trial, backtest};

use super::{args::Source, log::Log, model::ModelName};
use crate::command::print;

/// Which log, and where it is cut.
#[derive(Debug, Args)]
pub(crate) struct BacktestArgs {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    cut: CutArgs,
    /// The model: bg-nbd, mbg-nbd or pareto-nbd.
    #[arg(long, value_enum, default_value_t = ModelName::ParetoNbd)]
    model: ModelName,
    /// From how many ends to look ahead, each a holdout before the next.
    #[arg(long, default_value_t = 1)]
    origins: u32,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// Where a log is cut.
#[derive(Debug, Clone, Args)]
pub(crate) struct CutArgs {
    /// The last day that the model learns from, YYYY-MM-DD [default: that of --until].
    #[arg(long, requires = "holdout")]
    calibration_end: Option<String>,
    /// How long after it to look, in units of time.
    #[arg(long)]
    holdout: Option<f64>,
}

impl CutArgs {
    /// The trial that was asked for, if one was.
    pub(crate) fn trial(&self, source: &Source) -> anyhow::Result<Option<Trial>> {
        let Some(holdout) = self.holdout else { return Ok(None) };
        let end = self.calibration_end.as_deref().or(source.until.as_deref());
        let end = end.context("say where to cut: --calibration-end DATE")?;
        let end = super::log::day(end).with_context(|| format!("\"{end}\" is no date, YYYY-MM-DD"))?;
        let days = (holdout * source.unit().days()).round();
        if !(1.0..=40_000.0).contains(&days) {
            bail!("--holdout must be a day or more, and not a century");
        }
        Ok(Some(Trial { end, holdout, days: days as i32, unit: source.unit() }))
    }
}

pub(crate) fn run(args: &BacktestArgs) -> anyhow::Result<()> {
    let trial = args.cut.trial(&args.source)?;
    let Some(trial) = trial else { bail!("say where to cut: --calibration-end DATE --holdout N") };
    if !args.model.is_of_purchases() {
        bail!("a backtest is of bg-nbd, mbg-nbd or pareto-nbd, not of {}", args.model);
    }
    if args.origins == 0 {
        bail!("--origins must be 1 or more");
    }
    let log = Log::read(&args.source)?;
    let latest = backtest(&log, args.model, &trial)?;
    let earlier = (1..args.origins).map(|back| backtest(&log, args.model, &trial.earlier(back)));
    let latest = latest.with_earlier(earlier.collect::<anyhow::Result<_>>()?);
    print(&if args.json { serde_json::to_string_pretty(&latest)? } else { latest.text() });
    Ok(())
}
