//! Paths of fields, and what follows from them. The README lists them all.

/// Whether values under the path are personal, and so sealed.
pub(crate) fn is_private(path: &str) -> bool {
    let root = path.split('.').next().unwrap_or(path);
    matches!(
        root,
        "name"
            | "birth_date"
            | "language"
            | "time_zone"
            | "organisation_name"
            | "address"
            | "contact"
            | "identifier"
            | "enriched"
            | "enrichment"
    )
}

/// Paths of a special kind.
pub(crate) const SPECIAL: [&str; 2] = ["life.vulnerability", "complaint_hold"];

/// Whether values of a path are of a special kind, which few purposes see, and from which no trait is worked out.
pub(crate) fn is_special(path: &str) -> bool {
    SPECIAL.iter().any(|special| is_within(path, special))
}

/// What paths begin with.
const ROOTS: [&str; 19] = [
    "name",
    "birth_date",
    "language",
    "time_zone",
    "organisation_name",
    "address",
    "contact",
    "identifier",
    "contract",
    "consent",
    "objection",
    "preference",
    "loyalty",
    "life",
    "restriction",
    "hold",
    "complaint_hold",
    "enriched",
    "enrichment",
];

/// Whether there can be fields of this path, or of paths that begin with it.
pub(crate) fn is_known(path: &str) -> bool {
    let root = path.split('.').next().unwrap_or(path);
    ROOTS.contains(&root)
}

/// Whether a path is this one or begins with it, up to a part or a jurisdiction.
pub(crate) fn is_within(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '@']))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_within_what_it_begins_with_word_by_word() {
        assert!(is_within("address.city", "address") && is_within("address.city", "address.city"));
        assert!(is_within("consent.marketing@NL", "consent.marketing"));
        assert!(!is_within("address.city", "addr") && !is_within("address", "address.city"));
        assert!(is_known("life.deceased") && is_known("contact") && !is_known("contacts") && !is_known(""));
    }
}
