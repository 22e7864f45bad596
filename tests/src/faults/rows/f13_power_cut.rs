//! The power is cut: what was not synced is gone, or a part of it.

use std::time::Duration;

use anyhow::Context as _;
use futures::FutureExt as _;
use tempfile::TempDir;

use crate::faults::{
    postgres::Cluster,
    power_cut::{Cut, PowerCut},
    stage::{Setup, Stage},
    table::{Case, Kind, Played, Row},
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F13",
    fault: "a power cut: unsynced writes are lost, whole or torn",
    kinds: &[Kind::Sqlite, Kind::Postgres],
    play: |case| play(case, &[]).boxed(),
};

/// Plays it with settings of PostgreSQL's; with such that do not sync, the row must fail.
///
/// # Errors
/// When the servers or the database do not come back.
pub async fn play(case: Case, settings: &[&str]) -> anyhow::Result<Played> {
    let set_up = if case.kind == Kind::Sqlite { sqlite()? } else { postgres(settings)? };
    let Some((setup, power)) = set_up else {
        return Ok(Played::Skipped("there is no C compiler, or no PostgreSQL to start"));
    };
    let mut stage = Stage::start(&case, setup).await?;
    let load = stage.load()?;
    let (mut longest, mut sum) = (Duration::ZERO, Cut::default());
    for round in 0..case.rounds {
        load.acknowledges(stage.ledger.acknowledged() + 50, Duration::from_secs(30)).await?;
        let wait = case.choose(&format!("wait {round}"), 200);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        match &stage.cluster {
            Some(cluster) => cluster.kill()?,
            None => stage.servers[0].kill(),
        }
        let cut = power.cut(case.seed + u64::from(round))?;
        sum = Cut { unsynced: sum.unsynced + cut.unsynced, lost: sum.lost + cut.lost, torn: sum.torn + cut.torn };
        if let Some(cluster) = &stage.cluster {
            cluster.start()?;
        }
        stage.start_all().await?;
        longest = longest.max(load.recovers(Duration::from_secs(60)).await?);
    }
    let verdict = stage.end(load).await?;
    let Cut { unsynced, lost, torn } = sum;
    Ok(Played::judged(verdict, Some(longest), format!("{unsynced} writes not synced: {lost} lost, {torn} torn")))
}

fn sqlite() -> anyhow::Result<Option<(Setup, PowerCut)>> {
    let folder = TempDir::new()?;
    let (data, scratch) = (folder.path().join("data"), folder.path().join("scratch"));
    std::fs::create_dir_all(&data)?;
    std::fs::create_dir_all(&scratch)?;
    let Some(power) = PowerCut::create(&data, &scratch)? else { return Ok(None) };
    let environment = power.environment();
    Ok(Some((Setup { environment, folder: Some(folder), ..Setup::default() }, power)))
}

fn postgres(settings: &[&str]) -> anyhow::Result<Option<(Setup, PowerCut)>> {
    let Some(mut cluster) = Cluster::create(&[&["wal_sync_method = fdatasync"], settings].concat())? else {
        return Ok(None);
    };
    let Some(power) = PowerCut::create(&cluster.data(), cluster.folder())? else { return Ok(None) };
    cluster.set_environment(power.environment());
    cluster.start().context("the first start")?;
    Ok(Some((Setup { cluster: Some(cluster), ..Setup::default() }, power)))
}
