//! Refusals as `google.rpc.Status`.

use std::collections::HashMap;

use tenure_kernel::refusal::{Code as KernelCode, Reason, Refusal, Violation};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use crate::telemetry;

/// The domain in every `google.rpc.ErrorInfo`.
pub const DOMAIN: &str = "tenure.dev";

/// How many bytes violations may take. A status travels in HTTP/2 headers, and common clients drop a call whose headers
/// pass 8 KiB; base64 adds a third.
const VIOLATION_BYTES: usize = 4_500;
const TEXT_BYTES: usize = 300;

/// The status of a refusal: `ErrorInfo` with its reason and metadata; `BadRequest` with every violation, as many as fit
/// headers (metadata "`violations_omitted`" counts the rest); `PreconditionFailure` when the state forbids it; `QuotaFailure`
/// when a quota is exceeded; `RetryInfo` when a retry may help.
///
/// An `INTERNAL` refusal is logged here with its message, and the caller learns nothing but the trace id.
#[must_use]
pub fn refuse(refusal: Refusal) -> Status {
    refuse_as(code(refusal.reason.code()), refusal)
}

/// The same under another code, where gRPC prescribes one.
pub(crate) fn refuse_as(code: Code, refusal: Refusal) -> Status {
    let refusal = if refusal.reason == Reason::Internal { conceal(&refusal) } else { refusal };
    let details = details(&refusal);
    Status::with_error_details(code, cut(&refusal.message), details)
}

/// An internal error, without saying which; the detail goes to the log.
fn conceal(refusal: &Refusal) -> Refusal {
    tracing::error!(detail = %refusal.message, metadata = ?refusal.metadata, "internal error");
    let public = Refusal::new(Reason::Internal, "internal error");
    match telemetry::ids().map(|(trace, _)| trace) {
        Some(id) => public.with("trace_id", id),
        None => public,
    }
}

fn details(refusal: &Refusal) -> ErrorDetails {
    let mut metadata: HashMap<String, String> =
        refusal.metadata.iter().map(|(name, value)| ((*name).to_owned(), cut(value).to_owned())).collect();
    let (shown, omitted) = fitting(&refusal.violations);
    if omitted > 0 {
        metadata.insert("violations_omitted".to_owned(), omitted.to_string());
    }
    let subject = metadata.get("resource").cloned().unwrap_or_default();
    let mut details = ErrorDetails::with_error_info(refusal.reason.as_str(), DOMAIN, metadata);
    if !shown.is_empty() {
        details.set_bad_request(shown);
    }
    match refusal.reason {
        Reason::QuotaExceeded => {
            details.add_quota_failure_violation(subject, cut(&refusal.message));
        }
        reason if reason.code() == KernelCode::FailedPrecondition => {
            details.add_precondition_failure_violation(reason.as_str(), subject, cut(&refusal.message));
        }
        _ => {}
    }
    if refusal.retry_after.is_some() {
        details.set_retry_info(refusal.retry_after);
    }
    details
}

/// As many violations as fit, and how many do not.
fn fitting(violations: &[Violation]) -> (Vec<FieldViolation>, usize) {
    let mut left = VIOLATION_BYTES;
    let mut shown = Vec::new();
    for violation in violations {
        let (field, description, reason) =
            (cut(&violation.field), cut(&violation.description), violation.reason.as_str());
        let bytes = field.len() + description.len() + reason.len() + 12;
        if bytes > left {
            break;
        }
        left -= bytes;
        shown.push(FieldViolation {
            field: field.to_owned(),
            description: description.to_owned(),
            reason: reason.to_owned(),
            localized_message: None,
        });
    }
    let omitted = violations.len() - shown.len();
    (shown, omitted)
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES)]
}

/// The gRPC code of a kernel code.
fn code(code: KernelCode) -> Code {
    match code {
        KernelCode::InvalidArgument => Code::InvalidArgument,
        KernelCode::DeadlineExceeded => Code::DeadlineExceeded,
        KernelCode::NotFound => Code::NotFound,
        KernelCode::AlreadyExists => Code::AlreadyExists,
        KernelCode::PermissionDenied => Code::PermissionDenied,
        KernelCode::ResourceExhausted => Code::ResourceExhausted,
        KernelCode::FailedPrecondition => Code::FailedPrecondition,
        KernelCode::Aborted => Code::Aborted,
        KernelCode::OutOfRange => Code::OutOfRange,
        KernelCode::Unimplemented => Code::Unimplemented,
        KernelCode::Internal => Code::Internal,
        KernelCode::Unavailable => Code::Unavailable,
        KernelCode::Unauthenticated => Code::Unauthenticated,
    }
}
