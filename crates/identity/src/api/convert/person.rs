//! Persons.

use tenure_kernel::{PersonId, Reason, RecordId, Refusal};
use tenure_proto::identity::v1::{self as pb, get_person_request::By as WireBy};

use crate::{
    app::{find_person::By, resolve_identity::Candidate},
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
    pb::Candidate { person: Some(to_wire(&candidate.person)), matched_identifiers: places.collect() }
}

/// A person's id.
pub(crate) fn person_id(field: &str, text: &str) -> Result<PersonId, Refusal> {
    if text.is_empty() {
        return Err(Refusal::field(field, Reason::FieldRequired, "required"));
    }
    text.parse().map_err(|_| Refusal::field(field, Reason::FieldMalformed, "not a person's id"))
}

/// By what a person is asked for.
pub(crate) fn by(by: Option<&WireBy>) -> Result<By, Refusal> {
    match by {
        None => Err(Refusal::field("by", Reason::FieldRequired, "person_id or record_id is needed")),
        Some(WireBy::PersonId(text)) => person_id("person_id", text).map(By::Person),
        Some(WireBy::RecordId(text)) => {
            let malformed = |_| Refusal::field("record_id", Reason::FieldMalformed, "not a record's id");
            text.parse::<RecordId>().map(By::Record).map_err(malformed)
        }
    }
}
