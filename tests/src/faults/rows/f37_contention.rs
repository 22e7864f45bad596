//! Eight writers and readers want one SQLite file.

use std::time::Duration;

use futures::FutureExt as _;
use tenure::Service;

use crate::faults::{
    load::{Load, Pace, Plan},
    stage::{Setup, Stage},
    table::{Case, Kind, Played, Row},
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F37",
    fault: "eight writers, and readers from another process, on SQLite",
    kinds: &[Kind::Sqlite],
    play: |case| play(case).boxed(),
};

async fn play(case: Case) -> anyhow::Result<Played> {
    let stage = Stage::start(&case, Setup::default()).await?;
    let plan = Plan { seed: case.seed, batch: 5, pace: Pace::Closed { clients: 8 } };
    let load = Load::start(stage.doors()?.to(Service::Collector), stage.ledger.clone(), plan);
    load.acknowledges(100, Duration::from_secs(30)).await?;
    let witness = stage.witness().await?;
    let tenant = "acme".parse()?;
    for _ in 0..5 * case.rounds {
        witness.state(&tenant).await?;
    }
    let verdict = stage.end(load).await?;
    let codes = stage.ledger.book().codes.clone();
    anyhow::ensure!(codes.keys().all(|code| code == "Ok"), "a busy database was told to callers: {codes:?}");
    Ok(Played::judged(verdict, None, ""))
}
