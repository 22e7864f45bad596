//! How much more a loss weighs than a gain, as survey answers have it. Proposes; adopts nothing.

mod bootstrap;
mod fit;
mod joined;
mod proposal;
mod tally;

pub use fit::Fit;
pub(crate) use joined::{Answered, joined};
pub(crate) use proposal::{Answer, propose};
pub use proposal::{Doubt, LEAST_LATE, Proposal};
pub(crate) use tally::Tally;
