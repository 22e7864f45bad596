//! `tenure serve`.

use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use tenure_server::telemetry;
use tokio::net::TcpListener;

use crate::{Config, Deps, Suite, check::place, command::say, keys};

/// How to serve.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {}

pub(crate) async fn run(_args: ServeArgs, config: Config) -> anyhow::Result<()> {
    let telemetry = telemetry::init(&config.telemetry)?;
    let listener = TcpListener::bind(config.server.listen)
        .await
        .with_context(|| format!("can't listen on {}; set server.listen", config.server.listen))?;
    let keys = keys::read_or_make(&config)?;
    let suite = Suite::open(&config, Deps::real(Arc::new(keys))).await?;
    say(&format!("tenure serves on {} from {}", listener.local_addr()?, place(&config)));
    if let Some(folder) = config.folder().filter(|folder| folder.join("api-key").exists()) {
        say(&format!("a key for tenant \"default\" stands in {}", folder.join("api-key").display()));
    }
    let ended = suite.serve(listener).await;
    drop(telemetry);
    ended
}
