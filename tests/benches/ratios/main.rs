//! Benchmarks: ratios against a baseline that is measured in turn with it, on the same machine in the same minute.
//!
//! `make bench` runs the short form, `make bench BENCH_ARGS='-- postgresql profile'` a part of it by name; with `BENCH_LONG=1` it
//! takes its time. What was measured is kept beside the build, in `bench/last.json`, and shown by the next run.
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a benchmark speaks to a person and may give up")]

mod deployment;
mod expectation;
mod ingest;
mod lifetimes;
mod live;
mod load;
mod profile;
mod python;
mod raw;
mod readable;
mod receiver;
mod replicas;
mod results;
mod scores;
mod splink;
mod tracing;

use tenure_store::testing::TestPlace;

/// As the command's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Times that a pair is measured, after one that does not count.
const ROUNDS: usize = 5;

/// What can be asked for.
const PARTS: [&str; 14] = [
    "sqlite",
    "postgresql",
    "profile",
    "expectation",
    "readable",
    "readable-distributed",
    "tracing",
    "replicas",
    "live",
    "live-postgresql",
    "crowds",
    "scores",
    "splink",
    "lifetimes",
];

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    if std::env::args().any(|argument| argument == receiver::ARGUMENT) {
        return runtime.block_on(receiver::receive());
    }
    let names: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let asked: Vec<&str> = names.iter().filter_map(|name| part(name)).collect();
    if asked.len() < names.len() {
        println!("no such benchmark; there are: {}", PARTS.join(", "));
        std::process::exit(2);
    }
    let failed = runtime.block_on(run(if asked.is_empty() { &PARTS } else { &asked }));
    failed.iter().for_each(|why| println!("FAILED: {why}"));
    if !failed.is_empty() {
        std::process::exit(1);
    }
}

fn part(name: &str) -> Option<&'static str> {
    PARTS.into_iter().find(|part| part.eq_ignore_ascii_case(name))
}

/// Whether the long form was asked for.
fn long() -> bool {
    std::env::var_os("BENCH_LONG").is_some_and(|value| !value.is_empty())
}

/// Measures parts; answers which could not be measured, and why.
async fn run(parts: &[&str]) -> Vec<String> {
    let (mut rows, mut failed) = (Vec::new(), Vec::new());
    for part in parts {
        println!("{part} ...");
        rows.extend(match *part {
            "sqlite" => ingest::measure(TestPlace::sqlite(), if long() { 10_000_000 } else { 1_000_000 }).await,
            "postgresql" => match TestPlace::postgres() {
                Some(place) => ingest::measure(place, 0).await,
                None => Vec::new(),
            },
            "profile" => profile::measure().await,
            "expectation" => expectation::measure().await,
            "readable" => readable::embedded().await,
            "readable-distributed" => readable::distributed().await,
            "tracing" => tracing::measure().await,
            "live" => live::measure(TestPlace::sqlite()).await,
            "live-postgresql" => match TestPlace::postgres() {
                Some(place) => live::measure(place).await,
                None => Vec::new(),
            },
            "crowds" => live::crowds::measure().await,
            "scores" => scores::measure().await,
            "splink" | "lifetimes" => {
                let measured = if *part == "splink" { splink::measure() } else { lifetimes::measure() };
                measured.unwrap_or_else(|why| {
                    failed.push(format!("{part}: {why}"));
                    Vec::new()
                })
            }
            _ => replicas::measure().await,
        });
    }
    println!("{}", results::show_and_keep(&rows));
    failed
}
