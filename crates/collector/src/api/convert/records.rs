//! Lists of source records.

use tenure_kernel::{Reason, RecordId, Refusal};
use tenure_proto::collector::v1 as pb;
use tenure_server::{Violations, page_size, wire};

use crate::app::Exported;

/// Records of a call at most.
const MOST: usize = 100;

/// Reads 1 to 100 record ids.
fn read(texts: &[String], wrong: &mut Violations) -> Vec<RecordId> {
    if texts.is_empty() {
        wrong.push("record_ids", Reason::FieldRequired, "1 to 100 are needed");
    }
    if texts.len() > MOST {
        wrong.push("record_ids", Reason::FieldTooLong, "at most 100 are allowed");
    }
    let mut records = Vec::with_capacity(texts.len().min(MOST));
    for (place, text) in texts.iter().take(MOST).enumerate() {
        match text.parse() {
            Ok(record) => records.push(record),
            Err(_) => {
                wrong.push(format!("record_ids[{place}]"), Reason::FieldMalformed, "not a record id");
            }
        }
    }
    records
}

/// Reads which records are to be erased.
pub(crate) fn erased(request: &pb::EraseRecordsRequest) -> Result<Vec<RecordId>, Refusal> {
    let mut wrong = Violations::new();
    let records = read(&request.record_ids, &mut wrong);
    wrong.finish()?;
    Ok(records)
}

/// Reads which records are to be exported, and how many touchpoints at most.
pub(crate) fn exported(request: &pb::ExportRecordsRequest) -> Result<(Vec<RecordId>, usize), Refusal> {
    let mut wrong = Violations::new();
    let records = read(&request.record_ids, &mut wrong);
    let size = wrong.take(page_size(request.page_size, 100, 500)).unwrap_or_default();
    wrong.finish()?;
    Ok((records, size))
}

/// An exported touchpoint for the wire.
pub(crate) fn to_wire(exported: Exported) -> pb::ExportedTouchpoint {
    pb::ExportedTouchpoint {
        touchpoint_id: exported.id.map(|id| id.to_string()).unwrap_or_default(),
        record_id: exported.record.to_string(),
        receive_time: Some(wire::to_wire(exported.received_at)),
        touchpoint: Some(exported.touchpoint),
    }
}
