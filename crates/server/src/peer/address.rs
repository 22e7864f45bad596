//! Where a service is, and the machines behind its name.

use std::{net::SocketAddr, time::Duration};

use http::{Uri, uri::Scheme};
use tonic::transport::{ClientTlsConfig, Endpoint};

use crate::config::ConfigError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// A stream may be quiet for long; probes find out that its other end is gone.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(8);

/// An address such as `https://collector:7411`. A name may stand for several machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    uri: Uri,
    host: String,
    port: u16,
}

impl Address {
    pub(super) fn parse(text: &str) -> Result<Self, ConfigError> {
        // Not shown: it may hold a password.
        let wrong = || ConfigError::new("is no address such as https://collector:7411");
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let known = [Some(&Scheme::HTTP), Some(&Scheme::HTTPS)].contains(&uri.scheme());
        let bare = uri.path() == "/" && uri.query().is_none() && !text.contains('@');
        match (uri.host(), uri.port_u16()) {
            (Some(host), Some(port)) if known && bare && !host.is_empty() => {
                let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
                Ok(Self { uri, host, port })
            }
            _ => Err(wrong()),
        }
    }

    pub(super) fn is_tls(&self) -> bool {
        self.uri.scheme() == Some(&Scheme::HTTPS)
    }

    /// Whether it can be no other machine than this one.
    pub(super) fn is_here(&self) -> bool {
        self.host == "localhost" || self.host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
    }

    /// Whether it says the machine by its number, so that no name service is asked.
    pub(super) fn is_number(&self) -> bool {
        self.host.parse::<std::net::IpAddr>().is_ok()
    }

    /// The machines behind it, as the name service sees it now.
    pub(super) async fn resolve(&self) -> std::io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((self.host.as_str(), self.port)).await?.collect())
    }

    /// How one of its machines is connected to: by number, and asked for by name. `domain`: the name in its certificate.
    pub(super) fn endpoint(
        &self,
        machine: SocketAddr,
        tls: Option<&ClientTlsConfig>,
        domain: &str,
    ) -> Result<Endpoint, ConfigError> {
        let scheme = if self.is_tls() { "https" } else { "http" };
        let endpoint = Endpoint::from_shared(format!("{scheme}://{machine}"));
        let endpoint = endpoint
            .map_err(|_| ConfigError::new("a machine's address is none"))?
            .origin(self.uri.clone())
            .tcp_nodelay(true)
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT)
            .keep_alive_while_idle(true);
        let Some(tls) = tls.filter(|_| self.is_tls()) else { return Ok(endpoint) };
        let domain = if domain.is_empty() { &self.host } else { domain };
        let endpoint = endpoint.tls_config(tls.clone().domain_name(domain));
        endpoint.map_err(|_| ConfigError::new("the certificates for peers can't be used"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_scheme_a_host_and_a_port() {
        for text in ["http://collector:7411", "https://127.0.0.1:1", "https://[::1]:7411/"] {
            assert!(Address::parse(text).is_ok(), "{text}");
        }
        for text in
            ["", "collector", "collector:7411", "ftp://a:1", "http://a", "http://a:1/b", "http://me@a:1", "http://:1"]
        {
            let said = Address::parse(text).unwrap_err().to_string();
            assert!(said.contains("is no address"), "{text}: {said}");
        }
    }

    #[test]
    fn knows_what_is_here() {
        let here = |text: &str| Address::parse(text).unwrap().is_here();
        assert!(here("http://localhost:1") && here("http://127.0.0.2:1") && here("http://[::1]:1"));
        assert!(!here("http://10.0.0.1:1") && !here("http://localhost.example:1"));
    }
}
