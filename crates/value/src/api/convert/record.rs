//! Exported records on the wire.

use tenure_kernel::{RecordId, Refusal};
use tenure_proto::value::v1 as pb;
use tenure_server::Violations;

use crate::app::Held;

const MAX_RECORDS: usize = 100;

pub(crate) fn export_records(request: &pb::ExportRecordsRequest) -> Result<Vec<RecordId>, Refusal> {
    let mut wrong = Violations::new();
    let records = wrong.ids("record_ids", &request.record_ids, MAX_RECORDS);
    wrong.finish().map(|()| records)
}

pub(crate) fn export_records_response(held: Held) -> pb::ExportRecordsResponse {
    let days = held.days.into_iter().map(|(key, total)| pb::PurchaseDay {
        record_id: key.record.to_string(),
        day: key.day,
        currency_code: key.currency.code().to_owned(),
        count: total.purchases,
        minor_units: total.minor_units,
        known_minor_units: total.known_minor,
        margin_minor_units: total.margin_minor,
    });
    let services = held.services.into_iter().map(|(key, served)| pb::ServiceDay {
        record_id: key.record.to_string(),
        day: key.day,
        r#type: key.kind.number(),
        channel: key.channel.0,
        currency_code: key.currency.map_or_else(String::new, |currency| currency.code().to_owned()),
        count: served.count,
        handle_seconds: served.seconds,
        paid_minor_units: served.minor_units,
    });
    pb::ExportRecordsResponse { days: days.collect(), services: services.collect() }
}
