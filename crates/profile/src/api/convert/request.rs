//! Requests.

use std::collections::BTreeSet;

use tenure_kernel::{PersonId, Reason, RecordId, Refusal, Timestamp};
use tenure_proto::profile::v1::{
    BatchGetProfilesRequest, CheckConsentRequest, ExplainFieldRequest, ExportPersonRequest, ExportRecordsRequest,
    GetConsentLedgerRequest, GetProfileRequest, ListSensitiveReadsRequest, check_consent_request,
    explain_field_request, export_person_request, get_consent_ledger_request, get_profile_request,
    list_sensitive_reads_request,
};
use tenure_server::{Violations, page_size};

use super::profile::{SEGMENTS, TRAITS};
use crate::{
    domain::{
        consent::Use,
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
/// How many characters a code may have.
const CODE: usize = 64;
/// How many versions of a text may be named.
const TEXTS: usize = 20;
/// How many persons are read at once.
const PERSONS: usize = 100;

/// Whose profile is asked for, and how.
pub(crate) struct Ask {
    pub(crate) asked: Asked,
    /// As of when; `None`: now.
    pub(crate) moment: Option<Moment>,
    /// What of it; `None`: all.
    pub(crate) wanted: Option<Wanted>,
    /// It must have been read from the database at this moment or later.
    pub(crate) not_before: Option<Timestamp>,
}

/// Whose profile is asked for, and how.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn asked(request: &GetProfileRequest, now: Timestamp) -> Result<Ask, Refusal> {
    use get_profile_request::By;
    let mut violations = Violations::new();
    let asked = match &request.by {
        Some(By::PersonId(id)) => violations.id("person_id", id).map(Asked::Person),
        Some(By::RecordId(id)) => violations.id("record_id", id).map(Asked::Record),
        None => nobody(&mut violations),
    };
    let moment = moment(&mut violations, (request.as_of_time.as_ref(), request.known_time.as_ref()), now);
    let wanted = wanted(&mut violations, &request.paths);
    let not_before = request.max_staleness.as_ref().and_then(|most| not_before(&mut violations, most, now));
    valid(asked, violations).map(|asked| Ask { asked, moment, wanted, not_before })
}

/// The moment that lies a duration before now.
fn not_before(violations: &mut Violations, most: &prost_types::Duration, now: Timestamp) -> Option<Timestamp> {
    if most.seconds < 0 || most.nanos < 0 {
        violations.push("max_staleness", Reason::FieldOutOfRange, "must not be negative");
        return None;
    }
    let micros = most.seconds.saturating_mul(1_000_000).saturating_add(i64::from(most.nanos / 1_000));
    Some(Timestamp(now.0.saturating_sub(micros)))
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
pub(super) fn wanted(violations: &mut Violations, paths: &[String]) -> Option<Wanted> {
    if paths.len() > PATHS {
        violations.push("paths", Reason::FieldTooLong, format!("{}; at most {PATHS} are allowed", paths.len()));
    }
    for (place, path) in paths.iter().take(PATHS).enumerate() {
        let field = format!("paths[{place}]");
        let beside = path == COUNTS || is_within(path, TRAITS) || is_within(path, SEGMENTS);
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

/// Whose consent is asked for, as of which moment, and to what.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn consent(
    request: &CheckConsentRequest,
    now: Timestamp,
) -> Result<(Asked, Option<Moment>, Use<'_>), Refusal> {
    use check_consent_request::By;
    let mut violations = Violations::new();
    let asked = match &request.by {
        Some(By::PersonId(id)) => violations.id("person_id", id).map(Asked::Person),
        Some(By::RecordId(id)) => violations.id("record_id", id).map(Asked::Record),
        None => nobody(&mut violations),
    };
    violations.text("purpose_code", &request.purpose_code, CODE);
    if request.channel_code.len() > CODE {
        violations.push("channel_code", Reason::FieldTooLong, "at most 64 characters are allowed");
    }
    let jurisdiction = request.jurisdiction_code.as_bytes();
    if !jurisdiction.is_empty() && (jurisdiction.len() != 2 || !jurisdiction.iter().all(u8::is_ascii_uppercase)) {
        violations.push("jurisdiction_code", Reason::FieldMalformed, "not an ISO 3166-1 alpha-2 code");
    }
    if request.text_versions.len() > TEXTS {
        violations.push("text_versions", Reason::FieldTooLong, "at most 20 are allowed");
    }
    let moment = moment(&mut violations, (request.as_of_time.as_ref(), request.known_time.as_ref()), now);
    let to = Use {
        purpose: &request.purpose_code,
        channel: &request.channel_code,
        jurisdiction: &request.jurisdiction_code,
        texts: &request.text_versions,
    };
    valid(asked, violations).map(|asked| (asked, moment, to))
}

/// Whom to export.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn export(request: &ExportPersonRequest) -> Result<Asked, Refusal> {
    use export_person_request::By;
    let mut violations = Violations::new();
    let asked = match &request.by {
        Some(By::PersonId(id)) => violations.id("person_id", id).map(Asked::Person),
        Some(By::RecordId(id)) => violations.id("record_id", id).map(Asked::Record),
        None => nobody(&mut violations),
    };
    valid(asked, violations)
}

/// Of whom reads are listed (`None`: of all), and how many.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn reads(request: &ListSensitiveReadsRequest) -> Result<(Option<[u8; 16]>, usize), Refusal> {
    use list_sensitive_reads_request::Of;
    let mut violations = Violations::new();
    let of = match &request.of {
        Some(Of::PersonId(id)) => violations.id("person_id", id).map(|id: PersonId| id.0),
        Some(Of::RecordId(id)) => violations.id("record_id", id).map(|id: RecordId| id.0),
        None => None,
    };
    match violations.take(page_size(request.page_size, 100, 1_000)) {
        Some(size) => violations.finish().map(|()| (of, size)),
        None => Err(Refusal::fields(violations.into_inner())),
    }
}

/// Whose ledger is asked for.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn ledger(request: &GetConsentLedgerRequest) -> Result<Asked, Refusal> {
    use get_consent_ledger_request::By;
    let mut violations = Violations::new();
    let asked = match &request.by {
        Some(By::PersonId(id)) => violations.id("person_id", id).map(Asked::Person),
        Some(By::RecordId(id)) => violations.id("record_id", id).map(Asked::Record),
        None => nobody(&mut violations),
    };
    valid(asked, violations)
}

fn moment(
    violations: &mut Violations,
    (as_of, known): (Option<&prost_types::Timestamp>, Option<&prost_types::Timestamp>),
    now: Timestamp,
) -> Option<Moment> {
    let effective = violations.timestamp("as_of_time", as_of);
    let known = violations.timestamp("known_time", known);
    (effective.is_some() || known.is_some()).then(|| Moment { effective: effective.unwrap_or(now), known })
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
