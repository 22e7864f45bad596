//! What an export says of itself. Written last: a directory without it is none.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufWriter, Write as _},
};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use tenure_kernel::Tenant;
use tenure_store::{Column, Table};

use super::{folder, folder::Folder, stores::Database};

/// The form of an export; another has another number.
const FORMAT: u32 = 1;

/// The manifest.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// The program that wrote it, for the reader.
    version: String,
    tenant: String,
    pub(super) databases: BTreeMap<String, Exported>,
}

/// A database that rows came from.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Exported {
    /// The migrations that made its tables.
    pub(super) migrations: Vec<String>,
    pub(super) tables: BTreeMap<String, Lines>,
}

/// A table's file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Lines {
    pub(super) columns: Vec<Column>,
    #[serde(flatten)]
    pub(super) sum: Sum,
}

/// What shows that a file is whole.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sum {
    pub(super) rows: u64,
    pub(super) sha256: String,
}

/// What every form says.
#[derive(Deserialize)]
struct Form {
    format: u32,
}

impl Manifest {
    pub(super) fn new(tenant: &Tenant) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { format: FORMAT, version, tenant: tenant.as_str().to_owned(), databases: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, database: &Database, table: &Table, sum: Sum) {
        let migrations = || Exported { migrations: database.migrations.clone(), ..Exported::default() };
        let exported = self.databases.entry(database.name.to_owned()).or_insert_with(migrations);
        exported.tables.insert(table.name.clone(), Lines { columns: table.columns.clone(), sum });
    }

    pub(super) fn tenant(&self) -> anyhow::Result<Tenant> {
        self.tenant.parse().context("manifest.json: tenant")
    }

    /// A table's file.
    pub(super) fn lines(&self, database: &str, table: &str) -> anyhow::Result<&Lines> {
        let lines = self.databases.get(database).and_then(|exported| exported.tables.get(table));
        lines.with_context(|| format!("the export has no table {database}.{table}"))
    }

    /// Each table, with its database.
    pub(super) fn tables(&self) -> impl Iterator<Item = (&str, &str, &Lines)> {
        self.databases.iter().flat_map(|(database, exported)| {
            exported.tables.iter().map(move |(table, lines)| (database.as_str(), table.as_str(), lines))
        })
    }

    pub(super) fn rows(&self) -> u64 {
        self.tables().map(|(_, _, lines)| lines.sum.rows).sum()
    }

    pub(super) fn write(&self, folder: &Folder) -> anyhow::Result<()> {
        let mut file = BufWriter::new(folder::create(&folder.manifest())?);
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.into_inner()?.sync_all()?;
        folder.sync()
    }

    pub(super) fn read(folder: &Folder) -> anyhow::Result<Self> {
        let path = folder.manifest();
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                bail!("{} has no manifest.json: it is no export, or one that was cut off", folder.path().display())
            }
            Err(error) => return Err(error).with_context(|| format!("{}", path.display())),
        };
        let text = io::read_to_string(file).with_context(|| format!("{}", path.display()))?;
        let form: Form = serde_json::from_str(&text).context("manifest.json")?;
        if form.format != FORMAT {
            bail!("the export has the form {}, and this program knows {FORMAT} alone", form.format);
        }
        serde_json::from_str(&text).context("manifest.json")
    }
}
