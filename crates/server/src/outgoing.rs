//! A span and a duration for every call to a peer, named by OpenTelemetry's conventions.

use std::sync::LazyLock;

use http::{HeaderMap, HeaderValue, Request, Response};
use opentelemetry::{Context, metrics::Histogram, trace::TraceContextExt};
use tokio::time::Instant;
use tonic::body::Body;
use tracing::{Span, field::Empty};

use crate::{
    layers::observation::{Observation, Side, durations, method_of},
    rpc, telemetry,
};

static DURATION: LazyLock<Histogram<f64>> =
    LazyLock::new(|| durations(&opentelemetry::global::meter("tenure.server"), "rpc.client.call.duration"));

/// A call to a peer.
pub(crate) struct Outgoing {
    observation: Observation,
    span: Span,
    endless: bool,
}

impl Outgoing {
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        let rpc = rpc::find(request.uri().path());
        let method = method_of(rpc);
        let span = span(method);
        // Whoever calls from outside any trace may name one.
        let named = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
        if let Some(parent) = named.filter(|_| !Context::map_current(TraceContextExt::has_active_span)) {
            telemetry::join(&span, parent);
        }
        let observation = Observation::new(Side::Client, &DURATION, method, span.clone(), Instant::now());
        Self { observation, span, endless: rpc.is_some_and(|rpc| rpc.endless) }
    }

    /// Sends the trace on: that of this call, else of whoever calls.
    pub(crate) fn dress(&self, headers: &mut HeaderMap) {
        let trace = telemetry::traceparent_of(&self.span).or_else(telemetry::traceparent);
        if let Some(value) = trace.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert("traceparent", value);
        }
    }

    /// Watches the answer to its end.
    pub(crate) async fn watch<E>(
        self,
        answer: impl Future<Output = Result<Response<Body>, E>>,
    ) -> Result<Response<Body>, E> {
        let Self { observation, span, endless } = self;
        drop(span);
        answer.await.map(|response| observation.watch(response, endless))
    }
}

fn span(method: &'static str) -> Span {
    tracing::debug_span!(
        "call",
        otel.name = method,
        otel.kind = "client",
        otel.status_code = Empty,
        rpc.system.name = "grpc",
        rpc.method = method,
        rpc.response.status_code = Empty,
        error.r#type = Empty,
    )
}
