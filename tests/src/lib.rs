//! What tests across services and benchmarks share: a whole suite on a database of its own, in one process or in many, and
//! callers of any tenant.

pub mod caller;
pub mod cluster;
pub mod cpu;
pub mod door;
pub mod faults;
pub mod host;
pub mod log;
pub mod measured;
pub mod open_loop;
pub mod sink;
pub mod touchpoints;
