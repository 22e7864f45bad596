//! How the harness calls servers: with a deadline, and without repeats of the client's own, so that each failure is seen.

use std::time::Duration;

use tenure::Service;
use tenure_client::{Client, Purpose, Settings};

use super::process::Server;

/// How long a call may take.
pub const DEADLINE: Duration = Duration::from_secs(5);

/// A client of the server at an address; over TLS where there are roots of its certificate.
///
/// # Errors
/// When the address, the key or the roots can't be one.
pub fn connect(address: &str, key: &str, roots: Option<&str>) -> anyhow::Result<Client> {
    let settings = Settings { attempts: 1, deadline: DEADLINE, ..Settings::default() };
    let client = match roots {
        Some(roots) => Client::connect_tls(&format!("https://{address}"), key, roots),
        None => Client::connect(&format!("http://{address}"), key),
    };
    Ok(client?.with_settings(settings).for_purpose(Purpose::Service))
}

/// The ways to each service's replicas.
#[derive(Debug, Clone)]
pub struct Doors(Vec<(Option<Service>, Client)>);

impl Doors {
    /// The doors of servers.
    ///
    /// # Errors
    /// Never: the addresses are ours.
    pub fn of(servers: &[Server], key: &str) -> anyhow::Result<Self> {
        let doors =
            servers.iter().map(|server| Ok((server.service, connect(&server.address, key, server.roots.as_deref())?)));
        Ok(Self(doors.collect::<anyhow::Result<_>>()?))
    }

    /// The replicas of a service.
    #[must_use]
    pub fn to(&self, service: Service) -> Vec<Client> {
        let hosts = |hosted: &Option<Service>| hosted.is_none_or(|hosted| hosted == service);
        self.0.iter().filter(|(hosted, _)| hosts(hosted)).map(|(_, client)| client.clone()).collect()
    }
}
