//! Two records compared: for each comparison a level, all levels in one number.

mod address;
mod birth;
mod contact;
pub(crate) mod levels;
mod names;
mod plain;

use crate::table::{Births, Row, TEXTS, Table};

pub use levels::Comparison;

/// The levels of a pair, four bits for each [`Comparison`]; 0 is "not comparable".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Pattern(pub u64);

impl Pattern {
    /// The level of a comparison.
    #[must_use]
    pub fn level(self, comparison: Comparison) -> usize {
        (self.0 >> (comparison as u64 * 4) & 15) as usize
    }

    pub(crate) fn with(self, comparison: Comparison, level: u8) -> Self {
        Self(self.0 | u64::from(level) << (comparison as u64 * 4))
    }
}

impl Table {
    /// Compares the records at two places, of dates of birth in `births` the year only. The same in both directions.
    #[must_use]
    pub fn compare(&self, left: usize, right: usize, births: &Births) -> Pattern {
        let (left, right) = (&self.rows[left], &self.rows[right]);
        let (given, surname) = names::names(self, left, right);
        let mut pattern = Pattern::default()
            .with(Comparison::Given, given)
            .with(Comparison::Surname, surname)
            .with(Comparison::Organisation, plain::organisation(self, left.organisation, right.organisation))
            .with(Comparison::Birth, birth::birth(births.said(left.birth), births.said(right.birth)))
            .with(Comparison::Gender, plain::gender(left.gender, right.gender))
            .with(Comparison::Email, contact::email(self, left, right))
            .with(Comparison::Phone, contact::phone(left, right))
            .with(Comparison::Iban, contact::code(self, left.iban(), right.iban()))
            .with(Comparison::NationalId, plain::number(self, left.national(), right.national()))
            .with(Comparison::CompanyNumber, plain::number(self, left.company, right.company))
            .with(Comparison::Address, address::address(self, left, right))
            .with(Comparison::Region, plain::region(self, left.region, right.region));
        for (at, comparison) in Comparison::TEXTS.into_iter().enumerate().take(TEXTS) {
            pattern = pattern.with(comparison, plain::text(self, left.texts[at], right.texts[at]));
        }
        pattern
    }

    pub(crate) fn row(&self, at: usize) -> &Row {
        &self.rows[at]
    }
}
