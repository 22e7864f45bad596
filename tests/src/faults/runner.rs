//! Plays the rows of the table, each with many seeds, and prints the table.

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use tokio::time::{Instant, timeout};

use super::{
    rows,
    table::{Case, HEAD, Kind, Line, Row},
};

/// A play that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(600);

/// What to play.
#[derive(Debug, Parser)]
#[command(name = "faults")]
pub struct Arguments {
    /// The rows, such as F01,F13; without it all.
    #[arg(long, value_delimiter = ',')]
    rows: Vec<String>,
    /// The stores: sqlite, postgres; without it both.
    #[arg(long, value_delimiter = ',')]
    stores: Vec<String>,
    /// How many seeds for each row and store.
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// The first seed. Printed with each failure, so that it can be played again.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How often the fault comes within a play.
    #[arg(long, default_value_t = 7)]
    rounds: u32,
    /// Replicas of each service on PostgreSQL.
    #[arg(long, default_value_t = 3)]
    replicas: usize,
    /// Give each service processes of its own on PostgreSQL.
    #[arg(long)]
    apart: bool,
    /// Speak TLS on PostgreSQL, to callers and among the processes.
    #[arg(long)]
    tls: bool,
    /// Begin no further play after so many minutes.
    #[arg(long, default_value_t = 120)]
    minutes: u64,
}

/// Plays the rows and prints the table; fails when a row does.
#[must_use]
pub fn run(arguments: &Arguments) -> ExitCode {
    let Ok(runtime) = tokio::runtime::Runtime::new() else { return ExitCode::FAILURE };
    let chosen = |row: &&Row| arguments.rows.is_empty() || arguments.rows.iter().any(|id| id == row.id);
    let rows: Vec<&Row> = rows::ALL.iter().filter(chosen).collect();
    let until = Instant::now() + Duration::from_secs(60 * arguments.minutes);
    let (mut failed, mut lines) = (rows.is_empty(), vec![HEAD.to_owned()]);
    say(HEAD);
    for row in rows {
        for kind in row.kinds.iter().filter(|kind| arguments.wants(**kind)) {
            let mut line = Line::default();
            for seed in arguments.seed..arguments.seed + arguments.seeds {
                if Instant::now() > until {
                    break;
                }
                line.add(seed, runtime.block_on(play(row, arguments.case(*kind, seed))));
            }
            failed |= line.has_failed();
            lines.push(line.show(row, *kind, arguments.replicas));
            say(&lines[lines.len() - 1]);
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Plays a row once.
///
/// # Errors
/// When the row does, or it hangs.
pub async fn play(row: &Row, case: Case) -> anyhow::Result<super::table::Played> {
    let played = timeout(LONGEST, (row.play)(case)).await;
    played.unwrap_or_else(|_| Err(anyhow::anyhow!("it hangs")))
}

impl Arguments {
    fn wants(&self, kind: Kind) -> bool {
        self.stores.is_empty() || self.stores.contains(&kind.to_string())
    }

    fn case(&self, kind: Kind, seed: u64) -> Case {
        let Self { replicas, rounds, apart, tls, .. } = *self;
        Case { kind, replicas, seed, rounds, apart, tls, figures: true }
    }
}

#[expect(clippy::print_stdout, reason = "the table is for a person")]
fn say(text: &str) {
    println!("{text}");
}
