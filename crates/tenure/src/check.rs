//! `tenure check-config`. Wrong settings end the command before this; what is left is to read the files that they name.

use std::process::ExitCode;

use crate::{Config, Service, command::print};

pub(crate) fn run(config: &Config) -> anyhow::Result<ExitCode> {
    config.server.tls.load()?;
    config.service.credential()?;
    for service in Service::ALL.into_iter().filter(|service| !config.peers.of(*service).is_empty()) {
        config.peers.reach(service)?;
    }
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
