//! Where the other processes are, and what they show each other.

use std::path::Path;

use serde::Deserialize;
use tenure_server::{
    ConfigError, Peer, ServiceCredential, Stack, by_path,
    config::{PeerTls, private_text},
};

use crate::Service;

/// Where the services are that this process does not host: for each its addresses, such as `https://collector:7411`. A name
/// may stand for several machines; it is looked up anew every few seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PeersConfig {
    /// The collector's replicas.
    pub collector: Vec<String>,
    /// Identity's replicas.
    pub identity: Vec<String>,
    /// Profile's replicas.
    pub profile: Vec<String>,
    /// Value's replicas.
    pub value: Vec<String>,
    /// Expectation's replicas.
    pub expectation: Vec<String>,
    /// How they are checked, and what they are shown.
    pub tls: PeerTls,
}

impl PeersConfig {
    /// The addresses of a service.
    #[must_use]
    pub fn of(&self, service: Service) -> &[String] {
        match service {
            Service::Collector => &self.collector,
            Service::Identity => &self.identity,
            Service::Profile => &self.profile,
            Service::Value => &self.value,
            Service::Expectation => &self.expectation,
        }
    }

    /// The way to a service in other processes.
    ///
    /// # Errors
    /// When it has no address, one is wrong, or what TLS needs can't be read.
    pub fn reach(&self, service: Service) -> Result<Peer, ConfigError> {
        Peer::balanced(self.of(service), &self.tls)
    }

    /// The way to all services in other processes, as if they were in one.
    ///
    /// # Errors
    /// When one has no address, an address is wrong, or what TLS needs can't be read.
    pub(crate) fn reach_all(&self) -> Result<Stack, ConfigError> {
        let reach = |service: Service| {
            let missing = |error: ConfigError| ConfigError::new(format!("peers.{service}: {error}"));
            Ok((format!("/tenure.{service}."), self.reach(service).map_err(missing)?))
        };
        Ok(by_path(Service::ALL.into_iter().map(reach).collect::<Result<_, ConfigError>>()?))
    }

    /// Everything that is wrong, each with its key.
    pub(super) fn validate(&self, insecure: bool) -> Vec<String> {
        let mut wrong: Vec<String> = self.tls.validate().into_iter().map(|problem| format!("tls.{problem}")).collect();
        for service in Service::ALL {
            for (place, address) in self.of(service).iter().enumerate() {
                if let Err(why) = Peer::check(address, insecure) {
                    wrong.push(format!("{service}[{place}]: {why}"));
                }
            }
            let over_tls = self.of(service).iter().any(|address| address.starts_with("https:"));
            if over_tls && self.tls.ca_file.is_empty() {
                wrong.push(format!("tls.ca_file: must be set, {service} is reached by https"));
            }
        }
        wrong
    }
}

/// What our processes show each other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceConfig {
    /// A file with a secret of at least 32 characters that all processes share and its owner alone can read. Empty: a secret of
    /// this process's own, which is enough where it hosts all services.
    pub secret_file: String,
}

impl ServiceConfig {
    pub(crate) fn credential(&self) -> Result<ServiceCredential, ConfigError> {
        if self.secret_file.is_empty() {
            return ServiceCredential::random();
        }
        let secret = private_text(Path::new(&self.secret_file))?;
        let located = |error: ConfigError| ConfigError::new(format!("{}: {error}", self.secret_file));
        ServiceCredential::from_secret(secret.trim()).map_err(located)
    }
}
