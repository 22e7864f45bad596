//! Profiles for the wire.

use tenure_kernel::RecordId;
use tenure_proto::profile::v1 as pb;
use tenure_server::wire;

use super::{kind, trait_value};
use crate::domain::{
    history::{Evidence, Standing},
    person::{Known, Profile, Wanted},
    register::Entry,
};

/// A profile.
pub(crate) fn to_wire(profile: Profile) -> pb::Profile {
    let counts = profile.counts.iter().map(|(number, count)| pb::TouchpointCount {
        r#type: kind::name(*number),
        count: count.count,
        first_time: Some(wire::to_wire(count.first)),
        last_time: Some(wire::to_wire(count.last)),
    });
    let mut touchpoints: Vec<_> = counts.collect();
    touchpoints.sort_unstable_by(|one, other| one.r#type.cmp(&other.r#type));
    pb::Profile {
        person_id: profile.person.map(|person| person.to_string()).unwrap_or_default(),
        record_ids: profile.records.iter().map(RecordId::to_string).collect(),
        fields: profile.fields.into_iter().map(field).collect(),
        touchpoints,
        traits: profile.traits.into_iter().map(trait_value::to_wire).collect(),
    }
}

/// What the paths of traits begin with.
pub(super) const TRAITS: &str = "trait";

/// What of a profile is wanted.
pub(crate) fn narrow(profile: &mut pb::Profile, wanted: Option<&Wanted>) {
    let Some(wanted) = wanted else { return };
    profile.fields.retain(|field| wanted.has(&field.path));
    profile.traits.retain(|one| wanted.has(&format!("{TRAITS}.{}", one.name)));
    if !wanted.counts {
        profile.touchpoints.clear();
    }
}

/// The profiles behind some of the ids that were asked for.
pub(crate) fn placed(profiles: Vec<(usize, Profile)>, wanted: Option<&Wanted>) -> pb::BatchGetProfilesResponse {
    let place = |(place, profile)| {
        let mut profile = to_wire(profile);
        narrow(&mut profile, wanted);
        pb::PlacedProfile { place: i32::try_from(place).unwrap_or(i32::MAX), profile: Some(profile) }
    };
    pb::BatchGetProfilesResponse { profiles: profiles.into_iter().map(place).collect() }
}

fn field(known: Known) -> pb::ProfileField {
    let Known { path, entry, record } = known;
    pb::ProfileField { path, provenance: Some(provenance(&entry, record)), value: entry.value }
}

fn provenance(entry: &Entry, record: RecordId) -> pb::Provenance {
    pb::Provenance {
        source: entry.source.clone(),
        occur_time: Some(wire::to_wire(entry.effective_at)),
        record_time: Some(wire::to_wire(entry.recorded_at)),
        touchpoint_id: entry.touchpoint.to_string(),
        record_id: record.to_string(),
    }
}

/// How much of what was said of a field is told.
const EVIDENCE: usize = 200;

/// What was said of a field.
pub(crate) fn explained(evidence: Vec<Evidence>) -> pb::ExplainFieldResponse {
    let total = i32::try_from(evidence.len()).unwrap_or(i32::MAX);
    let told = evidence.into_iter().take(EVIDENCE).map(|one| pb::FieldEvidence {
        provenance: Some(provenance(&one.entry, one.record)),
        standing: standing(one.standing).into(),
        source_rank: one.entry.source_rank,
        value: one.entry.value,
    });
    pb::ExplainFieldResponse { evidence: told.collect(), total }
}

fn standing(standing: Standing) -> pb::field_evidence::Standing {
    match standing {
        Standing::Holds => pb::field_evidence::Standing::Holds,
        Standing::Outranked => pb::field_evidence::Standing::Outranked,
        Standing::Planned => pb::field_evidence::Standing::Planned,
        Standing::Amended => pb::field_evidence::Standing::Amended,
    }
}
