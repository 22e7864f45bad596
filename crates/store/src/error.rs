//! What goes wrong between us and the database.

use sea_orm::{DbErr, RuntimeErr, SqlxError};
use tenure_kernel::{Reason, Refusal};

/// A database error. Its text is for our log, never for a caller.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database can't be reached, is busy or shutting down, or the transaction lost a race: a retry may succeed.
    #[error("database unavailable: {0}")]
    Unavailable(#[source] DbErr),
    /// The data can't be stored as it is: a sum beyond 64 bits, a text with a zero byte, a check of the table. No retry helps.
    /// The database's own words may quote what was stored, so they are not shown.
    #[error("the database refuses the data (code {code})")]
    Data {
        /// The database's code.
        code: String,
        /// What the database says.
        #[source]
        source: DbErr,
    },
    /// Everything else: a fault of ours.
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
    /// The connection was lost, and nobody knows what became of the transaction.
    #[must_use]
    pub fn connection_lost() -> Self {
        Self::Unavailable(DbErr::Custom("the connection was lost".to_owned()))
    }

    /// Whether a retry may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if is_transient(&error) {
            return Self::Unavailable(error);
        }
        match code(&error).filter(|code| is_of_data(code)) {
            Some(code) => Self::Data { code, source: error },
            None => Self::Fault(error),
        }
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

fn sqlx(error: &DbErr) -> Option<&SqlxError> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner)) => Some(inner.as_ref()),
        _ => None,
    }
}

/// The database's code: PostgreSQL's SQLSTATE, or SQLite's extended result code.
fn code(error: &DbErr) -> Option<String> {
    Some(sqlx(error)?.as_database_error()?.code()?.into_owned())
}

fn is_transient(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) {
        return true;
    }
    if let Some(code) = code(error) {
        // PostgreSQL: connection lost, serialisation, deadlock, shutting down, too many clients, no room, no memory, the disk
        // fails. SQLite: busy, locked, full, the disk fails.
        return code.starts_with("08")
            || code.starts_with("57P")
            || ["53100", "53200", "58030", "13"].contains(&code.as_str())
            || is_io_error(&code)
            || matches!(code.as_str(), "40001" | "40P01" | "53300" | "55P03" | "5" | "6" | "261" | "262" | "517");
    }
    // What has no code of the database: the connection may come back; what can't be encoded or decoded stays so.
    sqlx(error).is_some_and(|inner| {
        matches!(
            inner,
            SqlxError::Io(_)
                | SqlxError::Tls(_)
                | SqlxError::Protocol(_)
                | SqlxError::PoolTimedOut
                | SqlxError::PoolClosed
                | SqlxError::WorkerCrashed
                | SqlxError::BeginFailed
        )
    })
}

/// SQLite's SQLITE_IOERR, and what extends it.
fn is_io_error(code: &str) -> bool {
    code.len() < 5 && code.parse::<u32>().is_ok_and(|code| code % 256 == 10)
}

/// PostgreSQL: a data exception, or a check of the table. SQLite: such a check, or a value of a type that the column can't have.
fn is_of_data(code: &str) -> bool {
    (code.len() == 5 && code.starts_with("22")) || matches!(code, "23514" | "275" | "20" | "3091")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn query(error: SqlxError) -> StoreError {
        DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))).into()
    }

    #[test]
    fn a_lost_connection_may_come_back_and_what_can_not_be_read_does_not() {
        let lost = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        for transient in [SqlxError::Io(lost), SqlxError::PoolTimedOut, SqlxError::WorkerCrashed] {
            assert!(query(transient).is_transient());
        }
        let index = SqlxError::ColumnIndexOutOfBounds { index: 1, len: 1 };
        for fault in [SqlxError::Decode("x".into()), SqlxError::Encode("x".into()), SqlxError::RowNotFound, index] {
            assert!(matches!(query(fault), StoreError::Fault(_)));
        }
    }
}
