//! Set inserts: one statement for many rows.

use std::{borrow::Cow, collections::BTreeSet};

use sea_orm::{Statement, Value, sea_query::ArrayType};
use serde::{Deserialize, Serialize};

use crate::Dialect;

/// The type of a column in a set insert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// 16-byte ids and other bytes.
    Bytes,
    /// 64-bit integers.
    Int,
    /// Text.
    Text,
    /// 64-bit floats.
    Float,
    /// Truth values.
    Bool,
}

impl Kind {
    fn array(self) -> (ArrayType, &'static str) {
        match self {
            Self::Bytes => (ArrayType::Bytes, "bytea"),
            Self::Int => (ArrayType::BigInt, "bigint"),
            Self::Text => (ArrayType::String, "text"),
            Self::Float => (ArrayType::Double, "double precision"),
            Self::Bool => (ArrayType::Bool, "boolean"),
        }
    }
}

/// Rows in the next SQLite statement: of few lengths, so that statements are prepared once, but few rows in one, as each statement
/// goes to another thread and back.
fn sqlite_rows(left: usize) -> usize {
    match left {
        128.. => 128,
        32.. => 32,
        few => few,
    }
}

/// A column, by its name.
type Named = (Cow<'static, str>, Kind);

/// An insert of many rows.
#[derive(Debug)]
pub struct Insert {
    table: String,
    columns: Vec<Named>,
    values: Vec<Value>,
    conflict: String,
}

impl Insert {
    /// Into a table's columns.
    pub fn new(table: impl Into<String>, columns: &'static [(&'static str, Kind)]) -> Self {
        let columns = columns.iter().map(|(name, kind)| (Cow::Borrowed(*name), *kind)).collect();
        Self { table: table.into(), columns, values: Vec::new(), conflict: String::new() }
    }

    /// Into columns that only the database knows.
    pub(crate) fn described(table: &str, columns: impl Iterator<Item = (String, Kind)>) -> Self {
        let columns = columns.map(|(name, kind)| (Cow::Owned(name), kind)).collect();
        Self { table: table.to_owned(), columns, values: Vec::new(), conflict: String::new() }
    }

    /// What to do with rows that are there, such as `(tenant, id) DO NOTHING`. An update must not meet a key twice.
    #[must_use]
    pub fn on_conflict(mut self, action: impl Into<String>) -> Self {
        self.conflict = action.into();
        self
    }

    /// Adds a row, its values in the order of the columns. None may be null: an array has one type.
    pub fn row<const N: usize>(&mut self, values: [Value; N]) {
        debug_assert_eq!(N, self.columns.len(), "a row has a value for each column");
        self.values.extend(values);
    }

    /// Adds a row that was read from columns like these.
    pub(crate) fn read(&mut self, values: Vec<Value>) {
        debug_assert_eq!(values.len(), self.columns.len(), "a row has a value for each column");
        self.values.extend(values);
    }

    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len() / self.columns.len()
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(crate) fn table(&self) -> &str {
        &self.table
    }

    /// The values of a column of bytes.
    pub(crate) fn column(&self, name: &str) -> BTreeSet<Vec<u8>> {
        let place = self.columns.iter().position(|(column, _)| column.as_ref() == name);
        let values = self.values.iter().skip(place.unwrap_or(self.values.len())).step_by(self.columns.len());
        let bytes = |value: &Value| if let Value::Bytes(Some(bytes)) = value { Some(bytes.clone()) } else { None };
        values.filter_map(bytes).collect()
    }

    /// For PostgreSQL: the insert, answering a column of the rows that it does not write.
    pub(crate) fn conflicting(mut self, key: &str) -> Statement {
        let names: Vec<_> = self.columns.iter().map(|(name, _)| name.as_ref()).collect();
        let sent = format!("WITH sent ({}) AS (SELECT * FROM UNNEST({}))", names.join(", "), self.casts());
        let written = format!("{} SELECT * FROM sent{}", self.head(), self.tail(Some(key)));
        let sql = format!("{sent}, written AS ({written}) SELECT {key} FROM sent EXCEPT ALL SELECT {key} FROM written");
        Statement::from_sql_and_values(Dialect::Postgres.backend(), sql, self.arrays())
    }

    /// For PostgreSQL: the insert of one row, as a part of a larger statement, if an earlier part found a row; answers one if it writes one.
    #[must_use]
    pub fn behind(self, earlier: &str) -> (String, Vec<Value>) {
        debug_assert_eq!(self.len(), 1, "one row");
        let places = vec!["?"; self.columns.len()].join(", ");
        (format!("{} SELECT {places} FROM {earlier}{}", self.head(), self.tail(Some("1"))), self.values)
    }

    pub(crate) fn statements(self, dialect: Dialect, returning: Option<&str>) -> Vec<Statement> {
        if self.is_empty() {
            return Vec::new();
        }
        match dialect {
            Dialect::Postgres => vec![self.unnest(returning)],
            Dialect::Sqlite => self.chunks(returning),
        }
    }

    fn head(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|(name, _)| name.as_ref()).collect();
        format!("INSERT INTO {} ({})", self.table, names.join(", "))
    }

    fn tail(&self, returning: Option<&str>) -> String {
        let mut text = String::new();
        if !self.conflict.is_empty() {
            text.push_str(" ON CONFLICT ");
            text.push_str(&self.conflict);
        }
        if let Some(columns) = returning {
            text.push_str(" RETURNING ");
            text.push_str(columns);
        }
        text
    }

    fn casts(&self) -> String {
        let cast = |(place, (_, kind)): (usize, &Named)| format!("${}::{}[]", place + 1, kind.array().1);
        self.columns.iter().enumerate().map(cast).collect::<Vec<_>>().join(", ")
    }

    fn unnest(mut self, returning: Option<&str>) -> Statement {
        let sql = format!("{} SELECT * FROM UNNEST({}){}", self.head(), self.casts(), self.tail(returning));
        Statement::from_sql_and_values(Dialect::Postgres.backend(), sql, self.arrays())
    }

    /// An array for each column.
    fn arrays(&mut self) -> Vec<Value> {
        let width = self.columns.len();
        let rows = self.len();
        let mut columns: Vec<Vec<Value>> = (0..width).map(|_| Vec::with_capacity(rows)).collect();
        for (place, value) in std::mem::take(&mut self.values).into_iter().enumerate() {
            columns[place % width].push(value);
        }
        let array = |(values, (_, kind)): (Vec<Value>, &Named)| Value::Array(kind.array().0, Some(Box::new(values)));
        columns.into_iter().zip(&self.columns).map(array).collect()
    }

    fn chunks(mut self, returning: Option<&str>) -> Vec<Statement> {
        let (head, tail, width) = (self.head(), self.tail(returning), self.columns.len());
        let row = format!("({})", vec!["?"; width].join(","));
        let mut left = self.len();
        let mut values = std::mem::take(&mut self.values).into_iter();
        let mut statements = Vec::new();
        while left > 0 {
            let rows = sqlite_rows(left);
            let sql = format!("{head} VALUES {}{tail}", vec![row.as_str(); rows].join(","));
            let taken: Vec<Value> = values.by_ref().take(rows * width).collect();
            statements.push(Statement::from_sql_and_values(Dialect::Sqlite.backend(), sql, taken));
            left -= rows;
        }
        statements
    }
}
