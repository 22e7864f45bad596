//! The disk is full, and then it is not.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Context as _;
use futures::FutureExt as _;
use tempfile::TempDir;
use tenure_store::Query as _;

use crate::faults::{
    postgres::Cluster,
    stage::{Setup, Stage},
    table::{Case, Kind, Played, Row},
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F12",
    fault: "the disk is full, then has room again",
    kinds: &[Kind::Sqlite, Kind::Postgres],
    play: |case| play(case).boxed(),
};

/// The services, whose SQLite files are checked.
const SERVICES: [&str; 5] = ["collector", "identity", "profile", "value", "expectation"];

/// A small file system in memory.
struct Disk(PathBuf);

impl Disk {
    /// Mounts one; `None` where that is not allowed.
    fn mount(folder: &Path, megabytes: u32) -> Option<Self> {
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder).output();
        mounted.is_ok_and(|mounted| mounted.status.success()).then(|| Self(folder.to_owned()))
    }

    /// Writes until nothing fits any more.
    fn fill(&self) -> anyhow::Result<()> {
        let mut file = File::create(self.filler())?;
        for size in [1 << 20, 1 << 12] {
            while file.write_all(&vec![7; size]).is_ok() {}
        }
        Ok(())
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a server that is about to be killed may still hold files.
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

async fn play(case: Case) -> anyhow::Result<Played> {
    let Some((disk, setup)) = prepare(&case)? else {
        return Ok(Played::Skipped("a small disk can't be mounted (not root), or there is no PostgreSQL for it"));
    };
    setup.cluster.iter().try_for_each(Cluster::start)?;
    let mut stage = Stage::start(&case, setup).await?;
    let load = stage.load()?;
    let (mut longest, mut refused) = (Duration::ZERO, 0);
    for _ in 0..case.rounds {
        load.acknowledges(stage.ledger.acknowledged() + 50, Duration::from_secs(30)).await?;
        disk.fill()?;
        refused += is_refused(&stage).await?;
        std::fs::remove_file(disk.filler())?;
        // One that could not even write its log ends, and is started again as any operator would have it.
        stage.cluster.iter().try_for_each(Cluster::start_again)?;
        stage.start_all().await?;
        longest = longest.max(
            load.recovers(Duration::from_secs(30))
                .await
                .with_context(|| format!("{:?} {}", stage.ledger.book().codes, stage.said()))?,
        );
    }
    let verdict = stage.end(load).await?;
    let codes = stage.ledger.book().codes.clone();
    let known = ["Ok", "Unavailable", "ResourceExhausted", "DeadlineExceeded"];
    anyhow::ensure!(codes.keys().all(|code| known.contains(&code.as_str())), "told to callers: {codes:?}");
    let checked = if case.kind == Kind::Sqlite { &SERVICES[..] } else { &[] };
    let witness = stage.witness().await?;
    for service in checked {
        let row = witness.store(service)?.first("PRAGMA integrity_check", vec![]).await?.context("no answer")?;
        anyhow::ensure!(row.get::<String>(0)? == "ok", "{service} is corrupt");
    }
    Ok(Played::judged(verdict, Some(longest), format!("{refused} calls refused")))
}

/// A disk, and what a stage needs to keep its data on it.
fn prepare(case: &Case) -> anyhow::Result<Option<(Disk, Setup)>> {
    if case.kind == Kind::Sqlite {
        let folder = TempDir::new()?;
        let data = folder.path().join("data");
        std::fs::create_dir_all(&data)?;
        let disk = Disk::mount(&data, 64);
        return Ok(disk.map(|disk| (disk, Setup { folder: Some(folder), ..Setup::default() })));
    }
    let mut disk = None;
    // With a small log of its own, what is written soon needs room.
    let settings = ["min_wal_size = 32MB", "max_wal_size = 64MB", "wal_recycle = off"];
    let cluster = Cluster::create_on(&settings, |folder| {
        disk = Disk::mount(folder, 400);
        disk.is_some()
    })?;
    Ok(disk.zip(cluster).map(|(disk, cluster)| (disk, Setup { cluster: Some(cluster), ..Setup::default() })))
}

/// Waits until calls fail for want of room. Answers how many did.
async fn is_refused(stage: &Stage) -> anyhow::Result<u64> {
    let failed = || {
        let book = stage.ledger.book();
        book.codes.iter().filter(|(code, _)| code.as_str() != "Ok").map(|(_, times)| times).sum::<u64>()
    };
    let before = failed();
    for _ in 0..1_000 {
        if failed() >= before + 5 {
            return Ok(failed() - before);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("a full disk refuses nothing")
}
