//! The pool of one service's database, and its transactions.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
    sqlx::{Connection as _, PgPool},
};
use sea_orm_migration::MigratorTrait;
use tenure_failpoint::failpoint;

use crate::{Dialect, Namespace, Query, Row, StoreConfig, StoreError, connections, migration, statistics::Statistics};

/// One service's database. Cheap to clone. As a [`Query`] it reads; writes need a [`Tx`].
#[derive(Debug, Clone)]
pub struct Store {
    dialect: Dialect,
    namespace: Namespace,
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    written: Statistics,
}

/// What becomes of the bytes of deleted rows in a SQLite file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deleted {
    /// They stay until something else is written there.
    Stays,
    /// They are overwritten at once.
    Zeroed,
}

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that was idle for so long is asked whether it still is one before it is used: sooner, that costs more than the call that
/// finds out, and one is asked when it is given back anyway.
const ASKED_AFTER: Duration = Duration::from_secs(1);
/// KiB of pages that SQLite's writing connection keeps, beside those that its transaction changed. After a commit in which pages of
/// a tree were exchanged SQLite looks at each of them, so that a large cache makes small transactions slow; what is not in it is in
/// the system's.
const WRITER_CACHE: &str = "-8192";
/// A reading one forgets all of its pages whenever something was written, which takes the longer the more it may keep; most it
/// reads where the file is mapped.
const READER_CACHE: &str = "-4096";

impl Store {
    /// Opens a service's database and brings its tables up to date.
    ///
    /// # Errors
    /// When it can't be reached, or its tables are outdated and `auto_migrate` is off.
    pub async fn open<M: MigratorTrait>(config: &StoreConfig, service: &str) -> Result<Self, StoreError> {
        Self::open_as::<M>(config, service, Deleted::Stays).await
    }

    /// As [`Store::open`], for what must be gone for good once it is deleted: SQLite puts zeros in its place. The
    /// write-ahead log holds older pages until [`Store::empty_log`].
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_erasing<M: MigratorTrait>(config: &StoreConfig, service: &str) -> Result<Self, StoreError> {
        Self::open_as::<M>(config, service, Deleted::Zeroed).await
    }

    async fn open_as<M: MigratorTrait>(
        config: &StoreConfig,
        service: &str,
        deleted: Deleted,
    ) -> Result<Self, StoreError> {
        let store = match config.url.strip_prefix("sqlite:") {
            Some(folder) => Self::sqlite(folder, service, config, deleted).await?,
            None => Self::postgres(service, config).await?,
        };
        migration::run::<M>(&store.writer, store.dialect, service, config.auto_migrate).await?;
        store.observe_connections();
        Ok(store)
    }

    async fn sqlite(folder: &str, service: &str, config: &StoreConfig, deleted: Deleted) -> Result<Self, StoreError> {
        let folder = PathBuf::from(folder);
        std::fs::create_dir_all(&folder)
            .map_err(|error| StoreError::Place(format!("can't make the folder {}: {error}", folder.display())))?;
        let url = format!("sqlite://{}?mode=rwc", folder.join(format!("{service}.db")).display());
        let writer = Database::connect(sqlite_options(&url, 1, WRITER_CACHE, deleted)).await?;
        let reader = sqlite_options(&url, config.max_connections - 1, READER_CACHE, deleted);
        let reader = Database::connect(reader).await?;
        let namespace = Namespace::new(service, Dialect::Sqlite);
        Ok(Self { dialect: Dialect::Sqlite, namespace, writer, reader, written: Statistics::default() })
    }

    fn observe_connections(&self) {
        match self.dialect {
            Dialect::Sqlite => {
                connections::observe(format!("{}.writer", self.namespace.name), &self.writer, self.dialect);
                connections::observe(format!("{}.readers", self.namespace.name), &self.reader, self.dialect);
            }
            Dialect::Postgres => connections::observe(self.namespace.name.clone(), &self.writer, self.dialect),
        }
    }

    async fn postgres(service: &str, config: &StoreConfig) -> Result<Self, StoreError> {
        let mut first = ConnectOptions::new(&config.url);
        first.max_connections(1).sqlx_logging(false).acquire_timeout(ACQUIRE_TIMEOUT);
        let once = Database::connect(first).await?;
        // Two processes that start at once may both try; the loser's unique violation means that it is there.
        let _ = once.execute_unprepared(&format!("CREATE SCHEMA IF NOT EXISTS \"{service}\"")).await;
        once.close().await?;

        let mut options = ConnectOptions::new(&config.url);
        options
            .max_connections(config.max_connections)
            .set_schema_search_path(service)
            .set_application_name(format!("tenure-{service}"))
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire_if_idle_for(ASKED_AFTER)
            .sqlx_logging(false);
        // A plan that was made while a table was empty reads the whole of it for ever; one made each time uses the index. And a
        // role's or a database's own default must not make commits forgetful.
        options.map_sqlx_postgres_opts(|postgres| {
            postgres.options([("plan_cache_mode", "force_custom_plan"), ("synchronous_commit", "on")])
        });
        let pool = Database::connect(options).await?;
        let namespace = Namespace::new(service, Dialect::Postgres);
        let written = Statistics::default();
        Ok(Self { dialect: Dialect::Postgres, namespace, writer: pool.clone(), reader: pool, written })
    }

    /// Begins a transaction that may write. On SQLite there is one at a time.
    ///
    /// # Errors
    /// When no connection is to be had in five seconds.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        if self.dialect == Dialect::Postgres {
            self.analyze().await;
        }
        let begin = async {
            Ok(match self.dialect {
                Dialect::Sqlite => self.writer.begin_with_options(options).await?,
                Dialect::Postgres => self.writer.begin().await?,
            })
        };
        let inner = self.namespace.transaction("BEGIN").run(begin).await?;
        Ok(Tx {
            dialect: self.dialect,
            namespace: self.namespace.clone(),
            inner,
            written: Statistics::default(),
            all_written: self.written.clone(),
        })
    }

    /// Has tables counted that nobody counted yet, once this process wrote to them. Where it fails, statements are slower.
    async fn analyze(&self) {
        for table in self.written.due() {
            let counted = "SELECT 1 FROM pg_stats WHERE schemaname = current_schema() AND tablename = ? LIMIT 1";
            let counted = self.first(counted, vec![table.as_str().into()]).await;
            if matches!(counted, Ok(None))
                && let Err(error) = self.writer.execute_unprepared(&format!("ANALYZE {table}")).await
            {
                tracing::warn!(%table, %error, "could not analyze a new table");
            }
        }
    }

    /// Moves SQLite's write-ahead log into the file and empties it, so that no older page is left in it. PostgreSQL has no
    /// such thing.
    ///
    /// # Errors
    /// When others use the log for more than five seconds; the next time may succeed.
    pub async fn empty_log(&self) -> Result<(), StoreError> {
        if self.dialect == Dialect::Postgres {
            return Ok(());
        }
        let until = Instant::now() + ACQUIRE_TIMEOUT;
        loop {
            let checkpoint = Statement::from_string(self.dialect.backend(), "PRAGMA wal_checkpoint(TRUNCATE)");
            let row = self.writer.query_one_raw(checkpoint).await?.map(Row);
            if row.map(|row| row.get::<i64>(0)).transpose()? == Some(0) {
                return Ok(());
            }
            // SQLite waits for who reads and writes, but not for another process that empties the log.
            if Instant::now() > until {
                return Err(StoreError::Unavailable(DbErr::Custom("the write-ahead log is in use".to_owned())));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The pool, on PostgreSQL.
    pub(crate) fn postgres_pool(&self) -> &PgPool {
        self.writer.get_postgres_connection_pool()
    }

    /// Closes the pool, after what is running.
    pub async fn close(self) {
        let _ = self.reader.close().await;
        let _ = self.writer.close().await;
    }
}

fn sqlite_options(url: &str, connections: u32, cache: &'static str, deleted: Deleted) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).min_connections(1).acquire_timeout(ACQUIRE_TIMEOUT).sqlx_logging(false);
    options.test_before_acquire_if_idle_for(ASKED_AFTER);
    options.map_sqlx_sqlite_opts(move |sqlite| {
        sqlite
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "FULL")
            .pragma("busy_timeout", "5000")
            .pragma("cache_size", cache)
            .pragma("cache_spill", "OFF")
            .pragma("mmap_size", "268435456")
            .pragma("temp_store", "MEMORY")
            .pragma("secure_delete", if deleted == Deleted::Zeroed { "ON" } else { "OFF" })
            .statement_cache_capacity(512)
    });
    // SQLite ends a transaction by itself when the disk is full or fails, and the driver goes on counting it: the next one would
    // be a savepoint in a transaction that nobody commits. Such a connection is closed.
    options.map_sqlx_sqlite_before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }));
    options
}

impl Query for Store {
    fn connection(&self) -> &impl ConnectionTrait {
        &self.reader
    }

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    fn wrote(&self, table: &str, rows: u64) {
        self.written.wrote(table, rows);
    }
}

/// A transaction. Dropped without [`Tx::commit`], it is rolled back.
#[derive(Debug)]
pub struct Tx {
    dialect: Dialect,
    namespace: Namespace,
    inner: DatabaseTransaction,
    written: Statistics,
    all_written: Statistics,
}

impl Tx {
    /// Commits; durable when it answers.
    ///
    /// # Errors
    /// When the database can't; then nothing was written, or the connection was lost and nobody knows.
    pub async fn commit(self) -> Result<(), StoreError> {
        failpoint!("commit.before", StoreError::connection_lost());
        let Self { inner, .. } = self;
        self.namespace.transaction("COMMIT").run(async { Ok(inner.commit().await?) }).await?;
        failpoint!("commit.after", StoreError::connection_lost());
        self.written.tell(&self.all_written);
        Ok(())
    }

    /// Gives everything back at once, instead of some time after the drop.
    ///
    /// # Errors
    /// When the connection is lost; then it is rolled back all the same.
    pub async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.inner.rollback().await?)
    }

    /// Waits until no other transaction holds this lock, and holds it until the end. SQLite has one writer and needs none.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn lock(&self, name: &str) -> Result<(), StoreError> {
        if self.dialect == Dialect::Postgres {
            self.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ?, 0))", vec![name.into()])
                .await?;
        }
        Ok(())
    }
}

impl Query for Tx {
    fn connection(&self) -> &impl ConnectionTrait {
        &self.inner
    }

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    fn wrote(&self, table: &str, rows: u64) {
        self.written.wrote(table, rows);
    }
}
