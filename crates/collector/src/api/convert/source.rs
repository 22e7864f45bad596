//! The progress of sources.

use tenure_kernel::{Reason, Refusal, Timestamp};
use tenure_proto::collector::v1 as pb;
use tenure_server::Violations;

use crate::domain::is_source;

/// Reads which source is how complete.
pub(crate) fn progress(
    request: pb::ReportSourceProgressRequest,
    latest: Timestamp,
) -> Result<(String, Timestamp), Refusal> {
    let mut wrong = Violations::new();
    if wrong.text("source", &request.source, 64).is_some_and(|source| !is_source(source)) {
        wrong.push("source", Reason::FieldMalformed, "takes a-z, 0-9, '.', '-' and '_'");
    }
    let until = wrong.required("complete_until", request.complete_until);
    let until = wrong.timestamp("complete_until", until.as_ref());
    if until.is_some_and(|until| until > latest) {
        wrong.push("complete_until", Reason::TimeInFuture, "more than five minutes ahead of the server's clock");
    }
    wrong.finish()?;
    Ok((request.source, until.unwrap_or_default()))
}

/// Reads which source is asked for; empty: all.
pub(crate) fn filter(source: String) -> Result<String, Refusal> {
    if source.is_empty() || is_source(&source) {
        return Ok(source);
    }
    Err(Refusal::field("source", Reason::FieldMalformed, "takes a-z, 0-9, '.', '-' and '_'"))
}
