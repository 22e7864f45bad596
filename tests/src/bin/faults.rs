//! `make faults`: the long form of the fault table.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    tenure_tests::faults::runner::run(&tenure_tests::faults::runner::Arguments::parse())
}
