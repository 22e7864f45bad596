//! Explanations.

use tenure_kernel::{RecordId, Refusal};
use tenure_linkage::model::{Step, probability};
use tenure_proto::identity::v1::{self as pb, explain_person_request::By as WireBy, get_person_request};
use tenure_server::{Violations, wire};

use super::{person, record};
use crate::app::{
    explain_link::{self, Zone},
    explain_person::{self, Decided, Held},
    find_person::By,
};

/// The pair that is asked about.
pub(crate) fn pair(request: &pb::ExplainLinkRequest) -> Result<(RecordId, RecordId), Refusal> {
    let mut violations = Violations::new();
    let pair = record::pair(&mut violations, &request.left_record_id, &request.right_record_id);
    violations.finish().map(|()| pair)
}

/// By what a person is asked for.
pub(crate) fn by(by: Option<&WireBy>) -> Result<By, Refusal> {
    // The same as GetPerson's, under another name.
    let same = by.map(|by| match by {
        WireBy::PersonId(text) => get_person_request::By::PersonId(text.clone()),
        WireBy::RecordId(text) => get_person_request::By::RecordId(text.clone()),
    });
    person::by(same.as_ref())
}

/// Why two records are one person's, or not.
pub(crate) fn of_link(explained: explain_link::Explained) -> pb::LinkExplanation {
    let zone = match explained.zone {
        Zone::Link => pb::Zone::Link,
        Zone::Review => pb::Zone::Review,
        Zone::Apart => pb::Zone::Apart,
        Zone::Silent => pb::Zone::Silent,
    };
    pb::LinkExplanation {
        steps: explained.steps.iter().map(step).collect(),
        weight: explained.weight,
        probability: if explained.zone == Zone::Silent { 0.0 } else { probability(explained.weight) },
        zone: zone.into(),
        vetoed: explained.vetoed,
        model_version: explained.model_version,
        is_candidate: explained.is_candidate,
        same_person: explained.same_person,
        decision_ids: explained.decisions.iter().map(ToString::to_string).collect(),
    }
}

fn step(step: &Step) -> pb::Step {
    let comparison = step.comparison.map(|comparison| comparison.as_str().to_owned()).unwrap_or_default();
    pb::Step { comparison, level: step.level.to_owned(), bits: step.bits }
}

/// What holds a person together.
pub(crate) fn of_person(explained: explain_person::Explained) -> pb::ExplainPersonResponse {
    pb::ExplainPersonResponse {
        person: Some(person::to_wire(&explained.person)),
        links: explained.links.iter().map(link).collect(),
        following_record_ids: explained.following.iter().map(ToString::to_string).collect(),
        decisions: explained.decisions.iter().map(decision).collect(),
        model_version: explained.model_version,
    }
}

fn link(held: &Held) -> pb::PersonLink {
    pb::PersonLink {
        left_record_id: held.pair.0.to_string(),
        right_record_id: held.pair.1.to_string(),
        weight: held.weight,
        is_bridge: held.is_bridge,
    }
}

fn decision(decided: &Decided) -> pb::Decision {
    pb::Decision {
        decision_id: decided.id.to_string(),
        create_time: Some(wire::to_wire(decided.at)),
        record_ids: decided.records.iter().map(ToString::to_string).collect(),
    }
}
