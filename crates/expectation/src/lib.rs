#![doc = include_str!("../README.md")]

mod api;
mod app;
pub mod audit;
mod config;
mod domain;
mod event;
mod follow;
mod metrics;
mod store;
mod wiring;

pub use config::ExpectationConfig;
pub use follow::ExpectationProjection;
pub use wiring::{Expectation, Migrator, Parts};
