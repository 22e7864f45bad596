//! Source records.

use std::collections::BTreeSet;

use tenure_kernel::{Reason, RecordId, Refusal};
use tenure_proto::identity::v1 as pb;
use tenure_server::{Violations, wire};

use crate::store::record::SourceRecord;

/// A record for the wire.
pub(crate) fn to_wire(record: &SourceRecord) -> pb::SourceRecord {
    pb::SourceRecord {
        record_id: record.id.to_string(),
        source: record.source.clone(),
        person_id: record.person.to_string(),
        first_seen_time: Some(wire::to_wire(record.first_seen_at)),
        membership_version: record.version,
    }
}

/// Two different records.
pub(crate) fn pair(violations: &mut Violations, left: &str, right: &str) -> (RecordId, RecordId) {
    let (left, right) = (violations.id("left_record_id", left), violations.id("right_record_id", right));
    if left.is_some() && left == right {
        violations.push("right_record_id", Reason::FieldNotAllowed, "the same as left_record_id");
    }
    (left.unwrap_or_default(), right.unwrap_or_default())
}

/// The records of an export.
pub(crate) fn exported(request: &pb::ExportRecordsRequest, most: usize) -> Result<BTreeSet<RecordId>, Refusal> {
    let mut violations = Violations::new();
    let ids = violations.ids("record_ids", &request.record_ids, most);
    violations.finish().map(|()| ids.into_iter().collect())
}
