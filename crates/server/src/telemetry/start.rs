//! Starts telemetry, once for each process.

use std::{io::IsTerminal, panic, sync::mpsc, thread, time::Instant};

use opentelemetry::{KeyValue, global, metrics::MeterProvider, trace::TracerProvider};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::{
    Resource, error::OTelSdkResult, logs::SdkLoggerProvider, metrics::SdkMeterProvider,
    propagation::TraceContextPropagator, trace::SdkTracerProvider,
};
use tracing::{Level, Metadata, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, filter_fn},
    fmt,
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use super::{
    LogFormat, TelemetryConfig,
    drops::{Drops, Way},
    export::{self, PATIENCE},
    format::{Object, Text},
    sampler::Kept,
};
use crate::ConfigError;

/// Sends what is left when it is dropped, for at most three seconds.
#[must_use = "telemetry that is left when this is dropped is sent"]
#[derive(Debug)]
pub struct TelemetryGuard {
    traces: SdkTracerProvider,
    sent: Option<Sent>,
}

/// What is sent beside traces.
#[derive(Debug)]
struct Sent {
    metrics: SdkMeterProvider,
    logs: SdkLoggerProvider,
}

impl Drop for TelemetryGuard {
    fn drop(&mut self) {
        let traces = self.traces.clone();
        let mut ends: Vec<Box<dyn FnOnce() -> OTelSdkResult + Send>> =
            vec![Box::new(move || traces.shutdown_with_timeout(PATIENCE))];
        if let Some(Sent { metrics, logs }) = self.sent.take() {
            ends.push(Box::new(move || metrics.shutdown_with_timeout(PATIENCE)));
            ends.push(Box::new(move || logs.shutdown_with_timeout(PATIENCE)));
        }
        let until = Instant::now() + PATIENCE;
        let (done, ended) = mpsc::channel();
        // Each on a thread of its own: none waits for another, and some wait longer than a process that ends should.
        for end in ends {
            let done = done.clone();
            thread::spawn(move || {
                let _ = done.send(end());
            });
        }
        drop(done);
        while ended.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok() {}
    }
}

/// Starts logging, tracing and metrics. Call it once, inside the tokio runtime, before services are put together, and keep
/// the guard until the end. From then on a panic is logged by its place alone: what it says may be personal.
///
/// # Errors
/// When the configuration is not valid, and when telemetry was started before.
pub fn init(config: &TelemetryConfig) -> Result<TelemetryGuard, ConfigError> {
    let problems = config.validate();
    if !problems.is_empty() {
        return Err(ConfigError::of(problems));
    }
    let resource = resource(config);
    let mut traces =
        SdkTracerProvider::builder().with_resource(resource.clone()).with_sampler(Kept::of(config.sample_ratio));
    let mut sent = None;
    if let Some(endpoint) = &config.otlp_endpoint {
        let reader = export::metrics(endpoint)?;
        let metrics =
            SdkMeterProvider::builder().with_resource(resource.clone()).with_periodic_exporter(reader).build();
        let drops = Drops::new(&metrics.meter("tenure.server"));
        traces = traces.with_span_processor(export::spans(endpoint, Way::new("traces", &drops))?);
        let records = export::records(endpoint, Way::new("logs", &drops))?;
        let logs = SdkLoggerProvider::builder().with_resource(resource).with_log_processor(records).build();
        sent = Some(Sent { metrics, logs });
    }
    let traces = traces.build();
    subscribe(config, &traces, sent.as_ref().map(|sent| &sent.logs))?;
    global::set_text_map_propagator(TraceContextPropagator::new());
    if let Some(sent) = &sent {
        global::set_meter_provider(sent.metrics.clone());
    }
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
    Ok(TelemetryGuard { traces, sent })
}

/// Who tells all this.
fn resource(config: &TelemetryConfig) -> Resource {
    let attributes = [
        KeyValue::new("service.namespace", "tenure"),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", format!("{:032x}", rand::random::<u128>())),
    ];
    Resource::builder().with_service_name(config.service_name.clone()).with_attributes(attributes).build()
}

fn subscribe(
    config: &TelemetryConfig,
    traces: &SdkTracerProvider,
    logs: Option<&SdkLoggerProvider>,
) -> Result<(), ConfigError> {
    let level = if logs.is_some() { Level::DEBUG } else { Level::INFO };
    let tracer = OpenTelemetryLayer::new(traces.tracer("tenure"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_level(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(move |metadata| metadata.is_span() && *metadata.level() <= level && ours(metadata)));
    let mut layers = vec![console(config)?, tracer.boxed()];
    if let Some(logs) = logs {
        let filter = log_filter(config)?.and(filter_fn(ours));
        layers.push(OpenTelemetryTracingBridge::new(logs).with_filter(filter).boxed());
    }
    let started = tracing_subscriber::registry().with(layers).try_init();
    started.map_err(|_| ConfigError::new("telemetry was started before"))
}

/// Of our crates only: what the exporters' own connections tell would feed itself. Where nothing is sent, calls alone have
/// spans, for the trace ids of the log; spans of level DEBUG, such as those of statements, are made to be sent.
fn ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("tenure")
}

fn log_filter(config: &TelemetryConfig) -> Result<EnvFilter, ConfigError> {
    EnvFilter::try_new(&config.log).map_err(|error| ConfigError::new(format!("log: {error}")))
}

fn console<S>(config: &TelemetryConfig) -> Result<Box<dyn Layer<S> + Send + Sync>, ConfigError>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let filter = log_filter(config)?;
    let layer = fmt::layer().with_writer(std::io::stderr);
    let colours = std::io::stderr().is_terminal();
    Ok(match config.format {
        LogFormat::Text => {
            let format = Text(fmt::format().with_ansi(colours));
            layer.with_ansi(colours).event_format(format).with_filter(filter).boxed()
        }
        LogFormat::Json => {
            let format = fmt::format().json().with_span_list(false);
            let object = Object { format, service: config.service_name.clone() };
            layer.json().event_format(object).with_filter(filter).boxed()
        }
    })
}
