//! Which traces are kept.

use opentelemetry::{
    Context, KeyValue,
    trace::{Link, SpanKind, TraceContextExt, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

/// As the caller decided; what is begun because of others' traces, if one of those is kept; else by ratio.
#[derive(Debug, Clone)]
pub(super) struct Kept(Sampler);

impl Kept {
    pub(super) fn of(ratio: f64) -> Self {
        Self(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio))))
    }
}

impl ShouldSample for Kept {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        if links.is_empty() || parent.is_some_and(TraceContextExt::has_active_span) {
            return self.0.should_sample(parent, trace, name, kind, attributes, links);
        }
        let kept = links.iter().any(|link| link.span_context.is_sampled());
        SamplingResult {
            decision: if kept { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop },
            attributes: Vec::new(),
            trace_state: TraceState::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags};

    use super::*;

    fn other(flags: TraceFlags) -> SpanContext {
        SpanContext::new(TraceId::from(7), SpanId::from(7), flags, true, TraceState::default())
    }

    fn keeps(ratio: f64, parent: Option<TraceFlags>, links: &[TraceFlags]) -> bool {
        let parent = parent.map(|flags| Context::new().with_remote_span_context(other(flags)));
        let links: Vec<_> = links.iter().map(|flags| Link::new(other(*flags), Vec::new(), 0)).collect();
        let sampler = Kept::of(ratio);
        let result = sampler.should_sample(parent.as_ref(), TraceId::from(9), "", &SpanKind::Internal, &[], &links);
        result.decision == SamplingDecision::RecordAndSample
    }

    #[test]
    fn a_chain_is_kept_or_dropped_as_a_whole() {
        let (kept, dropped) = (TraceFlags::SAMPLED, TraceFlags::NOT_SAMPLED);
        assert!(keeps(1.0, None, &[]) && !keeps(0.0, None, &[]));
        assert!(keeps(0.0, Some(kept), &[]) && !keeps(1.0, Some(dropped), &[]));
        assert!(keeps(0.0, None, &[dropped, kept]) && !keeps(1.0, None, &[dropped, dropped]));
        assert!(!keeps(1.0, Some(dropped), &[kept]), "a caller's word goes before");
    }
}
