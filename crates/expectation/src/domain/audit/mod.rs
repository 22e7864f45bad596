//! Looks back at surveys that were sent: which of them the guard would have held, by what was known when each went out, and what
//! is left of the scores once those are taken away.

mod bounds;
mod case;
mod report;
mod review;
mod scores;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod table;

pub use bounds::{Bounds, Nps};
pub use case::{Case, Field, MOST_OF_CUSTOMER, Wrong, crowded};
pub use report::Audit;
pub(crate) use report::audit;
pub(crate) use review::Terms;
pub use scores::{Scale, Scores};
