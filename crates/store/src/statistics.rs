//! Which tables PostgreSQL's planner knows nothing of.
//!
//! Until a table was analyzed, the planner guesses how many rows share a value, and takes whole indexes for a row. The server
//! analyzes by itself, but a minute late, and a follower writes a million rows in that minute. So we have it do so once, as
//! soon as a table has a few rows; from then on it is the server's business.

pub(crate) mod sqlite;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// With so many rows written it is worth the while.
const ENOUGH: u64 = 200;

/// How many rows this process wrote to each table. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Statistics(Arc<Mutex<BTreeMap<String, Written>>>);

#[derive(Debug, Default)]
struct Written {
    rows: u64,
    seen_to: bool,
}

impl Statistics {
    fn tables(&self) -> MutexGuard<'_, BTreeMap<String, Written>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that rows of a table were written.
    pub(crate) fn wrote(&self, table: &str, rows: u64) {
        let mut tables = self.tables();
        if let Some(written) = tables.get_mut(table) {
            written.rows += rows;
        } else {
            tables.insert(table.to_owned(), Written { rows, seen_to: false });
        }
    }

    /// Moves what was written to another count.
    pub(crate) fn tell(&self, other: &Self) {
        for (table, written) in std::mem::take(&mut *self.tables()) {
            other.wrote(&table, written.rows);
        }
    }

    /// The tables to see to now, each once.
    pub(crate) fn due(&self) -> Vec<String> {
        let mut due = Vec::new();
        for (table, written) in self.tables().iter_mut() {
            if written.rows >= ENOUGH && !written.seen_to {
                written.seen_to = true;
                due.push(table.clone());
            }
        }
        due
    }
}
