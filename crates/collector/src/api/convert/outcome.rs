//! Outcomes.

use tenure_kernel::Violation;
use tenure_proto::collector::v1::{self as pb, outcome::Status as Wire};

use crate::{
    domain::outcome::{Outcome, Status},
    store::tally::Counts,
};

/// An outcome for the wire.
pub(crate) fn to_wire(outcome: Outcome) -> pb::Outcome {
    let status = match outcome.status {
        Status::Accepted => Wire::Accepted,
        Status::Duplicate => Wire::Duplicate,
        Status::Quarantined => Wire::Quarantined,
        Status::Suppressed => Wire::Suppressed,
        Status::Refused => Wire::Refused,
    };
    pb::Outcome {
        status: status.into(),
        touchpoint_id: outcome.touchpoint.map(|id| id.to_string()).unwrap_or_default(),
        record_id: outcome.record.map(|id| id.to_string()).unwrap_or_default(),
        quarantine_id: outcome.quarantine.map(|id| id.to_string()).unwrap_or_default(),
        violations: outcome.violations.into_iter().map(violation).collect(),
    }
}

/// A violation for the wire.
pub(crate) fn violation(violation: Violation) -> pb::Violation {
    pb::Violation {
        field: violation.field,
        reason: violation.reason.number(),
        description: violation.description.into_owned(),
    }
}

/// Counts for the wire.
pub(crate) fn counts(counts: &Counts) -> pb::GetIntakeStatisticsResponse {
    let of = |status| counts.statuses.get(&status).copied().unwrap_or_default();
    let reason = |(reason, count): (&tenure_kernel::Reason, &i64)| pb::ReasonCount {
        reason: reason.as_str().to_owned(),
        count: *count,
    };
    pb::GetIntakeStatisticsResponse {
        received: counts.received,
        accepted: of(Status::Accepted),
        duplicate: of(Status::Duplicate),
        quarantined: of(Status::Quarantined),
        suppressed: of(Status::Suppressed),
        refused: of(Status::Refused),
        quarantine_reasons: counts.reasons.iter().map(reason).collect(),
    }
}
