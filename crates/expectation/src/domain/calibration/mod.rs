//! How much more a loss weighs than a gain, as survey answers have it. Proposes; adopts nothing.

mod bootstrap;
mod fit;
mod proposal;

pub use fit::Fit;
pub(crate) use proposal::{Answer, propose};
pub use proposal::{Doubt, LEAST_LATE, Proposal};
