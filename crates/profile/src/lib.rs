#![doc = include_str!("../README.md")]

mod api;
mod app;
mod config;
mod defined;
mod domain;
mod enriched_event;
mod event;
mod follow;
mod hot;
mod kept_field;
mod metrics;
mod retention_event;
mod store;
mod wiring;

pub use app::peers::Peers;
pub use config::{EnrichmentConfig, ProfileConfig, RedisConfig, RemoteConfig};
pub use follow::ProfileProjection;
pub use hot::Writing;
pub use wiring::{Migrator, Parts, Profile};
