//! Counts of touchpoints of one type.

use tenure_kernel::Timestamp;

/// How often, when first and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) count: i64,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
}

impl Count {
    pub(crate) fn once(at: Timestamp) -> Self {
        Self { count: 1, first: at, last: at }
    }

    /// Of two sets of touchpoints that have none in common.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self { count: self.count + other.count, first: self.first.min(other.first), last: self.last.max(other.last) }
    }
}
