//! Purchases, and what a record bought on a day.

use tenure_kernel::RecordId;

use super::{
    book::Book,
    statement::{Counted, Sum},
};

/// The largest amount of one touchpoint, in minor units. Larger ones are parked: days and persons are sums in 64 bits.
pub(crate) const MAX_MINOR_UNITS: i64 = 1_000_000_000_000_000;

/// A purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Purchase {
    /// The day in UTC that it occurred on, days since 1970-01-01.
    pub(crate) day: i32,
    /// Its currency, and the product line that it says; if none, all.
    pub(crate) book: Book,
    /// What was paid: 0 to [`MAX_MINOR_UNITS`].
    pub(crate) minor_units: i64,
    /// What of it is margin, in the same currency, if the source says: at most [`MAX_MINOR_UNITS`], and no less than its negative.
    pub(crate) margin: Option<i64>,
}

/// Which day of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DayKey {
    pub(crate) record: RecordId,
    pub(crate) book: Book,
    /// Days since 1970-01-01, in UTC.
    pub(crate) day: i32,
}

/// How many purchases and how much, or by how much that changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) purchases: i64,
    pub(crate) minor_units: i64,
    /// What those purchases brought of which the margin is known.
    pub(crate) known_minor: i64,
    /// Their margin.
    pub(crate) margin_minor: i64,
}

impl Counted for Purchase {
    type Key = DayKey;
    type Total = Total;

    fn keys(&self, record: RecordId) -> impl Iterator<Item = DayKey> {
        let Self { book, day, .. } = *self;
        book.line.counted_in().map(move |line| DayKey { record, book: Book { line, ..book }, day })
    }

    fn total(&self) -> Total {
        let known_minor = self.margin.map_or(0, |_| self.minor_units);
        Total { purchases: 1, minor_units: self.minor_units, known_minor, margin_minor: self.margin.unwrap_or(0) }
    }
}

impl Sum for Total {
    fn add(&mut self, other: &Self, times: i64) {
        self.purchases += times * other.purchases;
        self.minor_units += times * other.minor_units;
        self.known_minor += times * other.known_minor;
        self.margin_minor += times * other.margin_minor;
    }
}
