#![doc = include_str!("../README.md")]

mod bulk;
mod catalogue;
mod config;
mod connections;
mod dialect;
mod error;
mod keyed;
mod migration;
mod notice;
mod observed;
#[cfg(all(feature = "testing", debug_assertions))]
mod plans;
mod pool;
mod query;
mod row;
mod statistics;
#[cfg(feature = "testing")]
pub mod testing;

pub use bulk::{Insert, Kind};
pub use catalogue::{Column, Table};
pub use config::StoreConfig;
pub use dialect::Dialect;
pub use error::StoreError;
pub use migration::{SqlMigration, pending};
pub use notice::Listener;
#[doc(hidden)]
pub use observed::Namespace;
pub use pool::{Store, Tx};
pub use query::Query;
pub use row::Row;
pub use sea_orm::Value;
pub use sea_orm_migration::{MigrationTrait, MigratorTrait};
