//! Profiles for the wire.

use tenure_kernel::RecordId;
use tenure_proto::profile::v1 as pb;
use tenure_server::wire;

use super::kind;
use crate::domain::person::{Known, Profile};

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
    }
}

fn field(known: Known) -> pb::ProfileField {
    let Known { path, entry, record } = known;
    let provenance = pb::Provenance {
        source: entry.source,
        occur_time: Some(wire::to_wire(entry.effective_at)),
        record_time: Some(wire::to_wire(entry.recorded_at)),
        touchpoint_id: entry.touchpoint.to_string(),
        record_id: record.to_string(),
    };
    pb::ProfileField { path, value: entry.value, provenance: Some(provenance) }
}
