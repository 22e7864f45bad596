//! Stewards' requests.

use prost::{Message, Name};
use tenure_kernel::{Reason, Refusal};
use tenure_proto::identity::v1 as pb;
use tenure_server::{Call, Violations};

use super::record;
use crate::{
    app::{
        decide_review_task::{Decide, Of},
        merge_persons::Merge,
        split_person::Split,
        steward::Request,
        undo_decision::Undo,
    },
    config::{MERGE_PERSONS, REQUEST_ID_BYTES, SPLIT_RECORDS},
};

/// The body tells the RPC too: the same id for a merge and a split is a reuse.
pub(super) fn request<'a, M: Message + Name>(id: &'a str, message: &M, call: &Call) -> Request<'a> {
    let mut body = M::full_name().into_bytes();
    body.extend(message.encode_to_vec());
    Request { id, body, traceparent: call.traceparent().map(str::to_owned) }
}

/// A merge.
pub(crate) fn merge<'a>(message: &'a pb::MergePersonsRequest, call: &Call) -> Result<Merge<'a>, Refusal> {
    let mut violations = Violations::new();
    violations.text("request_id", &message.request_id, REQUEST_ID_BYTES);
    let count = message.person_ids.len();
    if !(2..=MERGE_PERSONS).contains(&count) {
        violations.push("person_ids", Reason::FieldOutOfRange, format!("{count}; 2 to {MERGE_PERSONS} are needed"));
    }
    if !message.etags.is_empty() && message.etags.len() != count {
        violations.push("etags", Reason::FieldOutOfRange, "as many as person_ids, or none");
    }
    let mut persons = Vec::new();
    for (place, text) in message.person_ids.iter().take(MERGE_PERSONS).enumerate() {
        let field = format!("person_ids[{place}]");
        let Some(id) = violations.id(field.clone(), text) else { continue };
        if persons.contains(&id) {
            violations.push(field, Reason::FieldNotAllowed, "named before");
        }
        persons.push(id);
    }
    violations.finish()?;
    Ok(Merge { request: request(&message.request_id, message, call), persons, etags: &message.etags })
}

/// What is said of a pair, or of a person.
pub(crate) fn decide<'a>(message: &'a pb::DecideReviewTaskRequest, call: &Call) -> Result<Decide<'a>, Refusal> {
    let mut violations = Violations::new();
    violations.text("request_id", &message.request_id, REQUEST_ID_BYTES);
    let of = if message.right_record_id.is_empty() && message.verdict() == pb::Verdict::Same {
        Of::Person(violations.id("left_record_id", &message.left_record_id).unwrap_or_default())
    } else {
        let (left, right) = record::pair(&mut violations, &message.left_record_id, &message.right_record_id);
        Of::Pair((left.min(right), left.max(right)))
    };
    let same = match message.verdict() {
        pb::Verdict::Same => true,
        pb::Verdict::Different => false,
        pb::Verdict::Unspecified => {
            violations.push("verdict", Reason::FieldRequired, "required");
            false
        }
    };
    violations.finish()?;
    Ok(Decide { request: request(&message.request_id, message, call), of, same })
}

/// An undoing.
pub(crate) fn undo<'a>(message: &'a pb::UndoDecisionRequest, call: &Call) -> Result<Undo<'a>, Refusal> {
    let mut violations = Violations::new();
    violations.text("request_id", &message.request_id, REQUEST_ID_BYTES);
    let decision = violations.id("decision_id", &message.decision_id);
    violations.finish()?;
    Ok(Undo { request: request(&message.request_id, message, call), decision: decision.unwrap_or_default() })
}

/// A split.
pub(crate) fn split<'a>(message: &'a pb::SplitPersonRequest, call: &Call) -> Result<Split<'a>, Refusal> {
    let mut violations = Violations::new();
    violations.text("request_id", &message.request_id, REQUEST_ID_BYTES);
    let person = violations.id("person_id", &message.person_id);
    let records = violations.ids("record_ids", &message.record_ids, SPLIT_RECORDS);
    violations.finish()?;
    let request = request(&message.request_id, message, call);
    Ok(Split {
        request,
        person: person.unwrap_or_default(),
        records: records.into_iter().collect(),
        etag: &message.etag,
    })
}
