//! What tests read refusals with.

use std::collections::BTreeMap;

use prost::Message as _;
use tonic::Status;
use tonic_types::{ErrorDetail, StatusExt as _, pb as rpc};

/// A status in full under a name, every detail of it a line or more: for snapshots.
///
/// # Panics
/// When the details are not a `google.rpc.Status` of the same code and words, or one is of an unknown type.
#[must_use]
#[expect(clippy::expect_used, reason = "a test fails by it")]
pub fn show(name: &str, status: &Status) -> String {
    let whole = rpc::Status::decode(status.details()).expect("google.rpc.Status");
    assert_eq!((whole.code, whole.message.as_str()), (status.code().into(), status.message()));
    let details = status.get_error_details_vec();
    assert_eq!(details.len(), whole.details.len(), "no detail is of an unknown type");
    let lines = details.into_iter().flat_map(lines).fold(String::new(), |text, line| text + "  " + &line + "\n");
    format!("{name}\n  {:?}: {}\n{lines}", status.code(), status.message())
}

fn lines(detail: ErrorDetail) -> Vec<String> {
    match detail {
        ErrorDetail::ErrorInfo(info) => {
            let metadata: BTreeMap<_, _> = info.metadata.iter().collect();
            vec![format!("ErrorInfo {} {} {metadata:?}", info.reason, info.domain)]
        }
        ErrorDetail::BadRequest(bad) => {
            let wrong = bad.field_violations.iter();
            wrong.map(|one| format!("BadRequest {}: {} ({})", one.field, one.description, one.reason)).collect()
        }
        ErrorDetail::PreconditionFailure(failed) => {
            let failed = failed.violations.iter();
            failed
                .map(|one| format!("PreconditionFailure {} {:?}: {}", one.r#type, one.subject, one.description))
                .collect()
        }
        ErrorDetail::QuotaFailure(failed) => {
            let failed = failed.violations.iter();
            failed.map(|one| format!("QuotaFailure {:?}: {}", one.subject, one.description)).collect()
        }
        ErrorDetail::RetryInfo(info) => vec![format!("RetryInfo {:?}", info.retry_delay.unwrap_or_default())],
        other => vec![format!("{other:?}")],
    }
}
