//! Telemetry: logs on the console, traces and metrics over OTLP, W3C trace context.

mod config;
mod context;
mod format;
mod start;

pub use config::{LogFormat, TelemetryConfig};
pub(crate) use context::{join, trace_id};
pub use context::{link, traceparent};
pub use start::{TelemetryGuard, init};
