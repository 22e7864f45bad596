//! Spans, log records and metrics on their way over OTLP. Each signal has a thread that sends; nobody else ever waits.

use std::time::Duration;

use opentelemetry::{Context, InstrumentationScope, logs::Severity};
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    logs::{self, BatchLogProcessor, LogBatch, LogProcessor, SdkLogRecord},
    trace::{self, BatchSpanProcessor, Span, SpanData, SpanProcessor},
};

use super::drops::{ROOM, Way};
use crate::ConfigError;

/// How long sending may take, one batch or the last of them.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// Watches what waits to be sent.
#[derive(Debug)]
pub(super) struct Waiting<P> {
    way: Way,
    inner: P,
}

/// Watches what is sent.
#[derive(Debug)]
pub(super) struct Sending<E> {
    way: Way,
    inner: E,
}

pub(super) fn spans(endpoint: &str, way: Way) -> Result<Waiting<BatchSpanProcessor>, ConfigError> {
    let exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint).with_timeout(PATIENCE).build();
    let inner = exporter.map_err(|_| endpoint_wrong())?;
    let room = trace::BatchConfigBuilder::default().with_max_queue_size(ROOM).build();
    let sending = Sending { way: way.clone(), inner };
    Ok(Waiting { way, inner: BatchSpanProcessor::builder(sending).with_batch_config(room).build() })
}

pub(super) fn records(endpoint: &str, way: Way) -> Result<Waiting<BatchLogProcessor>, ConfigError> {
    let exporter = LogExporter::builder().with_tonic().with_endpoint(endpoint).with_timeout(PATIENCE).build();
    let inner = exporter.map_err(|_| endpoint_wrong())?;
    let room = logs::BatchConfigBuilder::default().with_max_queue_size(ROOM).build();
    let sending = Sending { way: way.clone(), inner };
    Ok(Waiting { way, inner: BatchLogProcessor::builder(sending).with_batch_config(room).build() })
}

/// Metrics do not wait: what an export does not tell, the next one does.
pub(super) fn metrics(endpoint: &str) -> Result<MetricExporter, ConfigError> {
    let exporter = MetricExporter::builder().with_tonic().with_endpoint(endpoint).with_timeout(PATIENCE).build();
    exporter.map_err(|_| endpoint_wrong())
}

fn endpoint_wrong() -> ConfigError {
    ConfigError::new("otlp_endpoint: is not the address of an OTLP/gRPC receiver")
}

impl<P: SpanProcessor> SpanProcessor for Waiting<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.way.enter() {
            self.inner.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

impl<E: trace::SpanExporter> trace::SpanExporter for Sending<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let items = batch.len();
        self.way.leave(items);
        let sent = self.inner.export(batch).await;
        self.way.sent(items, sent.is_ok());
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

impl<P: LogProcessor> LogProcessor for Waiting<P> {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        if self.way.enter() {
            self.inner.emit(record, scope);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.inner.event_enabled(level, target, name)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

impl<E: logs::LogExporter> logs::LogExporter for Sending<E> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let items = batch.iter().count();
        self.way.leave(items);
        let sent = self.inner.export(batch).await;
        self.way.sent(items, sent.is_ok());
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
