//! From weighted pairs to clusters: a function of the records, the model and the decisions, never of an order.

use crate::judge::Said;

mod alarms;
mod average;
mod components;
mod decisions;
mod stated;

pub use alarms::{Alarm, alarms};
pub use average::{Clustering, cluster};
pub use decisions::{Decisions, Verdicts};

/// What clustering asks of the records. Records are named by their place.
pub trait Evidence {
    /// What a pair says.
    fn said(&self, left: u32, right: u32) -> Said;

    /// Whether two records may never be in one cluster.
    fn veto(&self, left: u32, right: u32) -> bool;

    /// What a person has few of, by kind; 0 where the record has none.
    fn scarce(&self, record: u32) -> [u64; SCARCE];

    /// Whether a record names somebody. One that does not joins others, and is no reason to join two that do.
    fn names(&self, record: u32) -> bool;

    /// What chooses among equals: a number that depends on what the record says and on nothing else.
    fn tie(&self, record: u32) -> u64;
}

/// Kinds of values of which a person has few: dates of birth, national numbers.
pub const SCARCE: usize = 2;

#[cfg(test)]
mod tests;
