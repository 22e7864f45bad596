//! `tenure link`: which records of a file are one person. Needs no server and writes nothing but what it is told to.

mod args;
mod columns;
mod dedupe;
mod evaluate;
mod explain;
mod input;
mod labels;
mod report;
pub(crate) mod rows;
mod spec;
mod train;

use std::process::ExitCode;

use clap::Subcommand;

/// What to do with files of records.
#[derive(Debug, Subcommand)]
pub(crate) enum LinkVerb {
    /// Find the records of one or more files that are one person.
    Dedupe(dedupe::DedupeArgs),
    /// Find the records of one file in another; nobody is twice in one file.
    Match(dedupe::MatchArgs),
    /// Train a model, or choose the pairs whose judgement would teach it most.
    Train(train::TrainArgs),
    /// Measure clusters against a truth.
    Evaluate(evaluate::EvaluateArgs),
    /// Show how the weight of a pair comes about.
    Explain(explain::ExplainArgs),
}

pub(crate) fn run(verb: &LinkVerb) -> anyhow::Result<ExitCode> {
    match verb {
        LinkVerb::Dedupe(args) => dedupe::run(args),
        LinkVerb::Match(args) => dedupe::run_match(args),
        LinkVerb::Train(args) => train::run(args),
        LinkVerb::Evaluate(args) => evaluate::run(args),
        LinkVerb::Explain(args) => explain::run(args),
    }?;
    Ok(ExitCode::SUCCESS)
}
