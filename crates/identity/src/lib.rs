#![doc = include_str!("../README.md")]

mod api;
mod app;
mod config;
mod domain;
mod follow;
mod metrics;
mod store;
mod wiring;

pub use follow::{Linking, Moved};
pub use wiring::{Identity, Migrator, Parts};
