//! The command `tenure`.

use std::process::ExitCode;

use clap::Parser;
use tenure::Command;

/// Batches are made of many small pieces that one thread makes and another drops, at which the system's is slow.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tenure::run(Command::parse())
}
