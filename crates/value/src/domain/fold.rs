//! The order-free fold of statements: a slot per fact, and sums by record and day.

use std::collections::BTreeMap;

use tenure_kernel::TouchpointId;

use super::statement::{Counted, Statement, Sum as _};

/// The statement that wins, by fact.
pub(crate) type Slots<F> = BTreeMap<TouchpointId, Statement<F>>;

/// What statements change.
#[derive(Debug, PartialEq)]
pub(crate) struct Change<F: Counted> {
    /// The slots that have a new winner.
    pub(crate) slots: Slots<F>,
    /// What to add to the days; none is zero.
    pub(crate) days: BTreeMap<F::Key, F::Total>,
}

/// Folds statements into the known slots of their facts.
pub(crate) fn fold<F: Counted>(
    mut known: Slots<F>,
    said: impl IntoIterator<Item = (TouchpointId, Statement<F>)>,
) -> Change<F> {
    let mut change = Change { slots: Slots::new(), days: BTreeMap::new() };
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
    change.days.retain(|_, total| *total != F::Total::default());
    change
}

/// The new winners of facts that are not added up.
pub(crate) fn winners<F: Clone>(
    mut known: Slots<F>,
    said: impl IntoIterator<Item = (TouchpointId, Statement<F>)>,
) -> Slots<F> {
    let mut new = Slots::new();
    for (fact, statement) in said {
        if known.get(&fact).is_none_or(|winner| statement.wins_over(winner)) {
            known.insert(fact, statement.clone());
            new.insert(fact, statement);
        }
    }
    new
}

impl<F: Counted> Change<F> {
    fn count(&mut self, statement: &Statement<F>, times: i64) {
        let Some(fact) = &statement.says else { return };
        for key in fact.keys(statement.record) {
            self.days.entry(key).or_default().add(&fact.total(), times);
        }
    }
}

#[cfg(test)]
mod tests;
