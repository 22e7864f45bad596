//! Exported records on the wire.

use tenure_kernel::{RecordId, Refusal};
use tenure_proto::value::v1 as pb;
use tenure_server::Violations;

use crate::{app::Held, domain::deal::Step};

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
        currency_code: key.book.currency.code().to_owned(),
        line_code: key.book.line.code().to_owned(),
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
        line_code: key.line.code().to_owned(),
        currency_code: key.currency.map_or_else(String::new, |currency| currency.code().to_owned()),
        count: served.count,
        handle_seconds: served.seconds,
        paid_minor_units: served.minor_units,
    });
    let deals = held.deals.into_iter().map(|(record, deal)| pb::CustomerDeal {
        record_id: record.to_string(),
        day: deal.day,
        step: step(deal.step).into(),
        channel: deal.channel.0,
        line_code: deal.line.code().to_owned(),
        contract_ref: deal.contract,
        product_codes: deal.products,
        offer_code: deal.offer,
        currency_code: deal.price.map_or_else(String::new, |(currency, _)| currency.code().to_owned()),
        term_minor_units: deal.price.map_or(0, |(_, minor)| minor),
        term_months: deal.term_months,
    });
    pb::ExportRecordsResponse { days: days.collect(), services: services.collect(), deals: deals.collect() }
}

fn step(step: Step) -> pb::CustomerStep {
    match step {
        Step::Bought => pb::CustomerStep::Bought,
        Step::OfferTaken => pb::CustomerStep::OfferTaken,
        Step::Started => pb::CustomerStep::Started,
        Step::Renewed => pb::CustomerStep::Renewed,
        Step::Ended => pb::CustomerStep::Ended,
        Step::WonBack => pb::CustomerStep::WonBack,
    }
}
