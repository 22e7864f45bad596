#![doc = include_str!("../README.md")]

mod certificates;
mod check;
mod command;
mod config;
mod demo;
mod doctor;
mod expectation;
mod health;
pub mod import;
mod keys;
mod link;
mod migrate;
mod serve;
mod service;
mod simulate;
mod suite;
mod tenant;
mod value;
mod wiring;

pub use command::{Command, run};
pub use config::{Config, EXAMPLE, PeersConfig, ServiceConfig};
pub use service::Service;
pub use suite::{Deps, Suite};
