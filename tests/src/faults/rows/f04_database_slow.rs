//! PostgreSQL answers slowly, then not at all, then again.

use std::time::Duration;

use anyhow::Context as _;
use futures::FutureExt as _;
use tenure_store::testing::TestPlace;

use crate::faults::{
    client::DEADLINE,
    proxy::{Fault, Proxy},
    stage::{Setup, Stage},
    table::{Case, Kind, Played, Row},
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F04",
    fault: "PostgreSQL is slow (200 ms each way), stalls, and drops its connections",
    kinds: &[Kind::Postgres],
    play: |case| play(case).boxed(),
};

async fn play(case: Case) -> anyhow::Result<Played> {
    let place = TestPlace::database().await.context("no PostgreSQL")?;
    let url = place.config.url.clone();
    let (before, rest) = url.split_once('@').context("a user in the URL")?;
    let (server, database) = rest.split_once('/').context("a database in the URL")?;
    let server = tokio::net::lookup_host(server).await?.next().context("an address")?;
    let proxy = Proxy::before(server).await?;
    let way = format!("{before}@{}/{database}", proxy.address);
    let stage = Stage::start(&case, Setup { way: Some(way), url: Some(url), ..Setup::default() }).await?;
    let load = stage.load()?;
    load.acknowledges(50, Duration::from_secs(30)).await?;
    let mut longest = Duration::ZERO;
    for round in 0..case.rounds {
        let time = Duration::from_millis(500 + case.choose(&format!("time {round}"), 1_500));
        proxy.set(Fault::slow(Duration::from_millis(200)));
        tokio::time::sleep(time).await;
        proxy.set(Fault::black_hole());
        tokio::time::sleep(time).await;
        if case.choose(&format!("cut {round}"), 2) == 0 {
            proxy.cut();
        }
        proxy.heal();
        longest = longest.max(load.recovers(Duration::from_secs(60)).await?);
    }
    let verdict = stage.end(load).await?;
    let slowest = stage.ledger.book().longest;
    anyhow::ensure!(slowest < DEADLINE + Duration::from_secs(1), "a call took {slowest:?}");
    Ok(Played::judged(verdict, Some(longest), ""))
}
