//! What tables a database has and their rows as they stand: for who moves rows without knowing what they mean.

use std::collections::BTreeMap;

use sea_orm::Value;
use serde::{Deserialize, Serialize};

use crate::{Dialect, Insert, Kind, Query, Row, StoreError, Tx};

/// Each column of each table: its type, and its place in the key; -1: it is not in it. The table of migrations is none of ours.
const SQLITE: &str = "SELECT t.name, c.name, c.type, c.pk - 1
    FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'seaql_migrations'
    ORDER BY t.name, c.cid";
const POSTGRES: &str = "SELECT t.relname::text, c.attname::text, format_type(c.atttypid, NULL),
        COALESCE(array_position(k.indkey::int2[], c.attnum), -1)::bigint
    FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = current_schema()
    JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped
    LEFT JOIN pg_index k ON k.indrelid = t.oid AND k.indisprimary
    WHERE t.relkind = 'r' AND t.relname <> 'seaql_migrations'
    ORDER BY t.relname, c.attnum";

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// A table, as its database describes it.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
    /// The places of those that its key is made of, in the key's order.
    key: Vec<usize>,
}

impl Table {
    /// The tables of a database, by name.
    ///
    /// # Errors
    /// When it can't be reached, or a column holds what ours never do.
    pub async fn of(query: &impl Query) -> Result<Vec<Self>, StoreError> {
        let sql = match query.dialect() {
            Dialect::Sqlite => SQLITE,
            Dialect::Postgres => POSTGRES,
        };
        let mut tables: BTreeMap<String, (Self, BTreeMap<i64, usize>)> = BTreeMap::new();
        for row in query.all(sql, vec![]).await? {
            let (table, column, kind): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let unknown = || StoreError::Row(format!("{table}.{column} holds {kind}"));
            let kind = kind_of(&kind).ok_or_else(unknown)?;
            let (found, key) = tables.entry(table.clone()).or_default();
            let place: i64 = row.get(3)?;
            if place >= 0 {
                key.insert(place, found.columns.len());
            }
            found.columns.push(Column { name: column, kind });
            found.name = table;
        }
        let with_key = |(table, key): (Self, BTreeMap<i64, usize>)| Self { key: key.into_values().collect(), ..table };
        Ok(tables.into_values().map(with_key).collect())
    }

    /// The place of a column.
    #[must_use]
    pub fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|one| one.name == column)
    }

    /// Some rows in the order of the key, each with a value for every column: those behind a row; of one tenant, if one is named.
    ///
    /// # Errors
    /// When the database can't be reached, or a value is none.
    pub async fn page(
        &self,
        query: &impl Query,
        tenant: Option<&str>,
        after: Option<&[Value]>,
        limit: i64,
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        let key: Vec<_> = self.key.iter().filter(|place| tenant.is_none() || !self.is_tenant(**place)).collect();
        let names: Vec<_> = key.iter().map(|place| self.columns[**place].name.as_str()).collect();
        let (mut conditions, mut values) = (Vec::new(), Vec::new());
        if let Some(tenant) = tenant {
            conditions.push("tenant = ?".to_owned());
            values.push(tenant.into());
        }
        if let Some(after) = after {
            let places = vec!["?"; names.len()].join(", ");
            conditions.push(format!("({}) > ({places})", names.join(", ")));
            values.extend(key.iter().map(|place| after[**place].clone()));
        }
        let columns: Vec<_> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let mut sql = format!("SELECT {} FROM {}", columns.join(", "), self.name);
        if !conditions.is_empty() {
            sql.push_str(&format!(" WHERE {}", conditions.join(" AND ")));
        }
        sql.push_str(&format!(" ORDER BY {} LIMIT ?", names.join(", ")));
        values.push(limit.into());
        let rows = query.all(&sql, values).await?;
        rows.iter().map(|row| self.read(row)).collect()
    }

    fn is_tenant(&self, place: usize) -> bool {
        self.columns[place].name == "tenant"
    }

    fn read(&self, row: &Row) -> Result<Vec<Value>, StoreError> {
        self.columns.iter().enumerate().map(|(place, column)| value(row, place, column.kind)).collect()
    }

    /// Writes rows that were read from such a table. None may be there.
    ///
    /// # Errors
    /// When the database can't be reached, or refuses one.
    pub async fn write(&self, tx: &Tx, rows: Vec<Vec<Value>>) -> Result<u64, StoreError> {
        let columns = self.columns.iter().map(|column| (column.name.clone(), column.kind));
        let mut insert = Insert::described(&self.name, columns);
        for row in rows {
            insert.read(row);
        }
        tx.insert(insert).await
    }

    /// Has PostgreSQL's planner know what is in it now; SQLite was told with the migrations.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn analyze(&self, tx: &Tx) -> Result<(), StoreError> {
        if tx.dialect() == Dialect::Postgres {
            tx.execute(&format!("ANALYZE {}", self.name), vec![]).await?;
        }
        Ok(())
    }
}

fn kind_of(word: &str) -> Option<Kind> {
    Some(match word {
        "BLOB" | "bytea" => Kind::Bytes,
        "BIGINT" | "INTEGER" | "bigint" => Kind::Int,
        "TEXT" | "text" => Kind::Text,
        "DOUBLE PRECISION" | "double precision" => Kind::Float,
        "BOOLEAN" | "boolean" => Kind::Bool,
        _ => return None,
    })
}

fn value(row: &Row, place: usize, kind: Kind) -> Result<Value, StoreError> {
    Ok(match kind {
        Kind::Bytes => row.get::<Vec<u8>>(place)?.into(),
        Kind::Int => row.get::<i64>(place)?.into(),
        Kind::Text => row.get::<String>(place)?.into(),
        Kind::Float => row.get::<f64>(place)?.into(),
        Kind::Bool => row.get::<bool>(place)?.into(),
    })
}
