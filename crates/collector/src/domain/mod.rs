//! Pure decisions: what is wrong with a touchpoint, whose it is, and what becomes of it.

pub mod catalogue;
pub mod detail;
mod findings;
mod form;
pub mod intake;
pub(crate) mod majority;
pub mod outcome;
pub mod record;
pub mod schema;
pub mod subject;
pub mod touchpoint;

pub use form::is_source;
