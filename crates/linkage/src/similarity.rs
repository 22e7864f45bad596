//! How alike two strings are. All work on ASCII bytes of at most [`LONGEST`] and allocate nothing.

mod bag;
mod edit;
mod glance;
mod jaro_winkler;

pub use bag::bag_distance;
pub use edit::edit_distance;
pub(crate) use edit::within;
pub(crate) use glance::Glance;
pub use jaro_winkler::jaro_winkler;

/// What is compared of a value: the first 64 bytes, so that a set of places fits a machine word.
pub const LONGEST: usize = 64;

/// The part of a value that is compared.
fn head(text: &[u8]) -> &[u8] {
    text.get(..LONGEST).unwrap_or(text)
}

#[cfg(test)]
mod tests;
