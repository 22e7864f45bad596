//! What comes of asking a provider.

use std::time::Duration;

use super::fact::{Fact, Said};

/// Why a provider can't be asked, or did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unavailable {
    /// It did not answer in time.
    Timeout,
    /// It answered with an error, or could not be reached.
    Error,
    /// It said that it is not available, or left the item out.
    Declined,
    /// It failed so often that it is left alone for a while.
    Breaker,
    /// It has as many calls under way as it may.
    Busy,
    /// It was asked as often as it may be.
    Quota,
    /// All that it said was refused.
    Refused,
    /// It never said what it is.
    Undescribed,
}

impl Unavailable {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::Timeout,
        Self::Error,
        Self::Declined,
        Self::Breaker,
        Self::Busy,
        Self::Quota,
        Self::Refused,
        Self::Undescribed,
    ];

    /// Its code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Error => "error",
            Self::Declined => "declined",
            Self::Breaker => "breaker",
            Self::Busy => "busy",
            Self::Quota => "quota",
            Self::Refused => "refused",
            Self::Undescribed => "undescribed",
        }
    }
}

/// What came of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// There are facts.
    Found(Vec<Fact>),
    /// There is nothing on these inputs.
    NotFound,
    /// There are several that the inputs may mean.
    Ambiguous,
    /// Not for this purpose.
    RefusedPurpose,
    /// An input can't be right.
    InvalidInput,
    /// Not now.
    Unavailable(Unavailable),
}

impl Outcome {
    /// Its code.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Found(_) => "found",
            Self::NotFound => "not_found",
            Self::Ambiguous => "ambiguous",
            Self::RefusedPurpose => "refused_purpose",
            Self::InvalidInput => "invalid_input",
            Self::Unavailable(_) => "unavailable",
        }
    }
}

/// What a provider says came of an item, not checked yet.
#[derive(Debug, Clone, PartialEq)]
pub enum Answered {
    /// There are facts.
    Found(Vec<Said>),
    /// There are none, for a reason that is not [`Outcome::Found`] or [`Outcome::Unavailable`]; and how long it stays so.
    Without(Outcome, Option<Duration>),
    /// Not now.
    Declined,
}

impl Answered {
    /// That there is nothing on these inputs.
    #[must_use]
    pub fn not_found() -> Self {
        Self::Without(Outcome::NotFound, None)
    }

    /// That an input can't be right.
    #[must_use]
    pub fn invalid() -> Self {
        Self::Without(Outcome::InvalidInput, None)
    }
}
