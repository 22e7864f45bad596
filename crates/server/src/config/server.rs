//! The server's own configuration.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

use super::{QuotaConfig, ServerTls};

/// How a process serves.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Where it listens. Default 127.0.0.1:7411: callers of this machine only.
    pub listen: SocketAddr,
    /// Whether other machines may be talked to without TLS, by this server and by its peers. Only where the network itself
    /// keeps others out. Default false.
    pub insecure: bool,
    /// How many calls may run at once in the process at most; more are refused as `OVERLOADED`. Calls between our services have
    /// as many of their own. Default 512.
    pub max_concurrent_calls: usize,
    /// How long calls that people wait for should take, in milliseconds. When more than one in ten takes longer, fewer calls may
    /// run at once, down to 16, until they are quick again. 0: always as many as `max_concurrent_calls`. Default 250.
    pub latency_target_ms: u64,
    /// How many bytes of requests may be in the process at once; a call that would pass it is refused as `OVERLOADED`.
    /// Default 268435456.
    pub max_request_bytes: usize,
    /// How many streams of callers may be open at once in the process. Streams between our services do not count.
    /// Default 1024.
    pub max_concurrent_streams: usize,
    /// How many calls and streams may be open on one connection, at least 100: clients open that many before they are told.
    /// Default 256.
    pub max_streams_per_connection: u32,
    /// How long a call may take when the caller sets no deadline, in milliseconds. Streams have none. Default 30000.
    pub default_deadline_ms: u64,
    /// How long a call may take at most, whatever deadline its caller sets, in milliseconds: a call that never ends would hold
    /// its place for ever. Streams have no such limit. Default 600000.
    pub max_deadline_ms: u64,
    /// After how long without traffic a connection is probed, in milliseconds. Default 10000.
    pub keepalive_interval_ms: u64,
    /// How long a probe waits for its answer before the connection is closed, in milliseconds. Default 8000.
    pub keepalive_timeout_ms: u64,
    /// How large the headers of a request may be, in bytes. Default 16384.
    pub max_header_bytes: u32,
    /// How long calls are taken after the server was told to stop and says `NOT_SERVING`, in milliseconds: as long as those
    /// who share calls out among replicas need to notice. Our own notice at once. Default 0.
    pub drain_pause_ms: u64,
    /// How long calls may go on after that, in milliseconds. Default 10000.
    pub drain_ms: u64,
    /// The certificate.
    pub tls: ServerTls,
    /// What tenants may take.
    pub quota: QuotaConfig,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 7411).into(),
            insecure: false,
            max_concurrent_calls: 512,
            latency_target_ms: 250,
            max_request_bytes: 256 << 20,
            max_concurrent_streams: 1024,
            max_streams_per_connection: 256,
            default_deadline_ms: 30_000,
            max_deadline_ms: 600_000,
            keepalive_interval_ms: 10_000,
            keepalive_timeout_ms: 8_000,
            max_header_bytes: 16_384,
            drain_pause_ms: 0,
            drain_ms: 10_000,
            tls: ServerTls::default(),
            quota: QuotaConfig::default(),
        }
    }
}

impl ServerConfig {
    /// Everything that is out of range, each with its key.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let ranges: [(&str, u64, u64, u64); 12] = [
            ("max_concurrent_calls", self.max_concurrent_calls as u64, 1, 1_000_000),
            ("latency_target_ms", self.latency_target_ms, 0, 600_000),
            ("max_request_bytes", self.max_request_bytes as u64, 16 << 20, 1 << 40),
            ("max_concurrent_streams", self.max_concurrent_streams as u64, 1, 1_000_000),
            ("max_streams_per_connection", self.max_streams_per_connection.into(), 100, 100_000),
            ("default_deadline_ms", self.default_deadline_ms, 1, 3_600_000),
            ("max_deadline_ms", self.max_deadline_ms, self.default_deadline_ms, 86_400_000),
            ("keepalive_interval_ms", self.keepalive_interval_ms, 1_000, 3_600_000),
            ("keepalive_timeout_ms", self.keepalive_timeout_ms, 1_000, 600_000),
            ("max_header_bytes", self.max_header_bytes.into(), 4_096, 1_048_576),
            ("drain_pause_ms", self.drain_pause_ms, 0, 60_000),
            ("drain_ms", self.drain_ms, 0, 600_000),
        ];
        let mut wrong: Vec<String> = ranges
            .into_iter()
            .filter(|(_, value, least, most)| !(least..=most).contains(&value))
            .map(|(key, value, least, most)| format!("{key}: {value} is not from {least} through {most}"))
            .collect();
        wrong.extend(self.quota.validate());
        wrong.extend(self.tls.validate().into_iter().map(|problem| format!("tls.{problem}")));
        if !self.listen.ip().is_loopback() && !self.tls.is_on() && !self.insecure {
            wrong.push(format!(
                "listen: {} can be reached from other machines, without TLS; set server.tls, or server.insecure = true",
                self.listen
            ));
        }
        wrong
    }
}
