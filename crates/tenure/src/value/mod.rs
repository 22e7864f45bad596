//! `tenure value`: what customers will buy and are worth, by models that are fitted to a file. Needs no server and writes
//! nothing but what it is told to.

mod args;
mod backtest;
mod columns;
mod compare;
mod customers;
mod fit;
mod fit_file;
mod learning;
mod log;
mod margin;
mod model;
mod problems;
mod score;
mod survivors;

use std::process::ExitCode;

use clap::Subcommand;

/// What to do with a file of customers.
#[derive(Debug, Subcommand)]
pub(crate) enum ValueVerb {
    /// Fit a model and print its parameters, their standard errors, the log-likelihood and the time it took.
    Fit(fit::FitArgs),
    /// Write what each customer is expected to buy and to be worth, by a model that was fitted.
    Score(score::ScoreArgs),
    /// Fit a model to a part of a log, and look how well it foretells the rest.
    Backtest(backtest::BacktestArgs),
    /// Fit several models to one file, and say which is the better.
    Compare(compare::CompareArgs),
}

pub(crate) fn run(verb: &ValueVerb) -> anyhow::Result<ExitCode> {
    match verb {
        ValueVerb::Fit(args) => fit::run(args),
        ValueVerb::Score(args) => score::run(args).map(|()| ExitCode::SUCCESS),
        ValueVerb::Backtest(args) => backtest::run(args).map(|()| ExitCode::SUCCESS),
        ValueVerb::Compare(args) => compare::run(args).map(|()| ExitCode::SUCCESS),
    }
}
