//! Dates of birth that too many records have: what systems fill in.

use super::Table;
use crate::normalise::date::Date;
use serde::{Deserialize, Serialize};

/// Dates of which only the year is compared. How common a date may be depends on the size of the set, so they are found at
/// training and are part of the model.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Births {
    /// Sorted.
    dates: Vec<Date>,
}

/// How many times as many as usual may share a date of birth.
const MOST: usize = 20;
/// Dates of birth that a base of customers has, in days: about eighty years.
const DAYS: usize = 29_000;

impl Births {
    /// The dates of a set of records that are more common than dates of persons can be.
    #[must_use]
    pub fn of(table: &Table) -> Self {
        let most = MOST + MOST * (table.len() / DAYS);
        let mut all: Vec<Date> = table.rows.iter().map(|row| row.birth).filter(|birth| birth.is_whole()).collect();
        all.sort_unstable();
        let common = all.chunk_by(|left, right| left == right).filter(|same| same.len() > most);
        Self { dates: common.map(|same| same[0]).collect() }
    }

    /// What a date says.
    pub(crate) fn said(&self, birth: Date) -> Date {
        match self.dates.binary_search(&birth) {
            Ok(_) => Date { month: 0, day: 0, ..birth },
            Err(_) => birth,
        }
    }

    /// Whether dates are in the order that looking them up needs.
    pub(crate) fn is_ordered(&self) -> bool {
        self.dates.is_sorted()
    }
}
