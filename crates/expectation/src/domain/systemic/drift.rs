//! Little by little more: a cumulative sum notices a doubling that no single period shows.

use std::f64::consts::LN_2;

/// The sum from which on it is a drift.
const LIMIT: f64 = 5.0;

/// A period: how many there were, and how many were expected of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Period {
    pub(crate) count: u64,
    pub(crate) expected: f64,
}

/// The first period by which the counts have drifted to twice what is expected of them, by place.
pub(crate) fn drifted(periods: &[Period]) -> Option<usize> {
    let mut sum = 0.0_f64;
    periods.iter().position(|period| {
        // Halfway, as likelihoods have it, between what is expected and twice that.
        sum = (sum + super::tail::float(period.count) - period.expected / LN_2).max(0.0);
        sum > LIMIT
    })
}
