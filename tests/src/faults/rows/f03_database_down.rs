//! PostgreSQL crashes and is away for a while.

use std::time::Duration;

use futures::FutureExt as _;

use crate::faults::{
    client::DEADLINE,
    postgres::Cluster,
    stage::{Setup, Stage},
    table::{Case, Kind, Played, Row},
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F03",
    fault: "PostgreSQL crashes (stop -m immediate) and comes back",
    kinds: &[Kind::Postgres],
    play: |case| play(case).boxed(),
};

async fn play(case: Case) -> anyhow::Result<Played> {
    let Some(cluster) = Cluster::create(&[])? else {
        return Ok(Played::Skipped("there is no PostgreSQL that may be stopped"));
    };
    cluster.start()?;
    let mut stage = Stage::start(&case, Setup { cluster: Some(cluster), ..Setup::default() }).await?;
    let load = stage.load()?;
    load.acknowledges(50, Duration::from_secs(30)).await?;
    let mut longest = Duration::ZERO;
    for round in 0..case.rounds {
        if let Some(cluster) = &stage.cluster {
            cluster.stop("immediate")?;
            tokio::time::sleep(Duration::from_millis(500 + case.choose(&format!("away {round}"), 3_000))).await;
            cluster.start()?;
        }
        longest = longest.max(load.recovers(Duration::from_secs(30)).await?);
    }
    for server in &mut stage.servers {
        anyhow::ensure!(server.ended().is_none(), "a server ended: {}", server.said());
    }
    let verdict = stage.end(load).await?;
    let slowest = stage.ledger.book().longest;
    anyhow::ensure!(slowest < DEADLINE + Duration::from_secs(1), "a call took {slowest:?}");
    Ok(Played::judged(verdict, Some(longest), ""))
}
