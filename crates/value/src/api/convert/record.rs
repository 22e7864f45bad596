//! Exported records on the wire.

use tenure_kernel::{Reason, RecordId, Refusal};
use tenure_proto::value::v1 as pb;
use tenure_server::Violations;

use crate::domain::fold::{DayKey, Total};

const MAX_RECORDS: usize = 100;

pub(crate) fn export_records(request: &pb::ExportRecordsRequest) -> Result<Vec<RecordId>, Refusal> {
    let mut wrong = Violations::new();
    if request.record_ids.is_empty() {
        wrong.push("record_ids", Reason::FieldRequired, "required");
    }
    if request.record_ids.len() > MAX_RECORDS {
        wrong.push("record_ids", Reason::FieldOutOfRange, "at most 100 are allowed");
        return Err(Refusal::fields(wrong.into_inner()));
    }
    let mut records = Vec::with_capacity(request.record_ids.len());
    for (place, text) in request.record_ids.iter().enumerate() {
        match text.parse() {
            Ok(record) => records.push(record),
            Err(_) => {
                wrong.push(format!("record_ids[{place}]"), Reason::FieldMalformed, "not an id of this kind");
            }
        }
    }
    wrong.finish()?;
    Ok(records)
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
