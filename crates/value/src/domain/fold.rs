//! The order-free fold of statements: a slot per fact, and sums by record, currency and day.

use std::collections::BTreeMap;

use tenure_kernel::{RecordId, TouchpointId};

use super::{currency::Currency, purchase::Statement};

/// The statement that wins, by fact.
pub(crate) type Slots = BTreeMap<TouchpointId, Statement>;

/// Which day of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DayKey {
    pub(crate) record: RecordId,
    pub(crate) currency: Currency,
    /// Days since 1970-01-01, in UTC.
    pub(crate) day: i32,
}

/// How many purchases and how much, or by how much that changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) purchases: i64,
    pub(crate) minor_units: i64,
}

/// What statements change.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// The slots that have a new winner.
    pub(crate) slots: Slots,
    /// What to add to the days; none is zero.
    pub(crate) days: BTreeMap<DayKey, Total>,
}

/// Folds statements into the known slots of their facts.
pub(crate) fn fold(mut known: Slots, said: impl IntoIterator<Item = (TouchpointId, Statement)>) -> Change {
    let mut change = Change::default();
    for (fact, statement) in said {
        let winner = known.get(&fact);
        if winner.is_some_and(|winner| !statement.wins_over(winner)) {
            continue;
        }
        if let Some(beaten) = known.insert(fact, statement) {
            change.count(&beaten, -1);
        }
        change.count(&statement, 1);
        change.slots.insert(fact, statement);
    }
    change.days.retain(|_, total| *total != Total::default());
    change
}

impl Change {
    fn count(&mut self, statement: &Statement, times: i64) {
        let Some(purchase) = statement.purchase else { return };
        let key = DayKey { record: statement.record, currency: purchase.currency, day: purchase.day };
        let total = self.days.entry(key).or_default();
        total.purchases += times;
        total.minor_units += times * purchase.minor_units;
    }
}

#[cfg(test)]
mod tests;
