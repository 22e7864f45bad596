//! Requests.

use std::collections::BTreeSet;

use tenure_kernel::{PersonId, Reason, RecordId, Refusal, Timestamp};
use tenure_proto::profile::v1::{
    BatchGetProfilesRequest, ExplainFieldRequest, ExportRecordsRequest, GetProfileRequest, explain_field_request,
    get_profile_request,
};
use tenure_server::Violations;

use super::profile::TRAITS;
use crate::{
    domain::{
        history::Moment,
        path::{is_known, is_within},
        person::Wanted,
    },
    hot::Asked,
};

/// How many records are exported at once.
const RECORDS: usize = 100;

/// How many bytes a path may have.
const PATH: usize = 256;

/// How many paths may be wanted.
const PATHS: usize = 100;
/// What is wanted beside fields.
const COUNTS: &str = "touchpoints";
/// How many persons are read at once.
const PERSONS: usize = 100;

/// Whose profile is asked for, as of which moment (`None`: now), and what of it.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn asked(
    request: &GetProfileRequest,
    now: Timestamp,
) -> Result<(Asked, Option<Moment>, Option<Wanted>), Refusal> {
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
    let wanted = wanted(&mut violations, &request.paths);
    valid(asked, violations).map(|asked| (asked, moment, wanted))
}

/// Whose profiles are asked for, and what of them.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn several(request: &BatchGetProfilesRequest) -> Result<(Vec<PersonId>, Option<Wanted>), Refusal> {
    let mut violations = Violations::new();
    let persons = violations.ids("person_ids", &request.person_ids, PERSONS);
    let wanted = wanted(&mut violations, &request.paths);
    violations.finish().map(|()| (persons, wanted))
}

/// What of a profile is wanted; `None`: all.
fn wanted(violations: &mut Violations, paths: &[String]) -> Option<Wanted> {
    if paths.len() > PATHS {
        violations.push("paths", Reason::FieldTooLong, format!("{}; at most {PATHS} are allowed", paths.len()));
    }
    for (place, path) in paths.iter().take(PATHS).enumerate() {
        let field = format!("paths[{place}]");
        let beside = path == COUNTS || is_within(path, TRAITS);
        if violations.text(field.clone(), path, PATH).is_some() && !beside && !is_known(path) {
            violations.push(field, Reason::FieldOutOfRange, "there are no fields of this name");
        }
    }
    let (counts, paths): (Vec<_>, Vec<_>) = paths.iter().cloned().partition(|path| path == COUNTS);
    (!counts.is_empty() || !paths.is_empty()).then_some(Wanted { paths, counts: !counts.is_empty() })
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
    if violations.text("path", &request.path, PATH).is_some() && !is_known(&request.path) {
        violations.push("path", Reason::FieldOutOfRange, "there are no fields of this name");
    }
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
