//! `tenure health`: whether the server that this configuration describes serves. For health checks of containers.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, bail};
use tenure_server::Peer;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use crate::{Config, command::print};

const PATIENCE: Duration = Duration::from_secs(4);

pub(crate) async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let scheme = if config.server.tls.is_on() { "https" } else { "http" };
    // Its certificate is checked as another process would.
    let peer = Peer::balanced(&[format!("{scheme}://{}", here(config.server.listen))], &config.peers.tls)?;
    let call = async { HealthClient::new(peer).check(HealthCheckRequest::default()).await };
    let answer = tokio::time::timeout(PATIENCE, call).await.context("no answer in time")?;
    match answer.map(|answer| answer.into_inner().status()) {
        Ok(ServingStatus::Serving) => {
            print("serving");
            Ok(ExitCode::SUCCESS)
        }
        Ok(_) => bail!("it does not serve"),
        Err(status) => bail!("it does not answer: {}", status.message()),
    }
}

/// The address as this machine reaches it.
fn here(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
