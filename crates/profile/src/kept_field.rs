//! Fields, and what is kept of providers' answers beside them, as the summaries, the slots and the journal have them.

use tenure_enrichment::domain::{
    fact::{Confidence, Method},
    fingerprint::Fingerprint,
};
use tenure_kernel::Timestamp;
use tenure_proto::profile::v1 as pb;

use crate::domain::{enriched::Enriched, fact::Field};

pub(crate) fn encode_field(field: &Field) -> pb::FieldValue {
    pb::FieldValue {
        path: field.path.clone(),
        value: field.value.clone(),
        text_version: field.text_version.clone(),
        expires_at: field.expires_at.map(|at| at.0),
        enriched: field.enriched.as_deref().map(encode_enriched),
    }
}

pub(crate) fn decode_field(kept: pb::FieldValue) -> Field {
    let pb::FieldValue { path, value, text_version, expires_at, enriched } = kept;
    let enriched = enriched.map(decode_enriched).map(Box::new);
    Field { path, value, text_version, expires_at: expires_at.map(Timestamp), enriched }
}

pub(crate) fn encode_enriched(enriched: &Enriched) -> pb::Enriched {
    pb::Enriched {
        provider_id: enriched.provider.clone(),
        provider_version: enriched.provider_version.clone(),
        dataset_version: enriched.dataset_version.clone(),
        confidence_millionths: enriched.confidence.millionths(),
        method: enriched.method.map_or(0, Method::number),
        licence: enriched.licence.clone(),
        evidence_ref: enriched.evidence_ref.clone(),
        observed_at: enriched.observed_at.0,
        valid_from: enriched.valid_from.map(|at| at.0),
        valid_to: enriched.valid_to.map(|at| at.0),
        refresh_at: enriched.refresh_at.map(|at| at.0),
        asked: enriched.asked.map(|asked| asked.0.to_vec()).unwrap_or_default(),
        stale_code: enriched.stale.clone(),
    }
}

fn decode_enriched(kept: pb::Enriched) -> Enriched {
    Enriched {
        provider: kept.provider_id,
        provider_version: kept.provider_version,
        dataset_version: kept.dataset_version,
        confidence: Confidence::from_millionths(kept.confidence_millionths),
        method: Method::from_number(kept.method),
        licence: kept.licence,
        evidence_ref: kept.evidence_ref,
        observed_at: Timestamp(kept.observed_at),
        valid_from: kept.valid_from.map(Timestamp),
        valid_to: kept.valid_to.map(Timestamp),
        refresh_at: kept.refresh_at.map(Timestamp),
        asked: kept.asked.try_into().ok().map(Fingerprint),
        stale: kept.stale_code,
    }
}
