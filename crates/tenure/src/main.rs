//! The command `tenure`.

use std::process::ExitCode;

use clap::Parser;
use tenure::Command;

fn main() -> ExitCode {
    tenure::run(Command::parse())
}
