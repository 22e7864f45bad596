//! Whether an export is whole and fits, before anything is written.

use std::path::Path;

use anyhow::{Context as _, bail};
use tenure_kernel::Tenant;
use tenure_keyring::{Kek, Keyring, KeyringError};
use tenure_store::{Column, Value};

use super::{PAGE, cell, folder::Folder, lines::Reader, manifest::Manifest, owner::Owner, stores::Databases};

/// What an export is looked at with.
pub(super) struct Check<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) kek: &'a Kek,
    /// The key-encryption key's.
    pub(super) file: &'a Path,
    /// Into how many ranges followers divide their work here.
    pub(super) ranges: u16,
}

impl Check<'_> {
    /// Reads all of it: whether the files are those that were written, and the keys can be opened here.
    pub(super) async fn read(&self, folder: &Folder, manifest: &Manifest) -> anyhow::Result<()> {
        for (database, table, lines) in manifest.tables() {
            let path = folder.table(database, table);
            let mut reader = Reader::open(path.clone(), &lines.columns)?;
            loop {
                let page = reader.page(PAGE).with_context(|| damaged(&path))?;
                if page.is_empty() {
                    break;
                }
                let looked_at = match (database, table) {
                    ("keyring", "data_key") => self.keys(&lines.columns, &page, "key_id").await,
                    ("keyring", "tenant_secret") => self.keys(&lines.columns, &page, "purpose").await,
                    (_, "projection") => self.ranges(&lines.columns, &page),
                    _ => Ok(()),
                };
                looked_at.with_context(|| format!("{database}.{table}"))?;
            }
            if reader.end() != lines.sum {
                bail!("{}", damaged(&path));
            }
        }
        Ok(())
    }

    async fn keys(&self, columns: &[Column], page: &[Vec<Value>], what: &str) -> anyhow::Result<()> {
        let mut wrapped = Vec::new();
        for row in page {
            let bound = match &row[cell::place(columns, what)?] {
                Value::String(Some(purpose)) => purpose.as_bytes().to_vec(),
                _ => cell::bytes(columns, row, what)?.to_vec(),
            };
            wrapped.push((bound, cell::bytes(columns, row, "wrapped")?.to_vec()));
        }
        match Keyring::opens(self.kek, self.tenant, wrapped).await {
            Err(KeyringError::Unwrap) => bail!(
                "the tenant's keys are wrapped under a key-encryption key that is not in {}: add it as a line, where they come from \
                 it is in the file of that deployment; nothing was changed",
                self.file.display()
            ),
            other => Ok(other?),
        }
    }

    fn ranges(&self, columns: &[Column], page: &[Vec<Value>]) -> anyhow::Result<()> {
        for row in page {
            let ranges = cell::int(columns, row, "ranges")?;
            if ranges != i64::from(self.ranges) {
                bail!(
                    "the export is for followers whose work is divided into {ranges} ranges: set follow.ranges = {ranges}, or export \
                     with --ranges {}; nothing was changed",
                    self.ranges
                );
            }
        }
        Ok(())
    }
}

fn damaged(path: &Path) -> String {
    format!("{} is not the file that was written: copy the export again; nothing was changed", path.display())
}

/// Whether the tables are made as those were that the rows come from.
pub(super) fn fits(manifest: &Manifest, databases: &Databases) -> anyhow::Result<()> {
    for database in databases.all() {
        let name = database.name;
        let exported = manifest.databases.get(name).with_context(|| format!("the export has nothing of {name}"))?;
        let tables = database.tables.iter().map(|table| Ok((Owner::of(name, table)?, table)));
        let tables = tables.collect::<anyhow::Result<Vec<_>>>()?;
        let moved: Vec<_> = tables.into_iter().filter(|(owner, _)| *owner != Owner::Processes).collect();
        let alike = moved.len() == exported.tables.len()
            && moved
                .iter()
                .all(|(_, table)| exported.tables.get(&table.name).is_some_and(|lines| lines.columns == table.columns));
        if exported.migrations != database.migrations || !alike {
            bail!(
                "{name}: the export is of another version (its tables were made by {}, here by {}): import it with the program \
                 that exported it, and upgrade afterwards; nothing was changed",
                exported.migrations.join(", "),
                database.migrations.join(", ")
            );
        }
    }
    Ok(())
}
