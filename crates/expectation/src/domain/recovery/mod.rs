//! Recovery: who of those that were let down is offered a gesture, who is held out, and what the difference comes to. Redress that is
//! owed is never held out; only what a firm gives of its own accord is.

mod draw;
mod effect;
mod outcome;
#[cfg(test)]
mod table;

use tenure_kernel::Timestamp;

pub(crate) use draw::draw;
pub(crate) use effect::{Arm, Verdict, effect};
pub(crate) use outcome::{Outcome, known, outcome, seen_at};

/// What is done for a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// Offered the gesture.
    Treat,
    /// Not offered it, so that what it does can be told.
    HoldOut,
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ground {
    Drawn,
    /// Redress is owed: who is owed something is held out of nothing, and counts for neither side.
    RedressOwed,
}

/// What was decided of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Decided {
    pub(crate) at: Timestamp,
    pub(crate) group: Group,
    pub(crate) ground: Ground,
}
