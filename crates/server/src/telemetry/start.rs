//! Starts telemetry, once for each process.

use std::{io::IsTerminal, panic, sync::mpsc, thread, time::Duration};

use opentelemetry::{global, trace::TracerProvider};
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    metrics::SdkMeterProvider,
    propagation::TraceContextPropagator,
    trace::{SdkTracerProvider, TracerProviderBuilder},
};
use tracing::{Level, Metadata, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{
    EnvFilter, Layer, filter::filter_fn, fmt, layer::SubscriberExt, registry::LookupSpan, util::SubscriberInitExt,
};

use super::{
    LogFormat, TelemetryConfig,
    format::{Object, Text},
};
use crate::ConfigError;

/// How long sending may take, one batch or the last of them.
const PATIENCE: Duration = Duration::from_secs(3);

/// Sends what is left when it is dropped, for at most three seconds.
#[must_use = "telemetry that is left when this is dropped is sent"]
#[derive(Debug)]
pub struct TelemetryGuard {
    traces: SdkTracerProvider,
    metrics: Option<SdkMeterProvider>,
}

impl Drop for TelemetryGuard {
    fn drop(&mut self) {
        let (traces, metrics) = (self.traces.clone(), self.metrics.take());
        let (done, ended) = mpsc::channel();
        // On a thread of its own: the providers wait longer than a process that ends should.
        thread::spawn(move || {
            let _ = traces.shutdown_with_timeout(PATIENCE);
            if let Some(metrics) = metrics {
                let _ = metrics.shutdown_with_timeout(PATIENCE);
            }
            let _ = done.send(());
        });
        let _ = ended.recv_timeout(PATIENCE);
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
    let resource = Resource::builder().with_service_name(config.service_name.clone()).build();
    let mut traces = SdkTracerProvider::builder().with_resource(resource.clone());
    let mut metrics = None;
    if let Some(endpoint) = &config.otlp_endpoint {
        traces = send_spans(traces, endpoint)?;
        metrics = Some(measure(endpoint, resource)?);
    }
    let traces = traces.build();
    let tracer = OpenTelemetryLayer::new(traces.tracer("tenure"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(ours));
    tracing_subscriber::registry()
        .with(console(config)?)
        .with(tracer)
        .try_init()
        .map_err(|_| ConfigError::new("telemetry was started before"))?;
    global::set_text_map_propagator(TraceContextPropagator::new());
    if let Some(metrics) = &metrics {
        global::set_meter_provider(metrics.clone());
    }
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
    Ok(TelemetryGuard { traces, metrics })
}

/// Spans of our crates only: those of the exporter's own connection would feed themselves.
fn ours(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO && metadata.target().starts_with("tenure")
}

fn console<S>(config: &TelemetryConfig) -> Result<Box<dyn Layer<S> + Send + Sync>, ConfigError>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let filter = EnvFilter::try_new(&config.log).map_err(|error| ConfigError::new(format!("log: {error}")))?;
    let layer = fmt::layer().with_writer(std::io::stderr);
    let colours = std::io::stderr().is_terminal();
    Ok(match config.format {
        LogFormat::Text => {
            let format = Text(fmt::format().with_ansi(colours));
            layer.with_ansi(colours).event_format(format).with_filter(filter).boxed()
        }
        LogFormat::Json => {
            layer.json().event_format(Object(fmt::format().json().with_span_list(false))).with_filter(filter).boxed()
        }
    })
}

fn send_spans(builder: TracerProviderBuilder, endpoint: &str) -> Result<TracerProviderBuilder, ConfigError> {
    let exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint).with_timeout(PATIENCE).build();
    exporter.map(|exporter| builder.with_batch_exporter(exporter)).map_err(|_| endpoint_wrong())
}

fn measure(endpoint: &str, resource: Resource) -> Result<SdkMeterProvider, ConfigError> {
    let exporter = MetricExporter::builder().with_tonic().with_endpoint(endpoint).with_timeout(PATIENCE).build();
    let exporter = exporter.map_err(|_| endpoint_wrong())?;
    Ok(SdkMeterProvider::builder().with_resource(resource).with_periodic_exporter(exporter).build())
}

fn endpoint_wrong() -> ConfigError {
    ConfigError::new("otlp_endpoint: is not the address of an OTLP/gRPC receiver")
}
