//! Refusals as the caller sees them.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    time::Duration,
};

use tenure_kernel::Reason;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

/// The domain of every reason of ours.
const DOMAIN: &str = "tenure.dev";

/// Why a call was not carried out, from the answer's `google.rpc.Status`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ClientError {
    /// The gRPC status code.
    pub code: Code,
    /// The reason; `None` when the answer is not Tenure's, or is of a newer version that knows more reasons.
    pub reason: Option<Reason>,
    /// The same in words.
    pub message: String,
    /// Every field that is wrong.
    pub violations: Vec<Violation>,
    /// The dynamic values of the message, by name.
    pub metadata: BTreeMap<String, String>,
    /// When a repeat may help.
    pub retry_after: Option<Duration>,
}

/// A field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field's path, such as `touchpoints[3].occur_time`.
    pub field: String,
    /// Why; `None` when this version does not know the reason.
    pub reason: Option<Reason>,
    /// The same in words.
    pub description: String,
}

impl ClientError {
    /// Whether the same call may succeed a little later: `UNAVAILABLE`, or `RESOURCE_EXHAUSTED` with a time to wait.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.code {
            Code::Unavailable => true,
            Code::ResourceExhausted => self.retry_after.is_some(),
            _ => false,
        }
    }
}

impl From<Status> for ClientError {
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info().filter(|info| info.domain == DOMAIN);
        let violations = details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default();
        Self {
            code: status.code(),
            reason: info.and_then(|info| reason(&info.reason)),
            message: status.message().to_owned(),
            violations: violations.iter().map(Violation::from).collect(),
            metadata: info.map(|info| info.metadata.clone().into_iter().collect()).unwrap_or_default(),
            retry_after: details.retry_info().and_then(|info| info.retry_delay),
        }
    }
}

impl From<&FieldViolation> for Violation {
    fn from(wire: &FieldViolation) -> Self {
        Self { field: wire.field.clone(), reason: reason(&wire.reason), description: wire.description.clone() }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            Some(reason) => write!(f, "{}: {}", reason.as_str(), self.message)?,
            None => write!(f, "{}: {}", self.code, self.message)?,
        }
        for Violation { field, description, .. } in &self.violations {
            write!(f, "; {field}: {description}")?;
        }
        Ok(())
    }
}

fn reason(text: &str) -> Option<Reason> {
    Reason::ALL.iter().copied().find(|reason| reason.as_str() == text)
}

/// A status that this side makes, in the same form as the server's.
pub(crate) fn status(code: Code, reason: Reason, message: impl Into<String>) -> Status {
    let details = ErrorDetails::with_error_info(reason.as_str(), DOMAIN, HashMap::new());
    Status::with_error_details(code, message, details)
}

/// The call's time ran out on this side.
pub(crate) fn expired() -> Status {
    status(Code::DeadlineExceeded, Reason::Deadline, "the call's time ran out")
}

/// Nobody answers, or the connection broke.
pub(crate) fn unreachable(why: &str) -> Status {
    status(Code::Unavailable, Reason::Unavailable, format!("the server can't be reached: {why}"))
}

/// What this side was given makes no sense.
pub(crate) fn invalid(message: &str) -> ClientError {
    status(Code::InvalidArgument, Reason::FieldsInvalid, message).into()
}
