//! `tenure export-tenant` and `tenure import-tenant`: one tenant with everything that is known of it, from one deployment to another, also from
//! one kind of database to the other.
//!
//! Rows move as they stand, with what positions need, so that the target goes on where the source stopped: the same persons, ids and
//! read tokens, and keys that stay wrapped.

mod cell;
mod export;
mod folder;
mod import;
mod lines;
mod manifest;
mod owner;
mod positions;
mod stores;
mod verify;

pub(crate) use export::{ExportArgs, run as export};
pub(crate) use import::{ImportArgs, run as import};

/// Rows that are in memory at once.
const PAGE: i64 = 1_000;
