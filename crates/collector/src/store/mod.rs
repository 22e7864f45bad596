//! The collector's tables.

pub(crate) mod erased;
pub(crate) mod progress;
pub(crate) mod quarantine;
pub(crate) mod schema;
pub(crate) mod seen;
pub(crate) mod tally;
