//! Record linkage, pure: no IO, no clock, no async.

pub mod blocking;
pub mod cluster;
pub mod compare;
mod intern;
mod judge;
pub mod labels;
pub mod metrics;
pub mod model;
pub mod normalise;
pub mod pipeline;
pub mod records;
pub mod schema;
pub mod similarity;
pub mod table;
pub mod text;
mod veto;
pub mod waterfall;

pub use judge::{Judge, Said};
pub use model::{Model, Scorer};
pub use pipeline::{Linked, Options, dedupe};
pub use records::Records;
pub use schema::{Role, Schema, recognise};
pub use table::{Births, Generic, Table, Unpackable, tie};

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
