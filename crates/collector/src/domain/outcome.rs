//! What becomes of an item.

use tenure_kernel::{QuarantineId, RecordId, TouchpointId, Violation};

/// The kinds of outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Stored and journaled.
    Accepted,
    /// Here already, with the same body, accepted or quarantined.
    Duplicate,
    /// Set aside with its violations.
    Quarantined,
    /// Its record was erased; nothing was stored.
    Suppressed,
    /// Not stored, because the quarantine is full.
    Refused,
}

impl Status {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Accepted, Self::Duplicate, Self::Quarantined, Self::Suppressed, Self::Refused];

    /// Its name, such as "accepted".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Quarantined => "quarantined",
            Self::Suppressed => "suppressed",
            Self::Refused => "refused",
        }
    }
}

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What became of it.
    pub status: Status,
    /// Its id; none when source or event id is missing.
    pub touchpoint: Option<TouchpointId>,
    /// The primary subject's record, if it can be told.
    pub record: Option<RecordId>,
    /// Its place in quarantine, if it is there.
    pub quarantine: Option<QuarantineId>,
    /// Everything that is wrong with it.
    pub violations: Vec<Violation>,
}
