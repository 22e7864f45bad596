//! Telemetry: logs on the console; traces, metrics and logs over OTLP; W3C trace context.

mod config;
mod context;
mod drops;
mod export;
mod format;
mod sampler;
mod start;

pub use config::{LogFormat, TelemetryConfig};
pub use context::{MOST_LINKS, follow, is_kept, link, link_all, traceparent};
pub(crate) use context::{ids, join, traceparent_of};
pub use start::{TelemetryGuard, init};

/// The boundaries of durations in seconds: from what memory answers to what a deadline cuts.
pub const SECONDS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
