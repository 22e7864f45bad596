//! Lists of source records.

use tenure_kernel::{RecordId, Refusal};
use tenure_proto::collector::v1 as pb;
use tenure_server::{Violations, page_size, wire};

use crate::app::Exported;

/// Records that a call erases at most.
const MOST_ERASED: usize = 500;
/// Records that a call exports at most: it opens what it finds of them.
const MOST_EXPORTED: usize = 100;

/// Reads which records are to be erased.
pub(crate) fn erased(request: &pb::EraseRecordsRequest) -> Result<Vec<RecordId>, Refusal> {
    let mut wrong = Violations::new();
    let records = wrong.ids("record_ids", &request.record_ids, MOST_ERASED);
    wrong.finish().map(|()| records)
}

/// Reads which records are to be exported, and how many touchpoints at most.
pub(crate) fn exported(request: &pb::ExportRecordsRequest) -> Result<(Vec<RecordId>, usize), Refusal> {
    let mut wrong = Violations::new();
    let records = wrong.ids("record_ids", &request.record_ids, MOST_EXPORTED);
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

#[cfg(test)]
mod tests {
    use tenure_kernel::Reason;

    use super::*;

    #[test]
    fn as_many_records_are_taken_as_the_contract_says() {
        let ids = |count: u16| -> Vec<String> {
            let id = |number: u16| RecordId([number.to_be_bytes(); 8].concat().try_into().unwrap()).to_string();
            (0..count).map(id).collect()
        };
        let erase = |count| erased(&pb::EraseRecordsRequest { record_ids: ids(count) });
        let export = |count| exported(&pb::ExportRecordsRequest { record_ids: ids(count), ..Default::default() });
        assert_eq!((erase(500).unwrap().len(), export(100).unwrap().0.len()), (500, 100));
        for refused in
            [erase(0).unwrap_err(), erase(501).unwrap_err(), export(0).unwrap_err(), export(101).unwrap_err()]
        {
            assert_eq!((refused.reason, refused.violations.len()), (Reason::FieldsInvalid, 1));
        }
    }
}
