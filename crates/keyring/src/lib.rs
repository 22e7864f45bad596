#![doc = include_str!("../README.md")]

mod cache_key;
mod data_key;
mod error;
mod kek;
mod keyring;
mod making;
mod rewrap;
mod store;

pub use cache_key::CacheKey;
pub use data_key::DataKeys;
pub use error::KeyringError;
pub use kek::{Bound, Kek, KeyEncryption, KeyringConfig};
pub use keyring::Keyring;
pub use store::Migrator;
