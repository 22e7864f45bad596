//! A call under observation, on either side of it.

use std::task::Poll;

use http::HeaderMap;
use opentelemetry::{
    KeyValue,
    metrics::{Histogram, Meter},
};
use tokio::time::Instant;
use tonic::{Code, Status};
use tracing::Span;

use super::{Response, body, outcome};
use crate::{rpc::Rpc, telemetry::SECONDS};

/// Whose side of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Server,
    Client,
}

/// What callers make up must not become names of spans and metrics.
pub(crate) fn method_of(rpc: Option<&'static Rpc>) -> &'static str {
    rpc.map_or("_OTHER", |rpc| rpc.path.trim_start_matches('/'))
}

/// How long calls take.
pub(crate) fn durations(meter: &Meter, name: &'static str) -> Histogram<f64> {
    meter
        .f64_histogram(name)
        .with_unit("s")
        .with_description("How long calls took, until their status left.")
        .with_boundaries(SECONDS.to_vec())
        .build()
}

/// Tells of the call when it is over; a call that is dropped before was cancelled.
pub(crate) struct Observation {
    side: Side,
    duration: Histogram<f64>,
    method: &'static str,
    span: Span,
    since: Instant,
    code: Option<Code>,
}

impl Observation {
    pub(crate) fn new(side: Side, duration: &Histogram<f64>, method: &'static str, span: Span, since: Instant) -> Self {
        Self { side, duration: duration.clone(), method, span, since, code: None }
    }

    /// Watches the answer to its end. The span of a call that has no end to wait for ends now, or nobody would see it.
    pub(crate) fn watch(mut self, response: Response, endless: bool) -> Response {
        if endless {
            self.tell(outcome::code(response.headers()).unwrap_or(Code::Ok));
            self.span = Span::none();
        }
        body::watch(response, self)
    }

    fn tell(&self, code: Code) {
        self.span.record("rpc.response.status_code", name(code));
        if self.failed(code) {
            self.span.record("otel.status_code", "ERROR");
            self.span.record("error.type", name(code));
        }
    }

    /// A caller counts every refusal; a server, what is its own fault.
    fn failed(&self, code: Code) -> bool {
        match self.side {
            Side::Client => code != Code::Ok,
            Side::Server => matches!(
                code,
                Code::Unknown
                    | Code::DeadlineExceeded
                    | Code::Unimplemented
                    | Code::Internal
                    | Code::Unavailable
                    | Code::DataLoss
            ),
        }
    }
}

impl body::Watch for Observation {
    fn span(&self) -> Option<Span> {
        // The caller's body is read under whatever span reads it.
        (self.side == Side::Server).then(|| self.span.clone())
    }

    fn poll_cut(&mut self, _cx: &mut std::task::Context<'_>) -> Poll<Status> {
        Poll::Pending
    }

    fn end(&mut self, headers: &mut HeaderMap) {
        self.code = Some(outcome::code(headers).unwrap_or(Code::Unknown));
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        let code = self.code.unwrap_or(Code::Cancelled);
        self.tell(code);
        let attributes = [
            KeyValue::new("rpc.system.name", "grpc"),
            KeyValue::new("rpc.method", self.method),
            KeyValue::new("rpc.response.status_code", name(code)),
            KeyValue::new("error.type", name(code)),
        ];
        let told = if self.failed(code) { &attributes[..] } else { &attributes[..3] };
        self.duration.record(self.since.elapsed().as_secs_f64(), told);
    }
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
