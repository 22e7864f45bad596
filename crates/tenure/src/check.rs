//! `tenure check-config`. A wrong configuration ends the command before this; what is left is to say that all is well.

use std::process::ExitCode;

use crate::{Config, command::print};

pub(crate) fn run(config: &Config) -> anyhow::Result<ExitCode> {
    print("the configuration is fine");
    print(&format!("listens on {}, keeps its data at {}", config.server.listen, place(config)));
    Ok(ExitCode::SUCCESS)
}

/// Where the data is, without a password.
pub(crate) fn place(config: &Config) -> String {
    match config.store.url.rsplit_once('@') {
        Some((_, host)) => format!("postgres://…@{host}"),
        None => config.store.url.clone(),
    }
}
