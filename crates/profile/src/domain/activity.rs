//! How much happened, of whomever: counts by day and type that name nobody, and stay when a person is erased.

use std::collections::BTreeMap;

use super::fact::{Fact, Happened};

/// The fewest that are told: of fewer somebody might say who they were.
pub(crate) const LEAST: i64 = 10;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// A day in UTC since 1970-01-01, and a type's number.
pub(crate) type Cell = (i64, i32);

/// By how much counts change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Activity(pub(crate) BTreeMap<Cell, i64>);

impl Activity {
    /// Counts a fact that is new.
    pub(crate) fn add(&mut self, fact: &Fact) {
        self.change(fact, 1);
    }

    /// Counts a fact in the place of the one that it amends.
    pub(crate) fn replace(&mut self, before: &Fact, fact: &Fact) {
        self.change(before, -1);
        self.change(fact, 1);
    }

    fn change(&mut self, fact: &Fact, by: i64) {
        if let Some(cell) = fact.happened.as_ref().and_then(cell) {
            *self.0.entry(cell).or_default() += by;
        }
    }
}

/// Where it counts; `None`: no trait may be about it either, as it was gathered for due diligence or is of a special kind.
pub(super) fn cell(happened: &Happened) -> Option<Cell> {
    happened.measures.as_ref().map(|_| (happened.at.0.div_euclid(DAY), happened.kind))
}

/// Whether a fact is counted so.
pub(crate) fn is_counted(fact: &Fact) -> bool {
    fact.happened.as_ref().and_then(cell).is_some()
}

#[cfg(test)]
mod tests {
    use tenure_kernel::{Timestamp, TouchpointId};

    use super::*;
    use crate::domain::measure::Measures;

    fn fact(kind: i32, at: i64, measures: Option<Measures>) -> Fact {
        let happened = Some(Happened { kind, at: Timestamp(at), measures, aml: false });
        Fact {
            touchpoint: TouchpointId([1; 16]),
            revision: 0,
            recorded_at: Timestamp(0),
            happened,
            statement: None,
            sequence: 0,
            forgotten: false,
        }
    }

    #[test]
    fn what_is_corrected_moves_and_what_is_retracted_goes() {
        let ordinary = |kind, at| fact(kind, at, Some(Measures::default()));
        let mut activity = Activity::default();
        activity.add(&ordinary(1, 0));
        activity.add(&ordinary(1, DAY - 1));
        activity.add(&ordinary(1, -1));
        assert_eq!(activity.0, [((0, 1), 2), ((-1, 1), 1)].into());
        activity.replace(&ordinary(1, 0), &ordinary(2, DAY));
        let retracted = Fact::retracted(TouchpointId([1; 16]), 1, Timestamp(0));
        activity.replace(&ordinary(1, -1), &retracted);
        assert_eq!(activity.0, [((0, 1), 1), ((-1, 1), 0), ((1, 2), 1)].into());
        activity.replace(&retracted, &ordinary(1, -1));
        assert_eq!(activity.0[&(-1, 1)], 1);
    }

    #[test]
    fn what_no_trait_may_be_about_is_not_counted() {
        let mut activity = Activity::default();
        activity.add(&fact(1, 0, None));
        assert_eq!(activity, Activity::default());
    }
}
