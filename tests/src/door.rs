//! Where callers outside find the services, whichever way these run: the addresses, and what TLS needs.

use std::{collections::BTreeMap, net::SocketAddr};

use tenure::Service;
use tenure_server::config::PeerTls;

/// The way in.
#[derive(Debug, Clone)]
pub struct Door {
    /// Where each service's replicas listen. In one process all services have the same address.
    pub addresses: BTreeMap<Service, Vec<SocketAddr>>,
    /// What a caller checks and shows; without roots all is in clear.
    pub tls: PeerTls,
    /// The API keys of tenants. One that is not here has its name for a key.
    pub keys: BTreeMap<String, String>,
}

impl Door {
    /// One process that hosts all services, in clear, where a bearer is a tenant's name.
    #[must_use]
    pub fn one(address: SocketAddr) -> Self {
        let addresses = Service::ALL.map(|service| (service, vec![address])).into();
        Self { addresses, tls: PeerTls::default(), keys: BTreeMap::new() }
    }

    /// Whether it is reached over TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        !self.tls.ca_file.is_empty()
    }

    /// The replicas of a service as URIs.
    #[must_use]
    pub fn uris(&self, service: Service) -> Vec<String> {
        let scheme = if self.is_tls() { "https" } else { "http" };
        self.addresses[&service].iter().map(|address| format!("{scheme}://{address}")).collect()
    }

    /// The API key of a tenant.
    #[must_use]
    pub fn key(&self, tenant: &str) -> String {
        self.keys.get(tenant).cloned().unwrap_or_else(|| tenant.to_owned())
    }
}
