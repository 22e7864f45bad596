//! What touchpoints state of purchases.

use tenure_kernel::{RecordId, TouchpointId};

use super::currency::Currency;

/// The largest amount of one purchase, in minor units. Larger ones are parked: days and persons are sums in 64 bits.
pub(crate) const MAX_MINOR_UNITS: i64 = 1_000_000_000_000_000;

/// A purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Purchase {
    /// The day in UTC that it occurred on, days since 1970-01-01.
    pub(crate) day: i32,
    pub(crate) currency: Currency,
    /// What was paid: 0 to [`MAX_MINOR_UNITS`].
    pub(crate) minor_units: i64,
}

/// What one touchpoint states of a fact.
///
/// An original that is no purchase makes no statement: every amendment wins over it, and without one there is nothing. An
/// amendment always makes one, for the original may be a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Who bought: the primary subject's record.
    pub(crate) record: RecordId,
    /// 0 for an original, from 1 for an amendment.
    pub(crate) revision: i32,
    pub(crate) touchpoint: TouchpointId,
    /// `None`: retracted, or something else than a purchase.
    pub(crate) purchase: Option<Purchase>,
}

impl Statement {
    /// Of the statements of a fact the highest revision wins, of equal ones the larger touchpoint id.
    pub(crate) fn wins_over(&self, other: &Self) -> bool {
        (self.revision, self.touchpoint) > (other.revision, other.touchpoint)
    }
}
