//! Reading a table of a mapping file, and noting everything that is wrong with it.

use std::cell::RefCell;

use toml::{Table, Value};

use super::Choice;

/// Everything that is wrong with a mapping file.
pub(super) type Problems = RefCell<Vec<String>>;

/// A table of the file, whose keys are noted as they are asked for: a key that nobody asked for is a problem.
pub(super) struct Section<'a> {
    path: String,
    table: &'a Table,
    header: &'a [String],
    problems: &'a Problems,
    known: Vec<&'static str>,
}

impl<'a> Section<'a> {
    pub(super) fn new(path: String, table: &'a Table, header: &'a [String], problems: &'a Problems) -> Self {
        Self { path, table, header, problems, known: Vec::new() }
    }

    /// Notes what is wrong with a key.
    pub(super) fn problem(&self, key: &str, what: &str) {
        self.problems.borrow_mut().push(format!("{}{key}: {what}", self.path));
    }

    fn get(&mut self, key: &'static str) -> Option<&'a Value> {
        self.known.push(key);
        self.table.get(key)
    }

    /// Whether a key is there; notes it if not.
    pub(super) fn require(&self, key: &str) {
        if !self.table.contains_key(key) {
            self.problem(key, "missing");
        }
    }

    /// A text. A date without quotes is one too.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        match self.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Datetime(at) => Some(at.to_string()),
            _ => {
                self.problem(key, "not a text");
                None
            }
        }
    }

    /// A text that can be read as something.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&str) -> Option<T>,
        expected: &str,
    ) -> Option<T> {
        let text = self.text(key)?;
        let value = read(&text);
        if value.is_none() {
            self.problem(key, &format!("\"{text}\" is {expected}"));
        }
        value
    }

    /// The place of the column that a key names.
    pub(super) fn column(&mut self, key: &'static str) -> Option<usize> {
        let header = self.header;
        self.parsed(key, |name| header.iter().position(|column| column == name), "no column of the file")
    }

    /// A fixed text, or a table with `column` and perhaps `values`.
    pub(super) fn choice<T>(
        &mut self,
        key: &'static str,
        read: fn(&str) -> Option<T>,
        expected: &'static str,
    ) -> Option<Choice<T>> {
        if !matches!(self.table.get(key), Some(Value::Table(_))) {
            return self.parsed(key, read, expected).map(Choice::Fixed);
        }
        let mut section = self.section(key)?;
        section.require("column");
        let column = section.column("column");
        let values = section.section("values").map(|values| values.values(read, expected));
        section.close();
        Some(Choice::Column { column: column?, values, read, expected })
    }

    /// Every entry as a text that can be read.
    fn values<T>(&self, read: fn(&str) -> Option<T>, expected: &str) -> Vec<(String, T)> {
        let value = |(key, value): (&String, &Value)| {
            let value = value.as_str().and_then(read);
            if value.is_none() {
                self.problem(key, expected);
            }
            Some((key.clone(), value?))
        };
        self.table.iter().filter_map(value).collect()
    }

    /// A table below a key.
    pub(super) fn section(&mut self, key: &'static str) -> Option<Section<'a>> {
        match self.get(key)? {
            Value::Table(table) => Some(self.below(key.to_owned(), table)),
            _ => {
                self.problem(key, "not a table");
                None
            }
        }
    }

    /// The tables of a list below a key.
    pub(super) fn sections(&mut self, key: &'static str) -> Vec<Section<'a>> {
        let list = match self.get(key) {
            None => return Vec::new(),
            Some(Value::Array(list)) if list.iter().all(Value::is_table) => list,
            Some(_) => {
                self.problem(key, "not a list of tables");
                return Vec::new();
            }
        };
        let tables = list.iter().filter_map(Value::as_table).zip(0..);
        tables.map(|(table, place): (_, usize)| self.below(format!("{key}[{place}]"), table)).collect()
    }

    fn below(&self, key: String, table: &'a Table) -> Section<'a> {
        Section::new(format!("{}{key}.", self.path), table, self.header, self.problems)
    }

    /// Notes every key that nobody asked for.
    pub(super) fn close(self) {
        for key in self.table.keys().filter(|key| !self.known.contains(&key.as_str())) {
            self.problem(key, "no such key");
        }
    }
}
