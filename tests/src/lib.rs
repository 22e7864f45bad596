//! What tests across services and benchmarks share: a whole suite on a database of its own, and callers of any tenant.

pub mod caller;
pub mod host;
pub mod log;
pub mod touchpoints;
