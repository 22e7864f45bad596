//! Segments: conditions on traits and fields; whoever one is true of is in it.

use tenure_kernel::Timestamp;

use super::expression::Expression;

/// How many segments a tenant may have.
pub(crate) const MOST_SEGMENTS: usize = 200;

/// What a segment is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Segment {
    pub(crate) name: String,
    pub(crate) version: i32,
    pub(crate) defined_at: Timestamp,
    /// As it was written.
    pub(crate) text: String,
    pub(crate) condition: Expression,
}

/// That a person is in a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Belonging {
    pub(crate) segment: String,
    /// The definition's.
    pub(crate) version: i32,
    /// Since when, where it was noted.
    pub(crate) since: Option<Timestamp>,
}
