//! The directory of an export: a file for each table, and the manifest.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

/// Such a directory.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes it, for its owner alone: much of what comes into it is personal.
    pub(super) fn make(path: &Path) -> anyhow::Result<Self> {
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => Ok(Self(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                bail!("{} is there already; name a directory that is not", path.display())
            }
            Err(error) => Err(error).with_context(|| format!("{}", path.display())),
        }
    }

    /// One that was made.
    pub(super) fn of(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The file of a table.
    pub(super) fn table(&self, database: &str, table: &str) -> PathBuf {
        self.0.join(format!("{database}.{table}.jsonl"))
    }

    pub(super) fn manifest(&self) -> PathBuf {
        self.0.join("manifest.json")
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Makes its list of files durable.
    pub(super) fn sync(&self) -> anyhow::Result<()> {
        File::open(&self.0).and_then(|folder| folder.sync_all()).with_context(|| format!("{}", self.0.display()))
    }
}

/// A new file, for its owner alone.
pub(super) fn create(path: &Path) -> anyhow::Result<File> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    made.with_context(|| format!("{}", path.display()))
}
