//! Fields that several requests have. Each is read or noted as wrong.

use tenure_kernel::{PersonId, Reason, RecordId, identifier};
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

/// A reference of the caller's, which is kept in clear: of so many bytes, and neither an e-mail address nor a bank account.
pub(super) fn reference<'a>(wrong: &mut Violations, field: &str, text: &'a str, most: usize) -> Option<&'a str> {
    let text = wrong.text(field, text, most)?;
    if identifier::is_personal(text) || text.chars().any(char::is_control) {
        wrong.push(
            field,
            Reason::FieldNotAllowed,
            "must be no e-mail address, no bank account, and without control characters",
        );
        return None;
    }
    Some(text)
}

/// `request_id`.
pub(super) fn request_id(wrong: &mut Violations, text: &str) {
    let id = wrong.text("request_id", text, 64);
    if id.is_some_and(|id| id.chars().any(char::is_control)) {
        wrong.push("request_id", Reason::FieldMalformed, "must not hold control characters");
    }
}

/// A code that the firm gives to something of its own.
pub(super) fn code(wrong: &mut Violations, field: &str, code: &str) {
    let code = wrong.text(field, code, 64);
    if code.is_some_and(|code| !code.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))) {
        wrong.push(field, Reason::FieldMalformed, "not only of a-z, 0-9 and _");
    }
}
