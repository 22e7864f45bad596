//! `tenure export-tenant`.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use tenure_kernel::Tenant;
use tenure_store::{StoreConfig, Table, Value};

use super::{
    PAGE,
    folder::Folder,
    lines::Writer,
    manifest::{Manifest, Sum},
    owner::Owner,
    positions::Positions,
    stores::{Database, Databases},
};
use crate::{Config, check::place, command::print};

/// Whom to export, and where to.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The tenant.
    tenant: Tenant,
    /// The directory to make. Whoever reads it reads much that is personal; what is sealed needs the key-encryption key as well.
    directory: PathBuf,
    /// Into how many ranges the target divides the work of followers (its `follow.ranges`, 1 to 16): a multiple of those here, so that more
    /// replicas can share it. Without it, as here.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=16))]
    ranges: Option<u16>,
}

pub(crate) async fn run(args: &ExportArgs, config: &Config) -> anyhow::Result<()> {
    if config.folder().is_some_and(|folder| !folder.exists()) {
        bail!("there is no data at {}", place(config));
    }
    let look = StoreConfig { auto_migrate: false, ..config.store.clone() };
    let databases = Databases::open(config, &look).await?;
    let manifest = export(args, &databases).await;
    databases.close().await;
    let (manifest, tenant, directory) = (manifest?, &args.tenant, args.directory.display());
    print(&format!("{tenant}: {} rows of {} tables are in {directory}", manifest.rows(), manifest.tables().count()));
    Ok(())
}

async fn export(args: &ExportArgs, databases: &Databases) -> anyhow::Result<Manifest> {
    databases.are_whole().await?;
    let tenant = &args.tenant;
    if !databases.know(tenant).await? {
        bail!("{tenant}: nothing is known of this tenant here");
    }
    let before = databases.traces().await?;
    let mut positions = Positions::new(tenant, args.ranges);
    positions.read(databases).await?;
    let mut export = Export { tenant, folder: Folder::make(&args.directory)?, positions };
    let mut manifest = Manifest::new(tenant);
    // What is counted at checkpoints is counted on the way to them.
    for positions in [false, true] {
        for database in databases.all() {
            for table in &database.tables {
                let owner = Owner::of(database.name, table)?;
                if owner != Owner::Processes && (owner == Owner::Positions) == positions {
                    let sum = export.table(database, table, owner).await;
                    let sum = sum.with_context(|| format!("{}.{}", database.name, table.name))?;
                    manifest.add(database, table, sum);
                }
            }
        }
    }
    databases.are_left().await?;
    if databases.traces().await? != before {
        bail!("a server worked meanwhile, so that this is no export: end all processes of the suite, and export again");
    }
    manifest.write(&export.folder)?;
    Ok(manifest)
}

/// An export under way.
struct Export<'a> {
    tenant: &'a Tenant,
    folder: Folder,
    positions: Positions,
}

impl Export<'_> {
    async fn table(&mut self, database: &Database, table: &Table, owner: Owner) -> anyhow::Result<Sum> {
        let tenant = (owner == Owner::Tenant).then_some(self.tenant.as_str());
        let mut lines = Writer::create(&self.folder.table(database.name, &table.name))?;
        let mut last: Option<Vec<Value>> = None;
        loop {
            let page = table.page(&database.store, tenant, last.as_deref(), PAGE).await?;
            if page.is_empty() {
                return lines.end();
            }
            last = page.last().cloned();
            for row in page {
                for moved in self.moved(database.name, table, owner, row)? {
                    lines.push(&table.columns, &moved)?;
                }
            }
        }
    }

    /// What moves of a row: mostly the row.
    fn moved(
        &mut self,
        database: &'static str,
        table: &Table,
        owner: Owner,
        mut row: Vec<Value>,
    ) -> anyhow::Result<Vec<Vec<Value>>> {
        match (owner, table.name.as_str()) {
            (Owner::Entry, _) => return self.positions.parked(database, &table.columns, &row),
            (_, "checkpoint") => return self.positions.checkpoint(database, &table.columns, &row),
            (_, "projection") => self.positions.projection(&table.columns, &mut row)?,
            (_, "journal_entry") => self.positions.entry(database, &table.columns, &row)?,
            _ => {}
        }
        Ok(vec![row])
    }
}
