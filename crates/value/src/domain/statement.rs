//! What touchpoints state of facts, and what facts add up to.

use std::fmt;

use tenure_kernel::{RecordId, TouchpointId};

/// A fact that counts: under which keys, and how much.
pub(crate) trait Counted: Copy + PartialEq + fmt::Debug {
    /// What is added up: a record's day of something.
    type Key: Copy + Ord + fmt::Debug;
    /// How much, or by how much that changes.
    type Total: Sum;

    fn keys(&self, record: RecordId) -> impl Iterator<Item = Self::Key>;

    fn total(&self) -> Self::Total;
}

/// Integers that are added up.
pub(crate) trait Sum: Copy + Default + PartialEq + fmt::Debug {
    /// Adds another so many times; -1 takes it away.
    fn add(&mut self, other: &Self, times: i64);
}

/// What one touchpoint states of a fact.
///
/// An original that is nothing to us makes no statement: every amendment wins over it, and without one there is nothing. An
/// amendment always makes one, for the original may be something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Statement<F> {
    /// Whose fact: the primary subject's record.
    pub(crate) record: RecordId,
    /// 0 for an original, from 1 for an amendment.
    pub(crate) revision: i32,
    pub(crate) touchpoint: TouchpointId,
    /// `None`: retracted, or something else than we count here.
    pub(crate) says: Option<F>,
}

impl<F> Statement<F> {
    /// Of the statements of a fact the highest revision wins, of equal ones the larger touchpoint id.
    pub(crate) fn wins_over(&self, other: &Self) -> bool {
        (self.revision, self.touchpoint) > (other.revision, other.touchpoint)
    }
}
