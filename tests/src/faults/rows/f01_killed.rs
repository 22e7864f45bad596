//! A server is killed in the middle of its writes, again and again.

use std::time::Duration;

use futures::FutureExt as _;

use crate::faults::{
    stage::{Setup, Stage},
    table::{Case, Kind, Played, Row},
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F01",
    fault: "a server is killed (kill -9) under load",
    kinds: &[Kind::Sqlite, Kind::Postgres],
    play: |case| play(case).boxed(),
};

async fn play(case: Case) -> anyhow::Result<Played> {
    let mut stage = Stage::start(&case, Setup::default()).await?;
    let load = stage.load()?;
    load.acknowledges(50, Duration::from_secs(30)).await?;
    let mut longest = Duration::ZERO;
    for round in 0..case.rounds {
        let wait = case.choose(&format!("wait {round}"), 400);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        let victim = usize::try_from(case.choose(&format!("victim {round}"), stage.servers.len() as u64))?;
        stage.servers[victim].kill();
        stage.servers[victim].start().await?;
        longest = longest.max(load.recovers(Duration::from_secs(30)).await?);
    }
    let verdict = stage.end(load).await?;
    Ok(Played::judged(verdict, Some(longest), ""))
}
