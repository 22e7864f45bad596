//! Every row once on each store. `make faults` plays them long.

use std::time::Instant;

use tenure_tests::faults::{
    rows,
    runner::play,
    table::{HEAD, Kind, Line},
};
use tokio::sync::RwLock;

use super::case;

/// Rows that ask for all that the machine can do: what else is played then would be played by another machine.
const ALONE: [&str; 2] = ["F16", "F17"];
static MACHINE: RwLock<()> = RwLock::const_new(());

#[tokio::test(flavor = "multi_thread")]
async fn every_row_holds_on_sqlite() {
    every_row(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_holds_on_postgres_with_three_replicas() {
    if std::env::var("TENURE_TEST_POSTGRES_URL").is_err() {
        eprintln!("SKIPPED on PostgreSQL: TENURE_TEST_POSTGRES_URL is not set; `make test` sets it");
        return;
    }
    every_row(Kind::Postgres).await;
}

async fn every_row(kind: Kind) {
    let mut failed = Vec::new();
    println!("{HEAD}");
    for row in rows::ALL.iter().filter(|row| row.kinds.contains(&kind)) {
        let alone = ALONE.contains(&row.id);
        let _alone = if alone { Some(MACHINE.write().await) } else { None };
        let _beside = if alone { None } else { Some(MACHINE.read().await) };
        let (case, began) = (case(kind), Instant::now());
        let (seed, replicas) = (case.seed, case.replicas);
        let mut line = Line::default();
        line.add(seed, play(row, case).await);
        let shown = line.show(row, kind, replicas);
        println!("{shown} ({:?})", began.elapsed());
        if line.has_failed() {
            failed.push(shown);
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
