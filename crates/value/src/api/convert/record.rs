//! Exported records on the wire.

use tenure_kernel::{RecordId, Refusal};
use tenure_proto::value::v1 as pb;
use tenure_server::Violations;

use crate::domain::fold::{DayKey, Total};

const MAX_RECORDS: usize = 100;

pub(crate) fn export_records(request: &pb::ExportRecordsRequest) -> Result<Vec<RecordId>, Refusal> {
    let mut wrong = Violations::new();
    let records = wrong.ids("record_ids", &request.record_ids, MAX_RECORDS);
    wrong.finish().map(|()| records)
}

pub(crate) fn export_records_response(days: Vec<(DayKey, Total)>) -> pb::ExportRecordsResponse {
    let days = days.into_iter().map(|(key, total)| pb::PurchaseDay {
        record_id: key.record.to_string(),
        day: key.day,
        currency_code: key.currency.code().to_owned(),
        count: total.purchases,
        minor_units: total.minor_units,
    });
    pb::ExportRecordsResponse { days: days.collect() }
}
