//! Looks back at surveys that were sent: which of them the guard would have held, by what was known when each went out, and what
//! is left of the scores once those are taken away, or stood in for by those like them.

mod bounds;
mod case;
mod propensity;
mod report;
mod review;
mod scores;
mod stratum;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod propensity_laws;
#[cfg(test)]
mod propensity_table;
#[cfg(test)]
mod table;

pub use bounds::{Bounds, Nps};
pub use case::{Case, Field, MOST_OF_CUSTOMER, Wrong, crowded};
pub use propensity::{Layer, Weighted};
pub use report::Audit;
pub(crate) use report::audit;
pub(crate) use review::Terms;
pub use scores::{Scale, Scores};
pub use stratum::Stratum;
