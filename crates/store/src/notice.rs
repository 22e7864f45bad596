//! What processes on one database tell each other right after the fact. Nothing may rest on it: what is told while nobody listens,
//! or while a connection is lost, is never heard.

use sea_orm::{
    DbErr, RuntimeErr, SqlxError,
    sqlx::postgres::{PgListener, PgPoolOptions},
};

use crate::{Dialect, Query, Store, StoreError};

impl Store {
    /// Tells every process that listens on this service's database, this one too; at most 8000 bytes. Takes a transaction of its
    /// own that waits for no disk. With SQLite there is nobody to tell.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn tell(&self, text: &str) -> Result<(), StoreError> {
        if self.dialect() == Dialect::Postgres {
            let sql =
                "SELECT set_config('synchronous_commit', 'off', true), pg_notify('tenure-' || current_schema(), ?)";
            self.first(sql, vec![text.into()]).await?;
        }
        Ok(())
    }

    /// Listens to what is told from now on, by a connection of its own; `None` with SQLite.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn listen(&self) -> Result<Option<Listener>, StoreError> {
        if self.dialect() == Dialect::Sqlite {
            return Ok(None);
        }
        let row = self.first("SELECT 'tenure-' || current_schema()", vec![]).await?;
        let channel: String = row.ok_or_else(|| StoreError::Row("current_schema".to_owned()))?.get(0)?;
        let options = self.postgres_pool().connect_options();
        let own = PgPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let own = own.connect_with(options.as_ref().clone()).await.map_err(lost)?;
        let mut listener = PgListener::connect_with(&own).await.map_err(lost)?;
        listener.listen(&channel).await.map_err(lost)?;
        Ok(Some(Listener(listener)))
    }
}

/// Hears what processes tell.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Listener {
    /// The next that is told; `None` when the connection was lost meanwhile and is back, so that something may have been missed.
    ///
    /// # Errors
    /// When the connection is lost and does not come back.
    pub async fn heard(&mut self) -> Result<Option<String>, StoreError> {
        let heard = self.0.try_recv().await.map_err(lost)?;
        Ok(heard.map(|notice| notice.payload().to_owned()))
    }
}

fn lost(error: SqlxError) -> StoreError {
    DbErr::Conn(RuntimeErr::SqlxError(error.into())).into()
}
