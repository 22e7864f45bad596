//! What goes wrong between us and the database.

use sea_orm::{DbErr, RuntimeErr};
use tenure_kernel::{Reason, Refusal};

/// A database error. Its text is for our log, never for a caller.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database can't be reached, is busy or shutting down, or the transaction lost a race: a retry may succeed.
    #[error("database unavailable: {0}")]
    Unavailable(#[source] DbErr),
    /// Everything else: a fault of ours or of the data.
    #[error("database fault: {0}")]
    Fault(#[source] DbErr),
    /// The place for the data can't be used.
    #[error("{0}")]
    Place(String),
    /// The tables are older than this program.
    #[error("{service}: {waiting} migrations are pending; run `tenure migrate`")]
    Pending {
        /// The service.
        service: String,
        /// How many migrations wait.
        waiting: usize,
    },
    /// A row that we wrote can't be read.
    #[error("unreadable row: {0}")]
    Row(String),
}

impl StoreError {
    /// Whether a retry may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if is_transient(&error) { Self::Unavailable(error) } else { Self::Fault(error) }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        if error.is_transient() {
            tracing::warn!(error = %error, "database unavailable");
            return Self::unavailable("database");
        }
        tracing::error!(error = %error, "database fault");
        Self::new(Reason::Internal, "internal error")
    }
}

fn is_transient(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner)) => {
            let Some(database) = inner.as_database_error() else {
                // Everything below the database's own errors is the connection: IO, TLS, protocol, pool.
                return true;
            };
            // PostgreSQL: connection lost, serialisation, deadlock, shutting down, too many clients. SQLite: busy, locked.
            database.code().is_some_and(|code| {
                let code = code.as_ref();
                code.starts_with("08")
                    || code.starts_with("57P")
                    || matches!(code, "40001" | "40P01" | "53300" | "55P03" | "5" | "6" | "261" | "262" | "517")
            })
        }
        _ => false,
    }
}
