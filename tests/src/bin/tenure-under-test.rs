//! The command `tenure`, built with what these tests are built with, failpoints among it, so that they start the code that they
//! belong to.

use std::process::ExitCode;

use clap::Parser as _;

/// As the command's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tenure::run(tenure::Command::parse())
}
