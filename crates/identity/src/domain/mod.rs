//! Who is who: pure decisions over records, match keys and stewards' statements.

pub(crate) mod change;
pub(crate) mod cluster;
pub(crate) mod decision;
pub(crate) mod fact;
pub(crate) mod key;
#[cfg(test)]
mod laws;
pub(crate) mod neighbourhood;
pub(crate) mod person;
#[cfg(test)]
mod tables;
