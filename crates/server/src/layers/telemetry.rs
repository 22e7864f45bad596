//! A span and a duration for every RPC, named by OpenTelemetry's conventions.

use std::{sync::Arc, task::Poll};

use http::HeaderMap;
use opentelemetry::{KeyValue, metrics::Histogram};
use tokio::time::Instant;
use tonic::Code;
use tracing::{Instrument, Span, field::Empty};

use super::{Asked, Layer, Next, Request, Response, arrived, body, outcome};
use crate::{rpc, telemetry};

/// Seconds; from what memory answers to what a deadline cuts.
const BOUNDARIES: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

pub(super) struct Observed {
    duration: Histogram<f64>,
}

impl Observed {
    pub(super) fn new() -> Self {
        let meter = opentelemetry::global::meter("tenure.server");
        let duration = meter
            .f64_histogram("rpc.server.call.duration")
            .with_unit("s")
            .with_description("How long calls took, until their status left.")
            .with_boundaries(BOUNDARIES.to_vec())
            .build();
        Self { duration }
    }
}

impl Layer for Observed {
    async fn handle(self: Arc<Self>, mut request: Request, next: Next) -> Response {
        let rpc = rpc::find(request.uri().path());
        // What callers make up must not become names of spans and metrics.
        let method = rpc.map_or("_OTHER", |rpc| rpc.path.trim_start_matches('/'));
        let span = span(method);
        if let Some(parent) = request.headers().get("traceparent").and_then(|value| value.to_str().ok()) {
            telemetry::join(&span, parent);
        }
        request.extensions_mut().insert(Asked(rpc));
        let call = Observation {
            duration: self.duration.clone(),
            method,
            span: span.clone(),
            since: arrived(&request),
            code: None,
        };
        let response = next(request).instrument(span).await;
        body::watch(response, call)
    }
}

fn span(method: &'static str) -> Span {
    tracing::info_span!(
        "rpc",
        otel.name = method,
        otel.kind = "server",
        otel.status_code = Empty,
        rpc.system.name = "grpc",
        rpc.method = method,
        rpc.response.status_code = Empty,
        tenure.tenant = Empty,
    )
}

/// Tells of the call when it is over; a call that is dropped before was cancelled.
struct Observation {
    duration: Histogram<f64>,
    method: &'static str,
    span: Span,
    since: Instant,
    code: Option<Code>,
}

impl body::Watch for Observation {
    fn span(&self) -> Option<Span> {
        Some(self.span.clone())
    }

    fn poll_cut(&mut self, _cx: &mut std::task::Context<'_>) -> Poll<tonic::Status> {
        Poll::Pending
    }

    fn end(&mut self, headers: &mut HeaderMap) {
        self.code = Some(outcome::code(headers).unwrap_or(Code::Unknown));
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        let code = self.code.unwrap_or(Code::Cancelled);
        let name = name(code);
        self.span.record("rpc.response.status_code", name);
        let mut attributes = vec![
            KeyValue::new("rpc.system.name", "grpc"),
            KeyValue::new("rpc.method", self.method),
            KeyValue::new("rpc.response.status_code", name),
        ];
        if failed(code) {
            self.span.record("otel.status_code", "ERROR");
            attributes.push(KeyValue::new("error.type", name));
        }
        let _entered = self.span.enter();
        self.duration.record(self.since.elapsed().as_secs_f64(), &attributes);
    }
}

/// Whether it is the server that failed.
fn failed(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
