//! A span and a duration for every RPC, named by OpenTelemetry's conventions.

use std::sync::Arc;

use opentelemetry::metrics::Histogram;
use tracing::{Instrument, Span, field::Empty};

use super::{
    Asked, Layer, Next, Request, Response, arrived,
    observation::{Observation, Side, durations, method_of},
};
use crate::{rpc, telemetry};

pub(super) struct Observed {
    duration: Histogram<f64>,
}

impl Observed {
    pub(super) fn new() -> Self {
        let meter = opentelemetry::global::meter("tenure.server");
        Self { duration: durations(&meter, "rpc.server.call.duration") }
    }
}

impl Layer for Observed {
    async fn handle(self: Arc<Self>, mut request: Request, next: Next) -> Response {
        let rpc = rpc::find(request.uri().path());
        let method = method_of(rpc);
        let span = span(method);
        if let Some(parent) = request.headers().get("traceparent").and_then(|value| value.to_str().ok()) {
            telemetry::join(&span, parent);
        }
        request.extensions_mut().insert(Asked(rpc));
        let call = Observation::new(Side::Server, &self.duration, method, span.clone(), arrived(&request));
        let response = next(request).instrument(span).await;
        call.watch(response, rpc.is_some_and(|rpc| rpc.endless))
    }
}

fn span(method: &'static str) -> Span {
    tracing::info_span!(
        parent: None,
        "rpc",
        otel.name = method,
        otel.kind = "server",
        otel.status_code = Empty,
        rpc.system.name = "grpc",
        rpc.method = method,
        rpc.response.status_code = Empty,
        error.r#type = Empty,
        tenure.tenant = Empty,
    )
}
