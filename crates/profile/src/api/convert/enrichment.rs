//! What providers said, for the wire.

use tenure_proto::profile::v1::{self as pb, enrichment_freshness::State};
use tenure_server::wire;

use crate::domain::enriched::{Enriched, Freshness, Stands};

/// Where a value comes from; `None` of what is no fact.
pub(super) fn provenance(enriched: &Enriched) -> Option<pb::EnrichmentProvenance> {
    Some(pb::EnrichmentProvenance {
        provider_id: enriched.provider.clone(),
        provider_version: enriched.provider_version.clone(),
        dataset_version: enriched.dataset_version.clone(),
        method: enriched.method?.number(),
        confidence: f64::from(enriched.confidence.millionths()) / 1e6,
        licence: enriched.licence.clone(),
        evidence_ref: enriched.evidence_ref.clone(),
        valid_from_time: enriched.valid_from.map(wire::to_wire),
        valid_to_time: enriched.valid_to.map(wire::to_wire),
        refresh_time: enriched.refresh_at.map(wire::to_wire),
    })
}

/// How a record stands with a provider.
pub(super) fn freshness(one: Freshness) -> pb::EnrichmentFreshness {
    let state = match one.stands {
        Stands::Fresh => State::Fresh,
        Stands::Stale => State::Stale,
        Stands::Missing => State::Missing,
        Stands::Pending => State::Pending,
    };
    pb::EnrichmentFreshness {
        provider_id: one.provider,
        record_id: one.record.to_string(),
        state: state.into(),
        reason_code: one.reason,
        ask_time: one.asked_at.map(wire::to_wire),
        refresh_time: one.refresh_at.map(wire::to_wire),
    }
}
