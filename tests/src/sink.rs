//! A receiver of OTLP that keeps what it gets, for tests of traces, metrics and logs.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::{
            ExportLogsServiceRequest, ExportLogsServiceResponse,
            logs_service_server::{LogsService, LogsServiceServer},
        },
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    common::v1::{AnyValue, KeyValue, any_value},
    resource::v1::Resource,
    trace::v1::Span as Wire,
};
use prost::Message;
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status,
    transport::server::{Server, TcpIncoming},
};

/// A span that came.
#[derive(Debug, Clone)]
pub struct Span {
    /// The `service.name` of its process.
    pub service: String,
    /// Its trace.
    pub trace: Vec<u8>,
    /// Its id.
    pub id: Vec<u8>,
    /// The span that it is part of; empty for a root.
    pub parent: Vec<u8>,
    /// The spans that it is linked to.
    pub links: Vec<Vec<u8>>,
    /// Its name.
    pub name: String,
    /// `SpanKind` as it is sent: 2 server, 3 client, 4 producer, 5 consumer.
    pub kind: i32,
    /// Its attributes that are text.
    pub attributes: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Kept {
    spans: Vec<Span>,
    metrics: BTreeSet<String>,
    /// The attributes of every series of every metric, as text.
    series: BTreeSet<String>,
    logs: usize,
    bytes: Vec<u8>,
}

/// The receiver. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Sink {
    kept: Arc<Mutex<Kept>>,
    /// Whether traces are never answered.
    stuck: bool,
}

impl Sink {
    /// Receives on a port of its own: the sink, and its endpoint.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn start() -> (Self, String) {
        Self::default().serve().await
    }

    /// As [`Sink::start`], but spans that are sent are never answered.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn stuck() -> (Self, String) {
        Self { stuck: true, ..Self::default() }.serve().await
    }

    #[expect(clippy::expect_used, reason = "a test without a port can only fail")]
    async fn serve(self) -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let server = Server::builder()
            .add_service(TraceServiceServer::new(self.clone()).max_decoding_message_size(64 << 20))
            .add_service(MetricsServiceServer::new(self.clone()).max_decoding_message_size(64 << 20))
            .add_service(LogsServiceServer::new(self.clone()).max_decoding_message_size(64 << 20));
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        (self, endpoint)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The spans that came so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.kept().spans.clone()
    }

    /// The names of the metrics that came so far.
    #[must_use]
    pub fn metrics(&self) -> BTreeSet<String> {
        self.kept().metrics.clone()
    }

    /// How many series came so far, counted as Prometheus would store them: a histogram's buckets one each.
    #[must_use]
    pub fn series(&self) -> BTreeSet<String> {
        self.kept().series.clone()
    }

    /// How many log records came so far.
    #[must_use]
    pub fn logs(&self) -> usize {
        self.kept().logs
    }

    /// Every byte that came so far.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.kept().bytes.clone()
    }
}

fn text(value: Option<&AnyValue>) -> Option<String> {
    match value?.value.as_ref()? {
        any_value::Value::StringValue(text) => Some(text.clone()),
        _ => None,
    }
}

fn attributes(list: &[KeyValue]) -> BTreeMap<String, String> {
    list.iter().filter_map(|one| Some((one.key.clone(), text(one.value.as_ref())?))).collect()
}

fn service(resource: Option<&Resource>) -> String {
    let named = resource.map(|resource| attributes(&resource.attributes)).unwrap_or_default();
    named.get("service.name").cloned().unwrap_or_default()
}

fn read(service: &str, span: Wire) -> Span {
    Span {
        service: service.to_owned(),
        trace: span.trace_id,
        id: span.span_id,
        parent: span.parent_span_id,
        links: span.links.into_iter().map(|link| link.span_id).collect(),
        name: span.name,
        kind: span.kind,
        attributes: attributes(&span.attributes),
    }
}

#[tonic::async_trait]
impl TraceService for Sink {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        if self.stuck {
            std::future::pending::<()>().await;
        }
        let request = request.into_inner();
        let mut kept = self.kept();
        kept.bytes.extend(request.encode_to_vec());
        for of_one in request.resource_spans {
            let service = service(of_one.resource.as_ref());
            let spans = of_one.scope_spans.into_iter().flat_map(|scope| scope.spans);
            kept.spans.extend(spans.map(|span| read(&service, span)));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Sink {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let request = request.into_inner();
        let mut kept = self.kept();
        kept.bytes.extend(request.encode_to_vec());
        for of_one in request.resource_metrics {
            let service = service(of_one.resource.as_ref());
            for metric in of_one.scope_metrics.into_iter().flat_map(|scope| scope.metrics) {
                let of_metric = series(&metric);
                kept.series.extend(of_metric.into_iter().map(|one| format!("{service} {one}")));
                kept.metrics.insert(metric.name);
            }
        }
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

/// The series of a metric, as Prometheus stores them.
fn series(metric: &opentelemetry_proto::tonic::metrics::v1::Metric) -> Vec<String> {
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;
    let name = |attributes: &[KeyValue]| format!("{}{:?}", metric.name, self::attributes(attributes));
    match &metric.data {
        Some(Data::Gauge(gauge)) => gauge.data_points.iter().map(|point| name(&point.attributes)).collect(),
        Some(Data::Sum(sum)) => sum.data_points.iter().map(|point| name(&point.attributes)).collect(),
        Some(Data::Histogram(histogram)) => {
            let points = histogram.data_points.iter();
            // Its buckets, its sum and its count.
            points
                .flat_map(|point| {
                    let name = name(&point.attributes);
                    (0..point.bucket_counts.len() + 2).map(move |number| format!("{name}{number}"))
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

#[tonic::async_trait]
impl LogsService for Sink {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        let request = request.into_inner();
        let mut kept = self.kept();
        kept.bytes.extend(request.encode_to_vec());
        let scopes = request.resource_logs.into_iter().flat_map(|of_one| of_one.scope_logs);
        kept.logs += scopes.map(|scope| scope.log_records.len()).sum::<usize>();
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}
