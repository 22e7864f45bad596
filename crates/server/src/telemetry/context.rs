//! W3C trace context, in and out.

use opentelemetry::{
    Context,
    propagation::{Extractor, TextMapPropagator},
    trace::{SpanContext, TraceContextExt},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";

/// How many causes a span is linked to at most; the SDK keeps no more either.
pub const MOST_LINKS: usize = 128;

/// The W3C trace context of the current span, to be sent or kept with what it causes; `None` outside any trace.
#[must_use]
pub fn traceparent() -> Option<String> {
    traceparent_of(&Span::current())
}

/// The W3C trace context of a span; `None` when nobody records it.
pub(crate) fn traceparent_of(span: &Span) -> Option<String> {
    let span = context_of(span)?;
    Some(format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags().to_u8()))
}

/// Links the current span to the trace of what caused it. Ignored when it is not a trace context.
pub fn link(traceparent: &str) {
    link_all(&Span::current(), [traceparent]);
}

/// Links a span to the traces of what caused it, each once and [`MOST_LINKS`] at most. Answers how many were left out. What is
/// not a trace context is ignored.
pub fn link_all<'a>(span: &Span, traceparents: impl IntoIterator<Item = &'a str>) -> usize {
    let (mut linked, mut left_out, mut last) = (0, 0, "");
    for text in traceparents {
        // The entries of one call stand behind each other.
        if text.is_empty() || text == last {
            continue;
        }
        last = text;
        if linked == MOST_LINKS {
            left_out += 1;
        } else if let Some(context) = parse(text) {
            span.add_link(context.span().span_context().clone());
            linked += 1;
        }
    }
    left_out
}

/// Links a span to what is done for it, together with what is done for others, under another span.
pub fn follow(span: &Span, work: &Span) {
    if let Some(work) = context_of(work) {
        span.add_link(work);
    }
}

/// Whether a span's trace is kept, to be sent.
#[must_use]
pub fn is_kept(span: &Span) -> bool {
    context_of(span).is_some_and(|context| context.is_sampled())
}

/// The trace and span id of the current span, as 32 and 16 hexadecimal digits.
pub(crate) fn ids() -> Option<(String, String)> {
    let span = context_of(&Span::current())?;
    Some((span.trace_id().to_string(), span.span_id().to_string()))
}

/// Makes a span part of the trace of its caller. Ignored when it is not a trace context.
pub(crate) fn join(span: &Span, traceparent: &str) {
    if let Some(context) = parse(traceparent) {
        // Refused for a span that nobody records, and for one that has started; either is as good as it was.
        let _ = span.set_parent(context);
    }
}

fn context_of(span: &Span) -> Option<SpanContext> {
    let context = span.context();
    let span = context.span().span_context().clone();
    span.is_valid().then_some(span)
}

/// The one header that a trace context is read from.
struct Header<'a>(&'a str);

impl Extractor for Header<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

fn parse(traceparent: &str) -> Option<Context> {
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &Header(traceparent));
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
        assert_eq!((traceparent(), ids()), (None, None));
        link(GIVEN);
    }

    #[test]
    fn counts_the_causes_that_are_left_out() {
        let texts: Vec<String> = (0..MOST_LINKS + 3)
            .flat_map(|n| {
                let text = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{:016x}-01", n + 1);
                [text.clone(), text, String::new(), "rubbish".to_owned()]
            })
            .collect();
        assert_eq!(link_all(&Span::none(), texts.iter().map(String::as_str).filter(|text| *text != "rubbish")), 3);
        assert_eq!(link_all(&Span::none(), ["", "rubbish", GIVEN, GIVEN]), 0);
    }
}
