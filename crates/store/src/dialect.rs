//! What differs between the databases.

use sea_orm::DbBackend;

/// A database we run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite 3.
    Sqlite,
    /// PostgreSQL 15 or later.
    Postgres,
}

impl Dialect {
    pub(crate) fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
        }
    }

    /// Turns `?` into the database's placeholders. A literal question mark has no use in our SQL.
    pub(crate) fn placeholders(self, sql: &str) -> String {
        if self == Self::Sqlite {
            return sql.to_owned();
        }
        let mut text = String::with_capacity(sql.len() + 16);
        let mut count = 0;
        for piece in sql.split_inclusive('?') {
            match piece.strip_suffix('?') {
                Some(before) => {
                    count += 1;
                    text.push_str(before);
                    text.push('$');
                    text.push_str(&count.to_string());
                }
                None => text.push_str(piece),
            }
        }
        text
    }

    /// Fills the type names into a migration: `{bytes}`, `{text}`, `{rowid}` for an integer that is the table's order, and
    /// `{clustered}` for a table that is its own index.
    pub(crate) fn types(self, sql: &str) -> String {
        let (bytes, text, rowid, clustered) = match self {
            Self::Sqlite => ("BLOB", "TEXT", "INTEGER", "WITHOUT ROWID"),
            Self::Postgres => ("BYTEA", "TEXT COLLATE \"C\"", "BIGINT", ""),
        };
        sql.replace("{bytes}", bytes)
            .replace("{text}", text)
            .replace("{rowid}", rowid)
            .replace("{clustered}", clustered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_placeholders_on_postgres_only() {
        let sql = "SELECT a FROM t WHERE b = ? AND c IN (?, ?)";
        assert_eq!(Dialect::Sqlite.placeholders(sql), sql);
        assert_eq!(Dialect::Postgres.placeholders(sql), "SELECT a FROM t WHERE b = $1 AND c IN ($2, $3)");
    }
}
