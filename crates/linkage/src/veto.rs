//! What two records of one person can never have.

use crate::{
    compare::{
        Comparison,
        levels::{birth, given, number as levels},
    },
    normalise::number::is_valid_bsn,
    table::Table,
};

impl Table {
    /// Whether two records can never be one person, whatever else they share: different valid citizen service numbers;
    /// different numbers of a source that gives each customer one; in one source, another given name and another birth.
    #[must_use]
    pub fn vetoes(&self, left: usize, right: usize) -> bool {
        let (one, other) = (self.row(left), self.row(right));
        let one_source = one.source == other.source && one.source != 0;
        if one.source == other.source && one.customer != 0 && other.customer != 0 && one.customer != other.customer {
            return true;
        }
        let numbered = one.national != 0 && other.national != 0 && one.national != other.national;
        if !numbered && !one_source {
            return false;
        }
        let pattern = self.compare(left, right);
        let valid = |number: u32| is_valid_bsn(self.strings.text(number));
        let two_numbers = numbered
            && pattern.level(Comparison::NationalId) == usize::from(levels::DIFFERENT)
            && valid(one.national)
            && valid(other.national);
        let two_people = one_source
            && pattern.level(Comparison::Given) == usize::from(given::DIFFERENT)
            && pattern.level(Comparison::Birth) == usize::from(birth::DIFFERENT);
        two_numbers || two_people
    }
}
