//! Benchmarks: ratios against a baseline that is measured in turn with it, on the same machine in the same minute.
//!
//! `make bench` runs the short form, `make bench BENCH_ARGS='-- postgresql profile'` a part of it; `BENCH_LONG=1 make bench`
//! fills the SQLite table with ten million rows first.
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a benchmark speaks to a person and may give up")]

mod ingest;
mod load;
mod profile;
mod raw;
mod table;

use tenure_store::testing::TestPlace;

/// As the command's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Times that a pair is measured, after one that does not count.
const ROUNDS: usize = 5;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run());
}

/// Whether a part was asked for by name on the command line, or none was.
fn asked(part: &str) -> bool {
    let mut names = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
    names.peek().is_none() || names.any(|name| name.eq_ignore_ascii_case(part))
}

async fn run() {
    let mut rows = Vec::new();
    let long = std::env::var_os("BENCH_LONG").is_some();
    let filled = if long { 10_000_000 } else { 1_000_000 };
    for (place, fill, name) in [(Some(TestPlace::sqlite()), filled, "SQLite"), (TestPlace::postgres(), 0, "PostgreSQL")]
    {
        let Some(place) = place.filter(|_| asked(name)) else { continue };
        rows.extend(ingest::measure(place, fill, name).await);
    }
    if asked("profile") {
        rows.push(profile::measure(TestPlace::sqlite()).await);
    }
    println!("{}", table::write(&rows));
}
