//! Between the wire and the domain.

pub(super) mod outcome;
pub(super) mod quarantine;
pub(super) mod records;
pub(super) mod schema;
pub(super) mod source;
