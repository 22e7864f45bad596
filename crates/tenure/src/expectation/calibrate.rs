//! `tenure expectation calibrate`: how much more a loss weighs than a gain, by the answers of a file. Proposes, and adopts nothing.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use tenure_expectation::audit::{Auditor, Doubt, LEAST_LATE, Proposal};

use super::{asked::Asked, cases};
use crate::{Config, command::print};

/// Which file, and what it is about.
#[derive(Debug, Args)]
pub(crate) struct CalibrateArgs {
    /// A CSV file as for `audit`. Answered surveys count of customers who had what they were promised when they were asked.
    file: PathBuf,
    #[command(flatten)]
    asked: Asked,
    /// What was promised in all of its lines, such as delivery, callback or claim_decision.
    #[arg(long, default_value = "delivery")]
    attribute: String,
    /// The seed of the interval: the same one gives the same interval.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// What the answers say.
#[derive(Debug, Serialize)]
struct Report {
    attribute: String,
    answers: usize,
    late: usize,
    early: usize,
    /// The answer where all is as expected, and what a step of gain adds and of loss takes away.
    level: Option<f64>,
    gain_slope: Option<f64>,
    loss_slope: Option<f64>,
    /// How many times more a loss weighs than a gain.
    loss_aversion: Option<f64>,
    interval: Option<Interval>,
    current_loss_aversion: f64,
    /// What to use instead, null if nothing is proposed.
    proposed_loss_aversion: Option<f64>,
    doubts: Vec<&'static str>,
}

/// The 95 % interval; null where it has no end.
#[derive(Debug, Serialize)]
struct Interval {
    low: Option<f64>,
    high: Option<f64>,
}

pub(crate) fn run(args: &CalibrateArgs, config: &Config) -> anyhow::Result<()> {
    let auditor = Auditor::new(&config.expectation);
    let rows = cases::read(&args.file, &auditor, args.asked.scale()?)?;
    let report = Report::of(&args.attribute, &auditor.calibrate(&rows.cases, &args.attribute, args.seed));
    print(&if args.json { serde_json::to_string_pretty(&report)? } else { report.text() });
    Ok(())
}

impl Report {
    fn of(attribute: &str, found: &Proposal) -> Self {
        let ratio = found.fit.and_then(|fit| fit.ratio());
        let end = |value: f64| value.is_finite().then_some(value);
        Self {
            attribute: attribute.to_owned(),
            answers: found.answers,
            late: found.late,
            early: found.early,
            level: found.fit.map(|fit| fit.level),
            gain_slope: found.fit.map(|fit| fit.gains),
            loss_slope: found.fit.map(|fit| fit.losses),
            loss_aversion: ratio,
            interval: found.interval.map(|(low, high)| Interval { low: end(low), high: end(high) }),
            current_loss_aversion: found.current,
            proposed_loss_aversion: ratio.filter(|_| found.doubts.is_empty()),
            doubts: found.doubts.iter().map(|doubt| name(*doubt)).collect(),
        }
    }

    /// For a person.
    fn text(&self) -> String {
        let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
        let interval = self.interval.as_ref().map_or("none".to_owned(), |interval| {
            let end = |value: Option<f64>| if value.is_none() { "without end".to_owned() } else { number(value) };
            format!("{} to {}", end(interval.low), end(interval.high))
        });
        let proposal = match self.proposed_loss_aversion {
            Some(proposed) => format!("proposed: {proposed:.2}; nothing was changed"),
            None => format!("nothing is proposed: {}", self.doubts.join("; ")),
        };
        format!(
            "{} answers about {}, {} late and {} early\n\
             a step of gain adds {}, a step of loss takes away {}\n\
             a loss weighs {} times as much as a gain (95 %: {interval}); now {} is used\n{proposal}",
            self.answers,
            self.attribute,
            self.late,
            self.early,
            number(self.gain_slope),
            number(self.loss_slope),
            number(self.loss_aversion),
            self.current_loss_aversion,
        )
    }
}

fn name(doubt: Doubt) -> &'static str {
    const { assert!(LEAST_LATE == 100) };
    match doubt {
        Doubt::FewLate => "fewer than 100 came late",
        Doubt::NoGain => "being early adds nothing to the score",
        Doubt::MayBeOne => "losses may weigh no more and no less than gains",
    }
}
