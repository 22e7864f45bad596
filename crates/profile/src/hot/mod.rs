//! Answers kept in memory, and how it is known that they are still true.

mod answers;
mod freshness;

pub(crate) use answers::{Asked, Hot, Loaded};
pub use freshness::Writing;
pub(crate) use freshness::{Freshness, Watched};
