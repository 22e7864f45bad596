//! The comment of an RPC ends with the reasons that it refuses for, beside those that any RPC may give.

use prost_reflect::{DescriptorPool, MethodDescriptor};
use tenure_proto::error::v1::Reason;

use super::finds;
use crate::descriptors::{comment, has, methods};

/// A field of the request and the reasons that come with it.
const BY_FIELD: &[(&str, &[&str])] = &[
    ("etag", &["ETAG_MISMATCH"]),
    ("etags", &["ETAG_MISMATCH"]),
    ("page_size", &["FIELDS_INVALID"]),
    ("page_token", &["PAGE_TOKEN_INVALID"]),
    ("read_after", &["READ_TOKEN_INVALID", "DEADLINE"]),
    ("request_id", &["REQUEST_ID_REUSED"]),
];

/// The reasons at the end of a comment, without what stands in brackets; none if it does not end with them.
pub(crate) fn reasons(comment: &str) -> Option<Vec<String>> {
    let (_, list) = comment.split_once("Errors: ")?;
    let mut plain = String::new();
    let mut depth = 0;
    for letter in list.strip_suffix('.')?.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    Some(plain.split(',').map(|reason| reason.trim().to_owned()).collect())
}

fn reasons_of(method: &MethodDescriptor) -> Option<Vec<String>> {
    reasons(&comment(&method.parent_service().parent_file(), method.path()))
}

pub(super) fn errors_are_named(pool: &DescriptorPool) -> Vec<String> {
    let mut found = Vec::new();
    for method in methods(pool) {
        match reasons_of(&method) {
            None => found.push(format!("{} does not end with \"Errors: …\"", method.full_name())),
            Some(names) => {
                let unknown = names.iter().filter(|name| Reason::from_str_name(&format!("REASON_{name}")).is_none());
                found.extend(unknown.map(|name| format!("{} names no reason by {name:?}", method.full_name())));
            }
        }
    }
    found
}

pub(super) fn errors_follow_from_fields(pool: &DescriptorPool) -> Vec<String> {
    let mut found = Vec::new();
    for method in methods(pool) {
        let named = reasons_of(&method).unwrap_or_default();
        let implied =
            BY_FIELD.iter().filter(|(field, _)| has(&method.input(), field)).flat_map(|(_, reasons)| *reasons);
        let lacking = implied.filter(|reason| !named.iter().any(|name| name == *reason));
        found.extend(lacking.map(|reason| format!("{} does not name {reason}", method.full_name())));
    }
    found
}

#[test]
fn a_wrong_list_of_errors_is_found() {
    let rule = errors_are_named;
    let list = "// Errors: FIELDS_INVALID, REQUEST_ID_REUSED.";
    finds(rule, list, "", "RecordSample does not end with");
    finds(rule, list, "// Errors: FIELDS_INVALID", "RecordSample does not end with");
    finds(
        rule,
        list,
        "// Errors: FIELDS_INVALID. Mind the gap.",
        "names no reason by \"FIELDS_INVALID. Mind the gap\"",
    );
    finds(rule, list, "// Errors: BAD_LUCK.", "RecordSample names no reason by \"BAD_LUCK\"");
    finds(rule, list, "// Errors: REASON_FIELDS_INVALID.", "names no reason by \"REASON_FIELDS_INVALID\"");
}

#[test]
fn an_implied_error_is_found() {
    let rule = errors_follow_from_fields;
    finds(rule, "FIELDS_INVALID, PAGE", "PAGE", "ListSamples does not name FIELDS_INVALID");
    finds(rule, "PAGE_TOKEN_INVALID (of another list), ", "", "ListSamples does not name PAGE_TOKEN_INVALID");
    finds(rule, ", DEADLINE", "", "ListSamples does not name DEADLINE");
    finds(rule, ", REQUEST_ID_REUSED", "", "RecordSample does not name REQUEST_ID_REUSED");
    finds(rule, "int32 count = 2", "string etag = 2", "RecordSample does not name ETAG_MISMATCH");
}
