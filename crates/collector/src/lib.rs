#![doc = include_str!("../README.md")]

mod api;
mod app;
mod config;
pub mod domain;
mod follow;
mod metrics;
mod store;
mod wiring;

pub use config::CollectorConfig;
pub use follow::CollectorProjection;
pub use wiring::{Collector, Migrator, Parts};
