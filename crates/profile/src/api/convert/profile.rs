//! Profiles for the wire.

use std::collections::BTreeMap;

use tenure_kernel::{Purpose, RecordId, Timestamp};
use tenure_proto::profile::v1 as pb;
use tenure_server::wire;

use super::{
    disclosed::{category_code, disclose},
    enrichment, kind, trait_value,
};
use crate::domain::{
    disclosure,
    enriched::STATE,
    fact::Method,
    history::{Evidence, Standing},
    path::is_within,
    person::{Known, Profile, Wanted},
    register::Entry,
    segment::Belonging,
};

/// A profile.
pub(crate) fn to_wire(profile: Profile) -> pb::Profile {
    let counts = profile.counts.iter().map(|(what, count)| pb::TouchpointCount {
        r#type: kind::name(what.kind),
        aml_only: what.aml,
        count: count.count,
        first_time: Some(wire::to_wire(count.first)),
        last_time: Some(wire::to_wire(count.last)),
    });
    let mut touchpoints: Vec<_> = counts.collect();
    touchpoints.sort_unstable_by(|one, other| (&one.r#type, one.aml_only).cmp(&(&other.r#type, other.aml_only)));
    pb::Profile {
        person_id: profile.person.map(|person| person.to_string()).unwrap_or_default(),
        record_ids: profile.records.iter().map(RecordId::to_string).collect(),
        fields: profile.fields.into_iter().map(field).collect(),
        touchpoints,
        traits: profile.traits.into_iter().map(trait_value::to_wire).collect(),
        withheld: Vec::new(),
        truncated_paths: profile.cut.into_iter().map(truncated).collect(),
        segments: profile.segments.into_iter().map(segment).collect(),
        enrichment: profile.enrichment.into_iter().map(enrichment::freshness).collect(),
    }
}

fn segment(one: Belonging) -> pb::ProfileSegment {
    pb::ProfileSegment { name: one.segment, version: one.version, enter_time: one.since.map(wire::to_wire) }
}

fn truncated(((path, aml_only), values): ((String, bool), usize)) -> pb::TruncatedPath {
    pb::TruncatedPath { path, aml_only, values: i32::try_from(values).unwrap_or(i32::MAX) }
}

/// What the paths of traits begin with.
pub(super) const TRAITS: &str = "trait";
/// What the paths of segments begin with.
pub(super) const SEGMENTS: &str = "segment";

/// What of a profile is wanted.
pub(crate) fn narrow(profile: &mut pb::Profile, wanted: Option<&Wanted>) {
    let Some(wanted) = wanted else { return };
    profile.fields.retain(|field| wanted.has(&field.path));
    profile.truncated_paths.retain(|one| wanted.has(&one.path));
    if !wanted.has(STATE) {
        profile.enrichment.clear();
    }
    profile.traits.retain(|one| wanted.has(&format!("{TRAITS}.{}", one.name)));
    profile.segments.retain(|one| wanted.has(&format!("{SEGMENTS}.{}", one.name)));
    if !wanted.counts {
        profile.touchpoints.clear();
    }
}

/// The profiles behind some of the ids that were asked for, each as a purpose may see it.
pub(crate) fn placed(
    profiles: Vec<(usize, Profile)>,
    wanted: Option<&Wanted>,
    (purpose, now): (Purpose, Timestamp),
) -> pb::BatchGetProfilesResponse {
    let place = |(place, profile)| {
        let mut profile = to_wire(profile);
        disclose(&mut profile, purpose, now);
        narrow(&mut profile, wanted);
        pb::PlacedProfile { place: i32::try_from(place).unwrap_or(i32::MAX), profile: Some(profile) }
    };
    pb::BatchGetProfilesResponse { profiles: profiles.into_iter().map(place).collect() }
}

/// A profile in a list; `None`: the purpose does not see the person.
pub(crate) fn listed(
    profile: Profile,
    wanted: Option<&Wanted>,
    purpose: Purpose,
    now: Timestamp,
) -> Option<pb::Profile> {
    let mut profile = to_wire(profile);
    disclose(&mut profile, purpose, now);
    narrow(&mut profile, wanted);
    profile.withheld.iter().all(|one| one.reason() == pb::withheld::Reason::Category).then_some(profile)
}

fn field(known: Known) -> pb::ProfileField {
    let Known { path, entry, record, aml } = known;
    let category = disclosure::category(&path, aml);
    let provenance = Some(provenance(&path, &entry, record, aml));
    pb::ProfileField { path, provenance, value: entry.value, category: category_code(category).into() }
}

fn provenance(path: &str, entry: &Entry, record: RecordId, aml: bool) -> pb::Provenance {
    pb::Provenance {
        source: entry.source.clone(),
        occur_time: Some(wire::to_wire(entry.enriched.as_ref().map_or(entry.effective_at, |one| one.observed_at))),
        record_time: Some(wire::to_wire(entry.recorded_at)),
        // There is none behind what a provider said.
        touchpoint_id: if entry.enriched.is_some() { String::new() } else { entry.touchpoint.to_string() },
        record_id: record.to_string(),
        method: method(entry.method).into(),
        legal_basis: legal_basis(path, aml).into(),
        expire_time: entry.expires_at.map(wire::to_wire),
        text_version: entry.text_version.clone(),
        enrichment: entry.enriched.as_deref().and_then(enrichment::provenance),
    }
}

fn method(method: Method) -> pb::Method {
    match method {
        Method::System => pb::Method::Unspecified,
        Method::Entered => pb::Method::Entered,
        Method::Declared => pb::Method::Declared,
    }
}

/// On what ground fields of a path are kept.
fn legal_basis(path: &str, aml: bool) -> pb::LegalBasis {
    let within = |root| is_within(path, root);
    if aml || ["consent", "objection", "preference"].into_iter().any(within) {
        pb::LegalBasis::LegalObligation
    } else if ["life", "enriched", STATE].into_iter().any(within) {
        pb::LegalBasis::LegitimateInterest
    } else {
        pb::LegalBasis::Contract
    }
}

/// How much of what was said of a field is told.
const EVIDENCE: usize = 200;

/// What was said of a field.
pub(crate) fn explained(evidence: Vec<Evidence>) -> pb::ExplainFieldResponse {
    let total = i32::try_from(evidence.len()).unwrap_or(i32::MAX);
    pb::ExplainFieldResponse { evidence: evidence.into_iter().take(EVIDENCE).map(told).collect(), total }
}

fn told(one: Evidence) -> pb::FieldEvidence {
    pb::FieldEvidence {
        provenance: Some(provenance(&one.path, &one.entry, one.record, one.aml)),
        standing: standing(one.standing).into(),
        source_rank: one.entry.source_rank,
        value: one.entry.value,
    }
}

/// All that was said of any field, by path.
pub(crate) fn histories(evidence: Vec<Evidence>) -> Vec<pb::FieldHistory> {
    let mut of: BTreeMap<String, Vec<pb::FieldEvidence>> = BTreeMap::new();
    for one in evidence {
        of.entry(one.path.clone()).or_default().push(told(one));
    }
    of.into_iter().map(|(path, evidence)| pb::FieldHistory { path, evidence }).collect()
}

/// How many statements on consent are told.
const STATEMENTS: usize = 1_000;

/// All that was said on consent.
pub(crate) fn ledger(evidence: Vec<Evidence>) -> pb::GetConsentLedgerResponse {
    let total = i32::try_from(evidence.len()).unwrap_or(i32::MAX);
    let statement = |mut one: Evidence| {
        let path = std::mem::take(&mut one.path);
        pb::ConsentStatement { evidence: Some(told(Evidence { path: path.clone(), ..one })), path }
    };
    pb::GetConsentLedgerResponse { statements: evidence.into_iter().take(STATEMENTS).map(statement).collect(), total }
}

fn standing(standing: Standing) -> pb::field_evidence::Standing {
    match standing {
        Standing::Holds => pb::field_evidence::Standing::Holds,
        Standing::Outranked => pb::field_evidence::Standing::Outranked,
        Standing::Planned => pb::field_evidence::Standing::Planned,
        Standing::Amended => pb::field_evidence::Standing::Amended,
        Standing::Expired => pb::field_evidence::Standing::Expired,
    }
}
