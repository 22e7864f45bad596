//! `tenure expectation`: what files of promises, outcomes and surveys have to say. Needs no server and writes nothing.

mod asked;
mod audit;
mod calibrate;
mod cases;
mod faults;
mod propensity;
mod report;

use std::process::ExitCode;

use clap::Subcommand;

use crate::Config;

/// What to do with a file of promises.
#[derive(Debug, Subcommand)]
pub(crate) enum ExpectationVerb {
    /// Say which surveys of the past should not have gone out when they did, and what the scores are worth without them.
    Audit(audit::AuditArgs),
    /// Say how much more a loss weighs than a gain, by the answers to the surveys, beside what is used. Changes nothing.
    Calibrate(calibrate::CalibrateArgs),
}

pub(crate) fn run(verb: &ExpectationVerb, config: &Config) -> anyhow::Result<ExitCode> {
    match verb {
        ExpectationVerb::Audit(args) => audit::run(args, config).map(|()| ExitCode::SUCCESS),
        ExpectationVerb::Calibrate(args) => calibrate::run(args, config).map(|()| ExitCode::SUCCESS),
    }
}
