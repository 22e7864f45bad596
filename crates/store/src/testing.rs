//! Databases of their own for tests, of both kinds.

use std::{
    io::Write as _,
    sync::atomic::{AtomicU32, Ordering},
};

use sea_orm::{ConnectionTrait as _, Database};
use sea_orm_migration::MigratorTrait;
use tempfile::TempDir;

use crate::{Dialect, Store, StoreConfig};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A place for databases that goes away with it.
#[derive(Debug)]
pub struct TestPlace {
    /// How to open databases there.
    pub config: StoreConfig,
    prefix: String,
    _folder: Option<TempDir>,
}

impl TestPlace {
    /// A folder for SQLite files.
    ///
    /// # Panics
    /// When the machine has no room for temporary files.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test without a folder can only fail")]
    pub fn sqlite() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().display());
        Self { config: StoreConfig { url, ..StoreConfig::default() }, prefix: String::new(), _folder: Some(folder) }
    }

    /// Schemas of its own in the PostgreSQL that `TENURE_TEST_POSTGRES_URL` names; `None`, said loudly, when it names none.
    #[must_use]
    pub fn postgres() -> Option<Self> {
        let Ok(url) = std::env::var("TENURE_TEST_POSTGRES_URL") else {
            // Not captured, as what a test prints is: a skipped test must be seen.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED on PostgreSQL: TENURE_TEST_POSTGRES_URL is not set; `make test` sets it"
            );
            return None;
        };
        let prefix = format!("t{}_{}_", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Some(Self { config: StoreConfig { url, max_connections: 6, auto_migrate: true }, prefix, _folder: None })
    }

    /// A database of its own there, with the names that services give their schemas: for processes.
    ///
    /// # Panics
    /// When it can't be made.
    #[expect(clippy::expect_used, reason = "a test without a database can only fail")]
    pub async fn database() -> Option<Self> {
        let mut place = Self::postgres()?;
        let name = std::mem::take(&mut place.prefix);
        let name = name.trim_end_matches('_');
        let server = Database::connect(&place.config.url).await.expect("the test server");
        server.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database of its own");
        server.close().await.expect("closed");
        let (server, parameters) = place.config.url.split_once('?').unwrap_or((&place.config.url, ""));
        let (server, _) = server.rsplit_once('/').expect("a database in the URL");
        place.config.url = format!("{server}/{name}?{parameters}").trim_end_matches('?').to_owned();
        Some(place)
    }

    /// Both kinds.
    pub fn each() -> impl Iterator<Item = Self> {
        [Some(Self::sqlite()), Self::postgres()].into_iter().flatten()
    }

    /// Which kind it is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        if self.config.url.starts_with("sqlite:") { Dialect::Sqlite } else { Dialect::Postgres }
    }

    /// The name that a service's file or schema has here.
    #[must_use]
    pub fn name(&self, service: &str) -> String {
        format!("{}{service}", self.prefix)
    }

    /// Opens a service's database; the second time, the same one.
    ///
    /// # Panics
    /// When it can't be opened.
    #[expect(clippy::expect_used, reason = "a test without a database can only fail")]
    pub async fn open<M: MigratorTrait>(&self, service: &str) -> Store {
        Store::open::<M>(&self.config, &self.name(service)).await.expect("a test database")
    }
}

static NEXT_REDIS: AtomicU32 = AtomicU32::new(0);
/// How many databases a Redis has unless it is told otherwise.
const REDIS_DATABASES: u32 = 16;

/// A database in the Redis that `TENURE_TEST_REDIS_URL` names, which few tests share at a time; `None`, said loudly, when it
/// names none.
#[must_use]
pub fn redis_url() -> Option<String> {
    let Ok(url) = std::env::var("TENURE_TEST_REDIS_URL") else {
        let _ =
            writeln!(std::io::stderr(), "SKIPPED with Redis: TENURE_TEST_REDIS_URL is not set; `make test` sets it");
        return None;
    };
    let database = NEXT_REDIS.fetch_add(1, Ordering::Relaxed) % REDIS_DATABASES;
    Some(format!("{}/{database}", url.trim_end_matches('/')))
}
