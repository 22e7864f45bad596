//! Requests.

use std::collections::BTreeSet;

use tenure_kernel::{Reason, RecordId, Refusal};
use tenure_proto::profile::v1::{ExportRecordsRequest, GetProfileRequest, get_profile_request::By};
use tenure_server::Violations;

use crate::hot::Asked;

/// How many records are exported at once.
const RECORDS: usize = 100;

/// Whose profile is asked for.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn asked(request: &GetProfileRequest) -> Result<Asked, Refusal> {
    let mut violations = Violations::new();
    let asked = match &request.by {
        None => return Err(Refusal::field("by", Reason::FieldRequired, "person_id or record_id is required")),
        Some(By::PersonId(id)) => violations.id("person_id", id).map(Asked::Person),
        Some(By::RecordId(id)) => violations.id("record_id", id).map(Asked::Record),
    };
    asked.ok_or_else(|| Refusal::fields(violations.into_inner()))
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
