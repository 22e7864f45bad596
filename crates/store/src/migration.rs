//! Migrations: SQL text with the type names left open, run once and in order.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait::async_trait};

use crate::{Dialect, StoreError, statistics};

/// A step forward, written in SQL. `{bytes}`, `{text}` and `{clustered}` stand for the database's own words.
#[derive(Debug)]
pub struct SqlMigration {
    name: &'static str,
    sql: &'static str,
}

impl SqlMigration {
    /// A step under a name that sorts after those before it, such as "m20261122_000001_touchpoints".
    #[must_use]
    pub fn boxed(name: &'static str, sql: &'static str) -> Box<dyn MigrationTrait> {
        Box::new(Self { name, sql })
    }
}

impl MigrationName for SqlMigration {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait]
impl MigrationTrait for SqlMigration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = match manager.get_database_backend() {
            sea_orm::DbBackend::Sqlite => Dialect::Sqlite,
            _ => Dialect::Postgres,
        };
        manager.get_connection().execute_unprepared(&dialect.types(self.sql)).await?;
        Ok(())
    }
}

pub(crate) async fn run<M: MigratorTrait>(
    connection: &DatabaseConnection,
    dialect: Dialect,
    service: &str,
    apply: bool,
) -> Result<(), StoreError> {
    if !apply {
        let waiting = M::get_pending_migrations(connection).await?.len();
        return match waiting {
            0 => Ok(()),
            _ => Err(StoreError::Pending { service: service.to_owned(), waiting }),
        };
    }
    // Replicas that start together take turns; the lock goes with the transaction.
    let turn = sea_orm::TransactionTrait::begin(connection).await?;
    if dialect == Dialect::Postgres {
        let lock = format!("SELECT pg_advisory_xact_lock(hashtext('tenure-migrate-{service}'))");
        turn.execute_raw(Statement::from_string(dialect.backend(), lock)).await?;
    }
    M::up(&turn, None).await?;
    if dialect == Dialect::Sqlite {
        statistics::sqlite::tell(&turn).await?;
    }
    Ok(turn.commit().await?)
}

/// How many migrations of a service wait.
///
/// # Errors
/// When the database can't be reached.
pub async fn pending<M: MigratorTrait>(config: &crate::StoreConfig, service: &str) -> Result<usize, StoreError> {
    let look = crate::StoreConfig { auto_migrate: false, ..config.clone() };
    match crate::Store::open::<M>(&look, service).await {
        Ok(store) => {
            store.close().await;
            Ok(0)
        }
        Err(StoreError::Pending { waiting, .. }) => Ok(waiting),
        Err(error) => Err(error),
    }
}
