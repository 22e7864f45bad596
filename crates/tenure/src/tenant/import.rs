//! `tenure import-tenant`.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use tenure_journal::Journal;
use tenure_keyring::{Kek, Keyring};
use tenure_store::Table;

use super::{
    PAGE, cell,
    folder::Folder,
    lines::Reader,
    manifest::Manifest,
    owner::Owner,
    stores::{Database, Databases},
    verify::{self, Check},
};
use crate::{Config, command::print};

/// Where the end of a journal stands.
const HEAD: &str = "journal_head";

/// What to import.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The directory that `tenure export-tenant` made.
    directory: PathBuf,
}

pub(crate) async fn run(args: &ImportArgs, config: &Config) -> anyhow::Result<()> {
    let folder = Folder::of(&args.directory);
    let manifest = Manifest::read(&folder)?;
    let tenant = manifest.tenant()?;
    let file = Kek::file(&config.keyring, &config.store.url)?;
    let kek = Kek::read(&file).context(
        "the tenant's keys stay wrapped: this deployment needs the key-encryption key that they are wrapped under",
    )?;
    let check = Check { tenant: &tenant, kek: &kek, file: &file, ranges: config.follow.ranges };
    check.read(&folder, &manifest).await?;
    let databases = Databases::open(config, &config.store).await?;
    let done = async {
        databases.are_whole().await?;
        let filled = databases.filled().await?;
        if !filled.is_empty() {
            bail!(
                "this deployment knows somebody already ({}): import into one of its own; nothing was changed",
                filled.join(", ")
            );
        }
        verify::fits(&manifest, &databases)?;
        Keyring::check(&config.store, "keyring", Some(&kek), &file).await?;
        import(&folder, &manifest, &databases).await
    };
    let done = done.await;
    databases.close().await;
    done?;
    print(&format!("{tenant}: {} rows of {} tables are here", manifest.rows(), manifest.tables().count()));
    Ok(())
}

/// Fills the databases. Until all are filled none of them is opened by a server.
async fn import(folder: &Folder, manifest: &Manifest, databases: &Databases) -> anyhow::Result<()> {
    for database in &databases.services {
        Journal::bar(&database.store).await?;
    }
    // Who began just before is noticed now, and nobody begins from here on.
    databases.are_left().await?;
    for database in databases.all() {
        for table in &database.tables {
            // A head is set when all is there.
            if Owner::of(database.name, table)? != Owner::Processes && table.name != HEAD {
                let filled = fill(folder, manifest, database, table).await;
                filled.with_context(|| format!("{}.{}", database.name, table.name))?;
            }
        }
    }
    for database in &databases.services {
        Journal::admit(&database.store, head(folder, manifest, database.name)?).await?;
    }
    Ok(())
}

async fn fill(folder: &Folder, manifest: &Manifest, database: &Database, table: &Table) -> anyhow::Result<()> {
    let lines = manifest.lines(database.name, &table.name)?;
    let mut reader = Reader::open(folder.table(database.name, &table.name), &lines.columns)?;
    loop {
        let page = reader.page(PAGE)?;
        let tx = database.store.begin().await?;
        let last = page.is_empty();
        match last {
            true => table.analyze(&tx).await?,
            false => table.write(&tx, page).await.map(|_| ())?,
        }
        tx.commit().await?;
        if last {
            return Ok(());
        }
    }
}

/// The epoch of a service's journal and the sequence that comes next, where the tenant comes from.
fn head(folder: &Folder, manifest: &Manifest, database: &str) -> anyhow::Result<Option<([u8; 16], i64)>> {
    let columns = &manifest.lines(database, HEAD)?.columns;
    let page = Reader::open(folder.table(database, HEAD), columns)?.page(1)?;
    let Some(row) = page.first() else { return Ok(None) };
    let epoch = <[u8; 16]>::try_from(cell::bytes(columns, row, "epoch")?).context("an epoch has 16 bytes")?;
    Ok(Some((epoch, cell::int(columns, row, "next")?)))
}
