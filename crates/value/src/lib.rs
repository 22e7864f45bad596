#![doc = include_str!("../README.md")]

mod api;
mod app;
mod config;
mod domain;
mod event;
mod follow;
mod metrics;
mod store;
mod wiring;

pub use config::ValueConfig;
pub use follow::ValueProjection;
pub use wiring::{Migrator, Parts, Value};
