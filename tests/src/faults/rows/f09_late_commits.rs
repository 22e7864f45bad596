//! Transactions that appended commit late and out of turn, while others of other processes want to.

use std::time::Duration;

use futures::FutureExt as _;

use crate::faults::{
    stage::{Setup, Stage},
    table::{Case, Kind, Played, Row},
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F09",
    fault: "commits come late and out of order",
    kinds: &[Kind::Sqlite, Kind::Postgres],
    play: |case| play(case).boxed(),
};

async fn play(case: Case) -> anyhow::Result<Played> {
    let mut points = Vec::new();
    for round in 0..4 + case.rounds {
        let passage = 10 + case.choose(&format!("passage {round}"), 60);
        let millis = 100 + case.choose(&format!("millis {round}"), 400);
        let point = ["append.before", "append.after", "commit.before", "commit.after"][round as usize % 4];
        points.push(format!("{point}=delay:{millis}@{passage}"));
    }
    let environment = vec![("TENURE_FAILPOINTS".to_owned(), points.join(","))];
    let stage = Stage::start(&case, Setup { environment, ..Setup::default() }).await?;
    let load = stage.load()?;
    load.acknowledges(500, Duration::from_secs(60)).await?;
    let verdict = stage.end(load).await?;
    Ok(Played::judged(verdict, None, ""))
}
