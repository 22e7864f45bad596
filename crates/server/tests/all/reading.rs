//! Statuses, spelled out.

use std::{collections::BTreeMap, fmt::Write};

use tonic::Status;
use tonic_types::{ErrorDetail, StatusExt};

/// Everything that a caller can read in a status.
pub(crate) fn spell(status: &Status) -> String {
    let mut text = format!("{:?}: {}\n", status.code(), status.message());
    for detail in status.get_error_details_vec() {
        match detail {
            ErrorDetail::ErrorInfo(info) => {
                let metadata: BTreeMap<_, _> = info.metadata.iter().collect();
                writeln!(text, "ErrorInfo {} {} {metadata:?}", info.domain, info.reason).unwrap();
            }
            ErrorDetail::BadRequest(bad) => {
                for violation in bad.field_violations {
                    let (field, reason, words) = (violation.field, violation.reason, violation.description);
                    writeln!(text, "BadRequest {field} {reason} {words:?}").unwrap();
                }
            }
            ErrorDetail::PreconditionFailure(failure) => {
                for violation in failure.violations {
                    let (kind, subject, words) = (violation.r#type, violation.subject, violation.description);
                    writeln!(text, "PreconditionFailure {kind} {subject:?} {words:?}").unwrap();
                }
            }
            ErrorDetail::QuotaFailure(failure) => {
                for violation in failure.violations {
                    writeln!(text, "QuotaFailure {:?} {:?}", violation.subject, violation.description).unwrap();
                }
            }
            // The hint of the limit is moved at random, so that callers do not all come back at once.
            ErrorDetail::RetryInfo(info) if reason(status) == "OVERLOADED" => {
                let hint = info.retry_delay.unwrap();
                assert!((125..=15_000).contains(&hint.as_millis()), "{hint:?}");
                writeln!(text, "RetryInfo, soon").unwrap();
            }
            ErrorDetail::RetryInfo(info) => writeln!(text, "RetryInfo {:?}", info.retry_delay.unwrap()).unwrap(),
            other => writeln!(text, "{other:?}").unwrap(),
        }
    }
    for item in status.metadata().iter() {
        // What HTTP adds differs from way to way.
        if let tonic::metadata::KeyAndValueRef::Ascii(name, value) = item
            && !["content-type", "date", "content-length"].contains(&name.as_str())
        {
            writeln!(text, "{name}: {}", value.to_str().unwrap()).unwrap();
        }
    }
    text
}

/// The reason of a status.
pub(crate) fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}
