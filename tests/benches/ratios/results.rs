//! Where results are kept, and which run they are of.

use std::{path::PathBuf, process::Command, thread::available_parallelism};

use tenure_kernel::{Clock as _, SystemClock};
use tenure_tests::measured::{
    Row,
    kept::{Kept, Run},
    table,
};

/// The table beside what is kept of earlier runs, of which these rows then take the place.
pub(crate) fn show_and_keep(rows: &[Row]) -> String {
    let (file, run) = (file(), this());
    let before = Kept::read(&file);
    let mut text = table::write(rows, &before, &run);
    let mut kept = before.unwrap_or_default();
    kept.take(rows, &run);
    text += &match kept.write(&file) {
        Ok(()) => format!("kept in {}", file.display()),
        Err(error) => format!("not kept in {}: {error}", file.display()),
    };
    text
}

fn file() -> PathBuf {
    folder().join("last.json")
}

/// `bench` in the folder that cargo builds in: this program is in `release/deps/` there.
pub(crate) fn folder() -> PathBuf {
    let program = std::env::current_exe().expect("this program");
    let target = program.ancestors().nth(3).expect("cargo's folder");
    target.join("bench")
}

fn this() -> Run {
    let (seconds, nanos) = SystemClock.now().to_parts();
    let cores = available_parallelism().map_or(1, usize::from);
    Run { commit: commit(), date: prost_types::Timestamp { seconds, nanos }.to_string(), cores, long: crate::long() }
}

fn commit() -> String {
    let git = |arguments: &[&str]| {
        let said = Command::new("git").args(arguments).output().ok().filter(|said| said.status.success())?;
        Some(String::from_utf8_lossy(&said.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else { return "unknown".to_owned() };
    let clean = git(&["status", "--porcelain"]).is_some_and(|changes| changes.is_empty());
    if clean { commit } else { commit + "+" }
}
