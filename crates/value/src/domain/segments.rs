//! The segments of a base: who is in each, and what they are worth.

use tenure_clv::{
    CustomerValue,
    rfm::{Activity, Segment},
};

use super::{model::Model, score::segment_name, summary::PersonSummary};

/// What the customers of a segment have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tally {
    pub(crate) segment: Segment,
    pub(crate) customers: i64,
    /// In minor units; held at the ends of 64 bits.
    pub(crate) total_minor: i64,
    /// In minor units.
    pub(crate) expected_minor: f64,
    pub(crate) expected_purchases: f64,
    days_since_last: i64,
}

impl Tally {
    fn of(segment: Segment) -> Self {
        Self { segment, customers: 0, total_minor: 0, expected_minor: 0.0, expected_purchases: 0.0, days_since_last: 0 }
    }

    /// On average; 0 without customers.
    pub(crate) fn mean_days_since_last(&self) -> f64 {
        if self.customers == 0 { 0.0 } else { self.days_since_last as f64 / self.customers as f64 }
    }
}

/// All segments, filled person by person.
#[derive(Debug)]
pub(crate) struct Segments(Vec<Tally>);

impl Segments {
    pub(crate) fn new() -> Self {
        Self(Segment::ALL.into_iter().map(Tally::of).collect())
    }

    /// Takes a person in.
    pub(crate) fn take(&mut self, model: &Model, person: &PersonSummary, value: &CustomerValue) {
        let activity = Activity::from(&person.history);
        let segment = model.learned.boundaries.score(&activity).segment();
        let Some(tally) = self.0.iter_mut().find(|tally| tally.segment == segment) else { return };
        tally.customers += 1;
        tally.total_minor = tally.total_minor.saturating_add(activity.total_minor);
        tally.expected_minor += value.expected_minor;
        tally.expected_purchases += value.expected_purchases;
        tally.days_since_last += i64::from(activity.days_since_last);
    }

    /// Those of most expected value first, then by name.
    pub(crate) fn into_best_first(mut self) -> Vec<Tally> {
        self.0.sort_by(|left, right| {
            let by_value = right.expected_minor.total_cmp(&left.expected_minor);
            by_value.then_with(|| segment_name(left.segment).cmp(segment_name(right.segment)))
        });
        self.0
    }
}
