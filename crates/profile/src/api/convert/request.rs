//! Requests.

use std::collections::BTreeSet;

use tenure_kernel::{Reason, RecordId, Refusal, Timestamp};
use tenure_proto::profile::v1::{
    ExplainFieldRequest, ExportRecordsRequest, GetProfileRequest, explain_field_request, get_profile_request,
};
use tenure_server::Violations;

use crate::{domain::history::Moment, hot::Asked};

/// How many records are exported at once.
const RECORDS: usize = 100;

/// How many bytes a path may have.
const PATH: usize = 256;

/// Whose profile is asked for, and as of which moment; `None`: now.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn asked(request: &GetProfileRequest, now: Timestamp) -> Result<(Asked, Option<Moment>), Refusal> {
    use get_profile_request::By;
    let mut violations = Violations::new();
    let asked = match &request.by {
        Some(By::PersonId(id)) => violations.id("person_id", id).map(Asked::Person),
        Some(By::RecordId(id)) => violations.id("record_id", id).map(Asked::Record),
        None => nobody(&mut violations),
    };
    let effective = violations.timestamp("as_of_time", request.as_of_time.as_ref());
    let known = violations.timestamp("known_time", request.known_time.as_ref());
    let moment =
        (effective.is_some() || known.is_some()).then(|| Moment { effective: effective.unwrap_or(now), known });
    valid(asked, violations).map(|asked| (asked, moment))
}

/// Which field of whom is to be explained.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn field(request: &ExplainFieldRequest) -> Result<(Asked, &str), Refusal> {
    use explain_field_request::By;
    let mut violations = Violations::new();
    let asked = match &request.by {
        Some(By::PersonId(id)) => violations.id("person_id", id).map(Asked::Person),
        Some(By::RecordId(id)) => violations.id("record_id", id).map(Asked::Record),
        None => nobody(&mut violations),
    };
    violations.text("path", &request.path, PATH);
    valid(asked, violations).map(|asked| (asked, request.path.as_str()))
}

fn nobody(violations: &mut Violations) -> Option<Asked> {
    violations.push("by", Reason::FieldRequired, "person_id or record_id is required");
    None
}

fn valid(asked: Option<Asked>, violations: Violations) -> Result<Asked, Refusal> {
    match asked {
        Some(asked) => violations.finish().map(|()| asked),
        None => Err(Refusal::fields(violations.into_inner())),
    }
}

/// Which records to export.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn records(request: &ExportRecordsRequest) -> Result<BTreeSet<RecordId>, Refusal> {
    let mut violations = Violations::new();
    let records = violations.ids("record_ids", &request.record_ids, RECORDS);
    violations.finish().map(|()| records.into_iter().collect())
}
