#![doc = include_str!("../README.md")]

mod check;
mod command;
mod config;
mod demo;
mod doctor;
pub mod import;
mod keys;
mod migrate;
mod serve;
mod simulate;
mod suite;

pub use command::{Command, run};
pub use config::{Config, EXAMPLE};
pub use suite::{Deps, Suite};
