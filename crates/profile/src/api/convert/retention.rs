//! Requests on retention.

use std::collections::BTreeMap;

use tenure_kernel::{Reason, Refusal, RetentionRunId};
use tenure_proto::profile::v1 as pb;
use tenure_server::{Violations, page_size};

use crate::{
    app::{retention::DefineRetention, retention_run::ApplyRetention},
    domain::{
        fact_period::{FactPeriods, Group},
        retention::Kind,
    },
};

const REQUEST_ID: usize = 128;
/// A hundred years.
const MOST_DAYS: i32 = 36_500;

/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn define(request: &pb::DefineRetentionRequest) -> Result<DefineRetention, Refusal> {
    let mut violations = Violations::new();
    let mut periods = BTreeMap::new();
    let policy = violations.required("policy", request.policy.as_ref());
    for (place, period) in policy.into_iter().flat_map(|policy| &policy.periods).enumerate() {
        let field = |name: &str| format!("policy.periods[{place}].{name}");
        if !(1..=MOST_DAYS).contains(&period.days) {
            violations.push(field("days"), Reason::FieldOutOfRange, "must be 1 to 36,500");
        }
        let wrong = match Kind::of_code(&period.kind_code).map(|kind| periods.insert(kind, period.days)) {
            None => Some((Reason::FieldMalformed, "must be customers or prospects")),
            Some(Some(_)) => Some((Reason::FieldNotAllowed, "has a period already")),
            Some(None) => None,
        };
        if let Some((reason, what)) = wrong {
            violations.push(field("kind_code"), reason, what);
        }
    }
    let facts = facts(policy, &mut violations);
    if request.expected_version.is_some_and(|version| version < 0) {
        violations.push("expected_version", Reason::FieldOutOfRange, "must not be negative");
    }
    violations.finish().map(|()| DefineRetention { periods, facts, expected: request.expected_version })
}

/// The periods of what happened.
fn facts(policy: Option<&pb::RetentionPolicy>, violations: &mut Violations) -> FactPeriods {
    let mut periods = FactPeriods::new();
    for (place, period) in policy.into_iter().flat_map(|policy| &policy.fact_periods).enumerate() {
        let field = |name: &str| format!("policy.fact_periods[{place}].{name}");
        if !(1..=MOST_DAYS).contains(&period.days) {
            violations.push(field("days"), Reason::FieldOutOfRange, "must be 1 to 36,500");
        }
        let wrong = match Group::of_code(&period.class_code).map(|group| periods.insert(group, period.days)) {
            None => Some((Reason::FieldMalformed, "must be a class of FactPeriod, such as digital")),
            Some(Some(_)) => Some((Reason::FieldNotAllowed, "has a period already")),
            Some(None) => None,
        };
        if let Some((reason, what)) = wrong {
            violations.push(field("class_code"), reason, what);
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
