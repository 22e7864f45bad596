//! Fields that several requests have. Each is read or noted as wrong.

use tenure_kernel::{PersonId, Reason, RecordId};
use tenure_server::Violations;

use crate::app::person::Who;

/// `person_id` or `record_id`, as text.
pub(super) enum By<'a> {
    Person(&'a str),
    Record(&'a str),
}

pub(super) fn who(wrong: &mut Violations, by: Option<By<'_>>) -> Option<Who> {
    match wrong.required("by", by)? {
        By::Person(text) => wrong.id::<PersonId>("person_id", text).map(Who::Person),
        By::Record(text) => wrong.id::<RecordId>("record_id", text).map(Who::Record),
    }
}

/// `request_id`.
pub(super) fn request_id(wrong: &mut Violations, text: &str) {
    let id = wrong.text("request_id", text, 64);
    if id.is_some_and(|id| id.chars().any(char::is_control)) {
        wrong.push("request_id", Reason::FieldMalformed, "must not hold control characters");
    }
}
