//! Exported records on the wire.

use std::collections::BTreeMap;

use tenure_kernel::{RecordId, Refusal};
use tenure_proto::expectation::v1 as pb;
use tenure_server::{Violations, wire};

use super::{promise, recovery};
use crate::app::RecordExport;

const MAX_RECORDS: usize = 100;

pub(crate) fn export_records(request: &pb::ExportRecordsRequest) -> Result<Vec<RecordId>, Refusal> {
    let mut wrong = Violations::new();
    let records = wrong.ids("record_ids", &request.record_ids, MAX_RECORDS);
    wrong.finish().map(|()| records)
}

pub(crate) fn export_records_response(exported: BTreeMap<RecordId, RecordExport>) -> pb::ExportRecordsResponse {
    let records = exported.into_iter().map(|(record, held)| pb::RecordExpectations {
        record_id: record.to_string(),
        touchpoint_ids: held.touchpoints.iter().map(ToString::to_string).collect(),
        promises: held.standings.iter().map(promise::message).collect(),
        decisions: held.decisions,
        complaints: held.complaints,
        complaint_steps: held.complaint_steps,
        recovery_decisions: held
            .recoveries
            .iter()
            .map(|(code, decided)| recovery::decision(code, String::new(), record, decided))
            .collect(),
        of_age_time: held.of_age_at.map(wire::to_wire),
        identity_pending: held.identity_pending,
    });
    pb::ExportRecordsResponse { records: records.collect() }
}
