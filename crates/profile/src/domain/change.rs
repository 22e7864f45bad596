//! What of a person changed.

use tenure_kernel::PersonId;

/// Why a person is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    Touchpoint,
    Right,
    Membership,
    Erasure,
    Clock,
    Definition,
    Enrichment,
}

/// What of a person changed. No values: whoever is told reads them for a purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) person: PersonId,
    pub(crate) revision: i64,
    pub(crate) cause: Cause,
    /// Of fields.
    pub(crate) paths: Vec<String>,
    /// Of indexed traits.
    pub(crate) traits: Vec<String>,
    /// Segments.
    pub(crate) entered: Vec<String>,
    pub(crate) left: Vec<String>,
    /// Whether it has no records any more.
    pub(crate) gone: bool,
}

impl Change {
    /// A person has no records any more.
    pub(crate) fn gone(person: PersonId, revision: i64, cause: Cause) -> Self {
        let (paths, traits, entered, left) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { person, revision, cause, paths, traits, entered, left, gone: true }
    }
}
