//! Enrichment: what can be known of a value beyond what a source said. Providers inside, the way to those outside, and what guards every
//! call to one.

mod builtin;
pub mod domain;
pub mod guard;
mod metrics;
mod provider;
mod remote;

pub use builtin::{BUILTIN, Builtin};
pub use guard::{Guarded, Limits, Reply};
pub use provider::{Answer, Failed, Provider, Question};
pub use remote::Remote;
