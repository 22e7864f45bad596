//! The databases of a deployment, held by this process alone.

use std::fs::File;

use anyhow::{Context as _, bail};
use tenure_journal::Journal;
use tenure_kernel::{Clock as _, SystemClock, Tenant};
use tenure_store::{Dialect, Query as _, Store, StoreConfig, Table};

use super::owner::Owner;
use crate::{Config, Service, suite::lock};

/// A database, and what it says of itself.
pub(super) struct Database {
    pub(super) name: &'static str,
    pub(super) store: Store,
    pub(super) tables: Vec<Table>,
    pub(super) migrations: Vec<String>,
}

/// Those of all services, and the keyring's.
pub(super) struct Databases {
    pub(super) services: Vec<Database>,
    pub(super) keyring: Database,
    _lock: Option<File>,
}

impl Databases {
    /// Opens them, when no server works on them.
    pub(super) async fn open(config: &Config, store: &StoreConfig) -> anyhow::Result<Self> {
        let lock = config.folder().map(|folder| lock(&folder)).transpose()?;
        let keyring = Store::open_erasing::<tenure_keyring::Migrator>(store, "keyring").await.context("keyring")?;
        // Before our own connections are taken for a server's.
        for service in Service::ALL {
            if keyring.serves(service.name()).await? {
                bail!("{service} runs: end all processes of the suite first; nothing was changed");
            }
        }
        let mut services = Vec::new();
        for service in Service::ALL {
            let store = service.store(store, service.name()).await.with_context(|| service.name())?;
            services.push(Database::of(service.name(), store).await?);
        }
        let databases = Self { services, keyring: Database::of("keyring", keyring).await?, _lock: lock };
        databases.are_left().await?;
        Ok(databases)
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Database> {
        [&self.keyring].into_iter().chain(&self.services)
    }

    /// Refuses where a server may work that is not connected just now. Who has the lock of a SQLite folder knows better.
    pub(super) async fn are_left(&self) -> anyhow::Result<()> {
        for database in self.services.iter().filter(|database| database.store.dialect() == Dialect::Postgres) {
            let sql = "SELECT expires_at FROM lease WHERE expires_at > ? UNION ALL
                       SELECT expires_at FROM replica WHERE expires_at > ? ORDER BY expires_at DESC LIMIT 1";
            let now = SystemClock.now();
            if let Some(row) = database.store.first(sql, vec![now.0.into(), now.0.into()]).await? {
                let seconds = (row.get::<i64>(0)? - now.0) / 1_000_000 + 1;
                bail!(
                    "{} runs, or was killed just now: it holds a lease for {seconds} more seconds; end all processes of the \
                     suite, and try again then",
                    database.name
                );
            }
        }
        Ok(())
    }

    /// What no server leaves as it was: the journals' heads and the leases.
    pub(super) async fn traces(&self) -> anyhow::Result<Vec<(String, i64)>> {
        let mut traces = Vec::new();
        for database in &self.services {
            let sql = "SELECT 'head', next FROM journal_head UNION ALL
                       SELECT projection, CAST(SUM(epoch) AS BIGINT) FROM lease GROUP BY projection";
            for row in database.store.all(sql, vec![]).await? {
                traces.push((format!("{}.{}", database.name, row.get::<String>(0)?), row.get(1)?));
            }
        }
        traces.sort_unstable();
        Ok(traces)
    }

    /// Refuses a deployment that an import was begun into and not ended.
    pub(super) async fn are_whole(&self) -> anyhow::Result<()> {
        for database in &self.services {
            if Journal::is_barred(&database.store).await? {
                bail!(
                    "{}: an import into this database was cut off; make the databases anew, and import again",
                    database.name
                );
            }
        }
        Ok(())
    }

    /// Whether there is anything of a tenant.
    pub(super) async fn know(&self, tenant: &Tenant) -> anyhow::Result<bool> {
        for database in self.all() {
            // An entry is never all that there is.
            let tables = database.tables.iter().filter(|table| table.name != "journal_entry");
            for table in tables.filter(|table| table.place("tenant").is_some()) {
                if !table.page(&database.store, Some(tenant.as_str()), None, 1).await?.is_empty() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The tables in which something is of any tenant.
    pub(super) async fn filled(&self) -> anyhow::Result<Vec<String>> {
        let mut filled = Vec::new();
        for database in self.all() {
            for table in &database.tables {
                // The keyring's own secrets are nobody's.
                let condition = match Owner::of(database.name, table)? {
                    Owner::Tenant => "tenant <> ''",
                    Owner::Entry => "1 = 1",
                    Owner::Positions | Owner::Processes => continue,
                };
                let sql = format!("SELECT 1 FROM {} WHERE {condition} LIMIT 1", table.name);
                if database.store.first(&sql, vec![]).await?.is_some() {
                    filled.push(format!("{}.{}", database.name, table.name));
                }
            }
        }
        Ok(filled)
    }

    pub(super) async fn close(self) {
        for database in self.services {
            database.store.close().await;
        }
        self.keyring.store.close().await;
    }
}

impl Database {
    async fn of(name: &'static str, store: Store) -> anyhow::Result<Self> {
        let tables = Table::of(&store).await.context(name)?;
        let applied = store.all("SELECT version FROM seaql_migrations ORDER BY version", vec![]).await.context(name)?;
        let migrations = applied.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
        Ok(Self { name, store, tables, migrations })
    }
}
