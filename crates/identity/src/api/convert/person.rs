//! Persons.

use tenure_kernel::{PersonId, Reason, Refusal};
use tenure_linkage::model::probability;
use tenure_proto::identity::v1::{self as pb, get_person_request::By as WireBy};
use tenure_server::{Violations, page_size};

use crate::{
    app::{find_person::By, resolve_identity::Candidate},
    config::PAGE,
    domain::person::Standing,
};

/// A person for the wire.
pub(crate) fn to_wire(person: &Standing) -> pb::Person {
    pb::Person {
        person_id: person.id.to_string(),
        etag: person.etag(),
        record_count: i32::try_from(person.records).unwrap_or(i32::MAX),
    }
}

/// A candidate for the wire.
pub(crate) fn candidate(candidate: &Candidate) -> pb::Candidate {
    let places = candidate.matched.iter().map(|place| i32::try_from(*place).unwrap_or(i32::MAX));
    pb::Candidate {
        person: Some(to_wire(&candidate.person)),
        matched_identifiers: places.collect(),
        weight: candidate.weight.unwrap_or_default(),
        probability: candidate.weight.map(probability).unwrap_or_default(),
    }
}

/// By what a person is asked for.
pub(crate) fn by(by: Option<&WireBy>) -> Result<By, Refusal> {
    let mut violations = Violations::new();
    let by = match by {
        None => return Err(Refusal::field("by", Reason::FieldRequired, "person_id or record_id is needed")),
        Some(WireBy::PersonId(text)) => violations.id("person_id", text).map(By::Person),
        Some(WireBy::RecordId(text)) => violations.id("record_id", text).map(By::Record),
    };
    by.ok_or_else(|| Refusal::fields(violations.into_inner()))
}

/// Whose records are listed, and how many at most.
pub(crate) fn listed(request: &pb::ListSourceRecordsRequest) -> Result<(PersonId, usize), Refusal> {
    let mut violations = Violations::new();
    let id = violations.id("person_id", &request.person_id);
    let size = violations.take(page_size(request.page_size, PAGE.0, PAGE.1));
    id.zip(size).ok_or_else(|| Refusal::fields(violations.into_inner()))
}
