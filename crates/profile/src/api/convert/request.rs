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
    let malformed = |field| Refusal::field(field, Reason::FieldMalformed, "not an id of this kind");
    match &request.by {
        None => Err(Refusal::field("by", Reason::FieldRequired, "person_id or record_id is required")),
        Some(By::PersonId(id)) => id.parse().map(Asked::Person).map_err(|_| malformed("person_id")),
        Some(By::RecordId(id)) => id.parse().map(Asked::Record).map_err(|_| malformed("record_id")),
    }
}

/// Which records to export.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn records(request: &ExportRecordsRequest) -> Result<BTreeSet<RecordId>, Refusal> {
    let mut violations = Violations::new();
    match request.record_ids.len() {
        0 => {
            violations.push("record_ids", Reason::FieldRequired, "1 to 100 ids are required");
        }
        length if length > RECORDS => {
            violations.push(
                "record_ids",
                Reason::FieldOutOfRange,
                format!("{length} ids; at most {RECORDS} are allowed"),
            );
        }
        _ => {}
    }
    let mut records = BTreeSet::new();
    for (place, id) in request.record_ids.iter().enumerate().take(RECORDS) {
        match id.parse() {
            Ok(record) => {
                records.insert(record);
            }
            Err(_) => {
                violations.push(format!("record_ids[{place}]"), Reason::FieldMalformed, "not a record's id");
            }
        }
    }
    violations.finish().map(|()| records)
}
