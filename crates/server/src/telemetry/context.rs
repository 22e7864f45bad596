//! W3C trace context, in and out.

use std::collections::HashMap;

use opentelemetry::{Context, propagation::TextMapPropagator, trace::TraceContextExt};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";

/// The W3C trace context of the current span, to be sent or kept with what it causes; `None` outside any trace.
#[must_use]
pub fn traceparent() -> Option<String> {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut carrier);
    carrier.remove(TRACEPARENT)
}

/// Links the current span to the trace of what caused it. Ignored when it is not a trace context.
pub fn link(traceparent: &str) {
    if let Some(context) = parse(traceparent) {
        Span::current().add_link(context.span().span_context().clone());
    }
}

/// The trace id of the current span, as 32 hexadecimal digits.
pub(crate) fn trace_id() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    span.span_context().is_valid().then(|| span.span_context().trace_id().to_string())
}

/// Makes a span part of the trace of its caller. Ignored when it is not a trace context.
pub(crate) fn join(span: &Span, traceparent: &str) {
    if let Some(context) = parse(traceparent) {
        // Refused for a span that nobody records, and for one that has started; either is as good as it was.
        let _ = span.set_parent(context);
    }
}

fn parse(traceparent: &str) -> Option<Context> {
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    context.span().span_context().is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn reads_a_trace_context_and_nothing_else() {
        assert!(parse(GIVEN).is_some());
        for text in ["", "00", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "\u{0}", "é-é-é-é"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn there_is_no_trace_without_a_tracer() {
        assert_eq!((traceparent(), trace_id()), (None, None));
        link(GIVEN);
    }
}
