//! `tenure serve`.

use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use tenure_server::telemetry::{self, TelemetryConfig};
use tokio::net::TcpListener;

use crate::{Config, Deps, Service, Suite, check::place, command::say, keys};

/// How to serve.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The services to run in this process; the others run elsewhere, at the addresses that `[peers]` names. None: all.
    #[arg(value_enum)]
    services: Vec<Service>,
}

pub(crate) async fn run(args: ServeArgs, config: Config) -> anyhow::Result<()> {
    let mut services = if args.services.is_empty() { Service::ALL.to_vec() } else { args.services };
    services.sort_unstable();
    services.dedup();
    config.fits(&services)?;
    config.server.tls.load()?;
    let telemetry = telemetry::init(&told(config.telemetry.clone(), &services))?;
    let listener = TcpListener::bind(config.server.listen)
        .await
        .with_context(|| format!("can't listen on {}; set server.listen", config.server.listen))?;
    let keys = keys::read_or_make(&config)?;
    let what = if services.len() == Service::ALL.len() { "everything".to_owned() } else { named(&services) };
    let suite = Suite::open(&config, Deps { services, ..Deps::real(Arc::new(keys)) }).await?;
    let scheme = if config.server.tls.is_on() { "https" } else { "http" };
    say(&format!("tenure serves {what} on {scheme}://{} from {}", listener.local_addr()?, place(&config)));
    if let Some(folder) = config.folder().filter(|folder| folder.join("api-key").exists()) {
        say(&format!("a key for tenant \"default\" stands in {}", folder.join("api-key").display()));
    }
    let ended = suite.serve(listener).await;
    drop(telemetry);
    ended
}

/// A process with one service has its name, unless the configuration gives it another.
fn told(mut config: TelemetryConfig, services: &[Service]) -> TelemetryConfig {
    if let [one] = services
        && config.service_name == TelemetryConfig::default().service_name
    {
        config.service_name = format!("tenure-{one}");
    }
    config
}

fn named(services: &[Service]) -> String {
    services.iter().map(|service| service.name()).collect::<Vec<_>>().join(", ")
}
