//! Statements, in a transaction or outside.

use std::{collections::BTreeSet, future::Future};

use sea_orm::{ConnectionTrait, Statement, Value, sea_query::ArrayType};

#[cfg(all(feature = "testing", debug_assertions))]
use crate::plans;
use crate::{Dialect, Insert, Namespace, Row, StoreError, keyed};

/// How many keys one SQLite statement takes. Lists are padded to one of two lengths, so that statements are prepared once.
const SQLITE_KEYS: usize = 200;
const SQLITE_FEW_KEYS: usize = 10;
/// How many keys one SQLite statement takes that runs a query for each of them, padded alike.
const SQLITE_EACH: [usize; 2] = [8, 40];

/// Keys as one value, for PostgreSQL.
fn array(keys: Vec<Vec<u8>>) -> Value {
    let keys = keys.into_iter().map(|key| Value::Bytes(Some(key))).collect();
    Value::Array(ArrayType::Bytes, Some(Box::new(keys)))
}

async fn changed(connection: &impl ConnectionTrait, statement: Statement) -> Result<u64, StoreError> {
    #[cfg(all(feature = "testing", debug_assertions))]
    plans::look(connection, &statement).await?;
    Ok(connection.execute_raw(statement).await?.rows_affected())
}

async fn rows(connection: &impl ConnectionTrait, statement: Statement) -> Result<Vec<Row>, StoreError> {
    #[cfg(all(feature = "testing", debug_assertions))]
    plans::look(connection, &statement).await?;
    Ok(connection.query_all_raw(statement).await?.into_iter().map(Row).collect())
}

async fn row(connection: &impl ConnectionTrait, statement: Statement) -> Result<Option<Row>, StoreError> {
    #[cfg(all(feature = "testing", debug_assertions))]
    plans::look(connection, &statement).await?;
    Ok(connection.query_one_raw(statement).await?.map(Row))
}

/// Runs statements. In SQL, `?` stands for a value.
pub trait Query: Sync {
    /// The connection to run on.
    #[doc(hidden)]
    fn connection(&self) -> &impl ConnectionTrait;

    /// The database.
    fn dialect(&self) -> Dialect;

    /// What telemetry calls it.
    #[doc(hidden)]
    fn namespace(&self) -> &Namespace;

    /// Notes how many rows a set insert wrote.
    #[doc(hidden)]
    fn wrote(&self, table: &str, rows: u64);

    /// Runs a statement; answers how many rows it changed.
    fn execute(&self, sql: &str, values: Vec<Value>) -> impl Future<Output = Result<u64, StoreError>> + Send {
        let (operation, statement) = (self.namespace().statement(sql), self.statement(sql, values));
        operation.run(async move { changed(self.connection(), statement).await })
    }

    /// The rows of a query.
    fn all(&self, sql: &str, values: Vec<Value>) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send {
        let (operation, statement) = (self.namespace().statement(sql), self.statement(sql, values));
        operation.run(async move { rows(self.connection(), statement).await })
    }

    /// The first row of a query.
    fn first(&self, sql: &str, values: Vec<Value>) -> impl Future<Output = Result<Option<Row>, StoreError>> + Send {
        let (operation, statement) = (self.namespace().statement(sql), self.statement(sql, values));
        operation.run(async move { row(self.connection(), statement).await })
    }

    /// Runs a set insert; answers how many rows it wrote.
    fn insert(&self, insert: Insert) -> impl Future<Output = Result<u64, StoreError>> + Send {
        let operation = self.namespace().insert(insert.table());
        operation.run(async move {
            let mut written = 0;
            let table = insert.table().to_owned();
            for statement in insert.statements(self.dialect(), None) {
                written += changed(self.connection(), statement).await?;
            }
            self.wrote(&table, written);
            Ok(written)
        })
    }

    /// Runs a set insert; answers the named columns of the rows it wrote, in no order.
    fn insert_returning(
        &self,
        insert: Insert,
        columns: &'static str,
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send {
        let operation = self.namespace().insert(insert.table());
        operation.run(async move {
            let mut found = Vec::new();
            let table = insert.table().to_owned();
            for statement in insert.statements(self.dialect(), Some(columns)) {
                found.extend(rows(self.connection(), statement).await?);
            }
            self.wrote(&table, found.len() as u64);
            Ok(found)
        })
    }

    /// Runs a set insert that does nothing on conflict; answers the keys of the rows that it did not write, in no order. Mostly
    /// there are none, and nothing travels back.
    fn insert_new(
        &self,
        insert: Insert,
        key: &'static str,
    ) -> impl Future<Output = Result<Vec<Vec<u8>>, StoreError>> + Send {
        async move {
            if insert.is_empty() {
                return Ok(Vec::new());
            }
            if self.dialect() == Dialect::Postgres {
                let (table, rows) = (insert.table().to_owned(), insert.len());
                let operation = self.namespace().insert(&table);
                let left = operation
                    .run(async { Ok(self.connection().query_all_raw(insert.conflicting(key)).await?) })
                    .await?;
                self.wrote(&table, rows.saturating_sub(left.len()) as u64);
                return left.into_iter().map(|row| Row(row).get(0)).collect();
            }
            let mut left = insert.column(key);
            for row in self.insert_returning(insert, key).await? {
                left.remove(&row.get::<Vec<u8>>(0)?);
            }
            Ok(left.into_iter().collect())
        }
    }

    /// The rows of a statement over a list of keys, in no order. The SQL holds ` {keys}` in place of the comparison, after
    /// every `?`: `SELECT b FROM t WHERE tenant = ? AND a {keys}`. On PostgreSQL it is run for each key by itself, so that
    /// `DISTINCT`, `ORDER BY`, `LIMIT` and sums hold for the rows of one key; on SQLite for some hundred keys together.
    fn by_keys(
        &self,
        sql: &str,
        values: Vec<Value>,
        keys: Vec<Vec<u8>>,
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send {
        let (operation, statements) = (self.namespace().statement(sql), self.keyed(sql, &values, keys));
        operation.run(async move {
            let mut found = Vec::new();
            for statement in statements {
                found.extend(rows(self.connection(), statement).await?);
            }
            Ok(found)
        })
    }

    /// As [`Query::by_keys`], on SQLite too for each key by itself, so that `ORDER BY` and `LIMIT` hold for the rows of one key. No
    /// row may have an empty key.
    fn by_each_key(
        &self,
        sql: &str,
        values: Vec<Value>,
        keys: Vec<Vec<u8>>,
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send {
        let statements = match self.dialect() {
            Dialect::Postgres => self.keyed(sql, &values, keys),
            Dialect::Sqlite => self.sqlite_each(sql, &values, keys),
        };
        let operation = self.namespace().statement(sql);
        operation.run(async move {
            let mut found = Vec::new();
            for statement in statements {
                found.extend(rows(self.connection(), statement).await?);
            }
            Ok(found)
        })
    }

    /// The keys, and all that a step reaches from them, from what it reached, and so on, each once, in no order. The step selects one
    /// column, and is written as for [`Query::by_keys`]: `SELECT b FROM t WHERE tenant = ? AND a {keys}`.
    fn walk(
        &self,
        step: &str,
        values: Vec<Value>,
        keys: Vec<Vec<u8>>,
    ) -> impl Future<Output = Result<BTreeSet<Vec<u8>>, StoreError>> + Send {
        let (operation, statements) = (self.namespace().statement(step), self.walked(step, &values, keys));
        operation.run(async move {
            let mut found = BTreeSet::new();
            for statement in statements {
                for row in rows(self.connection(), statement).await? {
                    found.insert(row.get(0)?);
                }
            }
            Ok(found)
        })
    }

    /// Runs a statement over a list of keys, as [`Query::by_keys`]; answers how many rows it changed.
    fn execute_by_keys(
        &self,
        sql: &str,
        values: Vec<Value>,
        keys: Vec<Vec<u8>>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send {
        let (operation, statements) = (self.namespace().statement(sql), self.keyed(sql, &values, keys));
        operation.run(async move {
            let mut count = 0;
            for statement in statements {
                count += changed(self.connection(), statement).await?;
            }
            Ok(count)
        })
    }

    #[doc(hidden)]
    fn statement(&self, sql: &str, values: Vec<Value>) -> Statement {
        Statement::from_sql_and_values(self.dialect().backend(), self.dialect().placeholders(sql), values)
    }

    #[doc(hidden)]
    fn keyed(&self, sql: &str, values: &[Value], mut keys: Vec<Vec<u8>>) -> Vec<Statement> {
        if keys.is_empty() {
            return Vec::new();
        }
        // Each once, and sorted, so that transactions which write the same rows wait for each other in one order.
        keys.sort_unstable();
        keys.dedup();
        if self.dialect() == Dialect::Postgres {
            let values = values.iter().cloned().chain([array(keys)]);
            return vec![Statement::from_sql_and_values(self.dialect().backend(), keyed::postgres(sql), values)];
        }
        keys.chunks(SQLITE_KEYS).map(|chunk| self.sqlite_keys(sql, values, chunk)).collect()
    }

    #[doc(hidden)]
    fn sqlite_each(&self, sql: &str, values: &[Value], mut keys: Vec<Vec<u8>>) -> Vec<Statement> {
        keys.sort_unstable();
        keys.dedup();
        let one = keyed::numbered(sql);
        let [few, many] = SQLITE_EACH;
        let statement = |chunk: &[Vec<u8>]| {
            let places = if chunk.len() <= few { few } else { many };
            let each = |key: usize| format!("SELECT * FROM ({})", one.replace("{keys}", &format!("= ?{key}")));
            let text: Vec<String> = (values.len() + 1..=values.len() + places).map(each).collect();
            let padded = chunk.iter().cloned().chain(std::iter::repeat(Vec::new())).take(places);
            let values = values.iter().cloned().chain(padded.map(|key| Value::Bytes(Some(key))));
            Statement::from_sql_and_values(self.dialect().backend(), text.join(" UNION ALL "), values)
        };
        keys.chunks(many).map(statement).collect()
    }

    #[doc(hidden)]
    fn walked(&self, step: &str, values: &[Value], keys: Vec<Vec<u8>>) -> Vec<Statement> {
        if keys.is_empty() {
            return Vec::new();
        }
        if self.dialect() == Dialect::Postgres {
            let values = values.iter().cloned().chain([array(keys)]);
            return vec![Statement::from_sql_and_values(self.dialect().backend(), keyed::postgres_walk(step), values)];
        }
        let statement = |chunk: &[Vec<u8>]| {
            let places = if chunk.len() <= SQLITE_FEW_KEYS { SQLITE_FEW_KEYS } else { SQLITE_KEYS };
            let padded = chunk.iter().chain(std::iter::repeat(&chunk[0])).take(places);
            let values = values.iter().cloned().chain(padded.map(|key| Value::Bytes(Some(key.clone()))));
            Statement::from_sql_and_values(self.dialect().backend(), keyed::sqlite_walk(step, places), values)
        };
        keys.chunks(SQLITE_KEYS).map(statement).collect()
    }

    #[doc(hidden)]
    fn sqlite_keys(&self, sql: &str, values: &[Value], keys: &[Vec<u8>]) -> Statement {
        let places = if keys.len() <= SQLITE_FEW_KEYS { SQLITE_FEW_KEYS } else { SQLITE_KEYS };
        let list = vec!["?"; places].join(",");
        let padded = keys.iter().chain(std::iter::repeat(&keys[0])).take(places);
        let values = values.iter().cloned().chain(padded.map(|key| Value::Bytes(Some(key.clone())))).collect();
        self.statement(&sql.replace("{keys}", &format!("IN ({list})")), values)
    }
}
