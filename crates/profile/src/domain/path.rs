//! Paths of fields, and what follows from them. The README lists them all.

/// Whether values under the path are personal, and so sealed.
pub(crate) fn is_private(path: &str) -> bool {
    let root = path.split('.').next().unwrap_or(path);
    matches!(
        root,
        "name" | "birth_date" | "language" | "time_zone" | "organisation_name" | "address" | "contact" | "identifier"
    )
}

/// Whether a person may have several values under the path at once: then each value has a register of its own.
pub(crate) fn has_many_values(path: &str) -> bool {
    path.starts_with("contact.") || path.starts_with("identifier.")
}

/// What decides between values of the same moment, before the source does: a withdrawal of consent outweighs all else.
pub(crate) fn weight(path: &str, value: &str) -> u8 {
    u8::from(path.starts_with("consent.") && value == WITHDRAWN)
}

/// The value of consent that was withdrawn.
pub(crate) const WITHDRAWN: &str = "withdrawn";
