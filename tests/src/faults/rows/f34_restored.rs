//! One service's database is restored from a backup: its journal ends earlier than others have followed it.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use futures::FutureExt as _;
use tenure_journal::Journal;
use tenure_kernel::RandomIds;

use crate::faults::{
    postgres::Cluster,
    stage::{Setup, Stage},
    table::{Case, Kind, Played, Row},
    witness::Witness,
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F34",
    fault: "identity alone is restored to an earlier time",
    kinds: &[Kind::Sqlite, Kind::Postgres],
    play: |case| play(case).boxed(),
};

/// Those who follow identity.
const FOLLOWERS: [&str; 3] = ["profile", "value", "expectation"];

async fn play(case: Case) -> anyhow::Result<Played> {
    let cluster = if case.kind == Kind::Sqlite { None } else { Cluster::create(&[])? };
    if case.kind == Kind::Postgres
        && !cluster.as_ref().is_some_and(|cluster| cluster.can("pg_dump") && cluster.can("psql"))
    {
        return Ok(Played::Skipped("there is no PostgreSQL to restore"));
    }
    cluster.iter().try_for_each(Cluster::start)?;
    let mut stage = Stage::start(&case, Setup { cluster, ..Setup::default() }).await?;
    let load = stage.load()?;
    load.acknowledges(100, Duration::from_secs(30)).await?;
    stop(&mut stage).await?;
    let backup = back_up(&stage)?;
    stage.start_all().await?;
    load.acknowledges(stage.ledger.acknowledged() + 300, Duration::from_secs(60)).await?;
    stop(&mut stage).await?;
    restore(&stage, &backup)?;
    let witness = stage.witness().await?;
    Journal::renew_epoch(witness.store("identity")?, &RandomIds::default()).await?;
    stage.start_all().await?;
    alarmed(&witness).await?;
    let (doors, tenant) = (stage.doors()?, "acme".parse()?);
    for projection in FOLLOWERS {
        stage.oracle(&witness, &doors, &tenant).rebuild(projection).await?;
    }
    let verdict = stage.end(load).await?;
    Ok(Played::judged(verdict, None, "its followers stopped with an alarm, and a rebuild healed them"))
}

async fn stop(stage: &mut Stage) -> anyhow::Result<()> {
    for server in &mut stage.servers {
        server.signal("TERM")?;
    }
    for server in &mut stage.servers {
        server.ends(Duration::from_secs(20)).await?;
    }
    Ok(())
}

fn back_up(stage: &Stage) -> anyhow::Result<PathBuf> {
    let Some(cluster) = &stage.cluster else {
        let backup = stage.folder().join("backup");
        std::fs::create_dir_all(&backup)?;
        copy(&stage.folder().join("data"), &backup)?;
        return Ok(backup);
    };
    let backup = cluster.folder().join("backup");
    let file = backup.to_str().context("a path")?;
    cluster.run("pg_dump", &["-n", "identity", "-f", file, &cluster.url()])?;
    Ok(backup)
}

fn restore(stage: &Stage, backup: &Path) -> anyhow::Result<()> {
    let Some(cluster) = &stage.cluster else {
        return copy(backup, &stage.folder().join("data"));
    };
    cluster.run("psql", &["-q", "-c", "DROP SCHEMA identity CASCADE", &cluster.url()])?;
    let file = backup.to_str().context("a path")?;
    cluster.run("psql", &["-q", "-v", "ON_ERROR_STOP=1", "-f", file, &cluster.url()]).map(|_| ())
}

/// Copies the files of identity's database, and takes away those that the copy does not have.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    for name in ["identity.db", "identity.db-wal", "identity.db-shm"] {
        let _ = std::fs::remove_file(to.join(name));
        if from.join(name).exists() {
            std::fs::copy(from.join(name), to.join(name))?;
        }
    }
    Ok(())
}

/// Waits until every follower of identity has stopped with an alarm.
async fn alarmed(witness: &Witness) -> anyhow::Result<()> {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let checkpoints = witness.checkpoints().await?;
        let stopped = |projection: &&str| {
            let of_identity = |one: &&_| {
                let one: &crate::faults::witness::Checkpoint = one;
                one.projection == **projection && one.journal == "identity"
            };
            checkpoints.iter().filter(of_identity).all(|one| !one.alarm.is_empty())
        };
        if FOLLOWERS.iter().all(stopped) {
            return Ok(());
        }
        anyhow::ensure!(Instant::now() < until, "nobody noticed the restore: {checkpoints:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
