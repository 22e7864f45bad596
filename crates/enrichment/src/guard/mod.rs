//! What stands between us and a provider, so that whatever it does harms nobody who does not need it: at most so many calls at once, a
//! time limit, a breaker, a quota, a budget for repeats; each question once for all who ask it, and kept for a while.

pub mod breaker;
pub mod bucket;
pub mod cache;
mod flight;
mod guarded;
mod limits;

pub use guarded::{Guarded, Reply};
pub use limits::Limits;
