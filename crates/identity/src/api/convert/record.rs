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

/// One to `most` ids of records.
pub(crate) fn ids(texts: &[String], most: usize, violations: &mut Violations) -> BTreeSet<RecordId> {
    if texts.is_empty() {
        violations.push("record_ids", Reason::FieldRequired, "at least one is needed");
    }
    if texts.len() > most {
        violations.push("record_ids", Reason::FieldTooLong, format!("{}; at most {most}", texts.len()));
    }
    let mut ids = BTreeSet::new();
    for (place, text) in texts.iter().take(most).enumerate() {
        match text.parse() {
            Ok(id) => {
                ids.insert(id);
            }
            Err(_) => {
                violations.push(format!("record_ids[{place}]"), Reason::FieldMalformed, "not a record's id");
            }
        }
    }
    ids
}

/// The records of an export.
pub(crate) fn exported(request: &pb::ExportRecordsRequest, most: usize) -> Result<BTreeSet<RecordId>, Refusal> {
    let mut violations = Violations::new();
    let ids = ids(&request.record_ids, most, &mut violations);
    violations.finish().map(|()| ids)
}
