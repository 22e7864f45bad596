//! Requests on retention.

use std::collections::BTreeMap;

use tenure_kernel::{Reason, Refusal, RetentionRunId};
use tenure_proto::profile::v1 as pb;
use tenure_server::{Violations, page_size};

use crate::{
    app::{retention::DefineRetention, retention_run::ApplyRetention},
    domain::{fact_period::Group, retention::Kind},
};

const REQUEST_ID: usize = 128;
/// A hundred years.
const MOST_DAYS: i32 = 36_500;

/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn define(request: &pb::DefineRetentionRequest) -> Result<DefineRetention, Refusal> {
    let mut violations = Violations::new();
    let policy = violations.required("policy", request.policy.as_ref());
    let given = policy.into_iter().flat_map(|policy| &policy.periods).map(|one| (one.kind_code.as_str(), one.days));
    let kinds = ("periods", "kind_code", "must be customers or prospects");
    let kinds = periods(&mut violations, given, kinds, Kind::of_code);
    let given = policy.into_iter().flat_map(|policy| &policy.fact_periods);
    let given = given.map(|one| (one.class_code.as_str(), one.days));
    let classes = ("fact_periods", "class_code", "must be a class of FactPeriod, such as digital");
    let facts = periods(&mut violations, given, classes, Group::of_code);
    if request.expected_version.is_some_and(|version| version < 0) {
        violations.push("expected_version", Reason::FieldOutOfRange, "must not be negative");
    }
    violations.finish().map(|()| DefineRetention { periods: kinds, facts, expected: request.expected_version })
}

/// Periods by what they are of: the list and the field that say so, and what is wrong with a code that is none.
fn periods<'a, K: Ord>(
    violations: &mut Violations,
    given: impl Iterator<Item = (&'a str, i32)>,
    (list, code_field, unknown): (&str, &str, &'static str),
    of_code: fn(&str) -> Option<K>,
) -> BTreeMap<K, i32> {
    let mut periods = BTreeMap::new();
    for (place, (code, days)) in given.enumerate() {
        let field = |name: &str| format!("policy.{list}[{place}].{name}");
        if !(1..=MOST_DAYS).contains(&days) {
            violations.push(field("days"), Reason::FieldOutOfRange, "must be 1 to 36,500");
        }
        let wrong = match of_code(code).map(|key| periods.insert(key, days)) {
            None => Some((Reason::FieldMalformed, unknown)),
            Some(Some(_)) => Some((Reason::FieldNotAllowed, "has a period already")),
            Some(None) => None,
        };
        if let Some((reason, what)) = wrong {
            violations.push(field(code_field), reason, what);
        }
    }
    periods
}

/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn apply(request: pb::ApplyRetentionRequest) -> Result<ApplyRetention, Refusal> {
    let mut violations = Violations::new();
    violations.text("request_id", &request.request_id, REQUEST_ID);
    violations.finish()?;
    let pb::ApplyRetentionRequest { request_id, dry_run, read_after } = request;
    Ok(ApplyRetention { request_id, dry: dry_run, read_after })
}

/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn run(request: &pb::GetRetentionRunRequest) -> Result<RetentionRunId, Refusal> {
    let mut violations = Violations::new();
    let id = violations.id("run_id", &request.run_id);
    id.ok_or_else(|| Refusal::fields(violations.into_inner()))
}

/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn page(request: &pb::ListRetentionRunsRequest) -> Result<usize, Refusal> {
    page_size(request.page_size, 100, 1_000).map_err(|wrong| Refusal::fields(vec![wrong]))
}
