//! What two records of one person can never have.

use crate::{
    compare::{
        Comparison,
        levels::{birth, given, number as levels},
    },
    normalise::number::is_valid_bsn,
    table::{Births, Table},
};

impl Table {
    pub(crate) fn vetoes(&self, left: usize, right: usize, births: &Births) -> bool {
        let (one, other) = (self.row(left), self.row(right));
        let one_source = one.source == other.source && one.source != 0;
        if one.source == other.source && one.customer != 0 && other.customer != 0 && one.customer != other.customer {
            return true;
        }
        let numbered = one.national() != 0 && other.national() != 0 && one.national() != other.national();
        if !numbered && !one_source {
            return false;
        }
        let pattern = self.compare(left, right, births);
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
