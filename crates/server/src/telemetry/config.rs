//! The configuration of telemetry.

use serde::Deserialize;
use tracing_subscriber::EnvFilter;

/// What is told, and to whom.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// What is logged: levels, overall and by target, such as "info,tenure_journal=debug". Default "info".
    pub log: String,
    /// How logs are written. Default text.
    pub format: LogFormat,
    /// Where traces, metrics and logs go over OTLP/gRPC, such as `http://localhost:4317`. Default: nowhere. When nobody
    /// answers there, what was to be sent is dropped and counted.
    pub otlp_endpoint: Option<String>,
    /// Which part of the traces is kept that begin here, 0 to 1; of those that callers began, what they keep. Default 1.
    pub sample_ratio: f64,
    /// The name under which this process is known in traces, metrics and logs: letters, digits, ".", "_" and "-". Default
    /// "tenure"; a process with one service alone has that in its name, such as "tenure-collector".
    pub service_name: String,
}

/// How logs are written, to standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line to read.
    #[default]
    Text,
    /// A JSON object on each line.
    Json,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            log: "info".to_owned(),
            format: LogFormat::Text,
            otlp_endpoint: None,
            sample_ratio: 1.0,
            service_name: "tenure".to_owned(),
        }
    }
}

impl TelemetryConfig {
    /// Everything that is wrong, each with its key.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if let Err(error) = EnvFilter::try_new(&self.log) {
            problems.push(format!("log: {error}"));
        }
        if self.otlp_endpoint.as_ref().is_some_and(|endpoint| !endpoint.starts_with("http://")) {
            problems.push("otlp_endpoint: must start with http://".to_owned());
        }
        if !(0.0..=1.0).contains(&self.sample_ratio) {
            problems.push("sample_ratio: must be from 0 to 1".to_owned());
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if self.service_name.is_empty() || !self.service_name.bytes().all(plain) {
            problems.push("service_name: must be of letters, digits, \".\", \"_\" and \"-\"".to_owned());
        }
        problems
    }
}
