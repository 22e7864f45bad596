//! Purchase summaries on the wire.

use tenure_kernel::Refusal;
use tenure_proto::value::v1 as pb;
use tenure_server::{Violations, page_size};

use super::field;
use crate::{
    app::{ListPurchaseSummaries, Paged},
    domain::summary::PersonSummary,
};

pub(crate) fn list_purchase_summaries(
    request: pb::ListPurchaseSummariesRequest,
) -> Result<ListPurchaseSummaries, Refusal> {
    let mut wrong = Violations::new();
    let book = field::book(&mut wrong, &request.currency_code, &request.line_code);
    let as_of = wrong.timestamp("as_of", request.as_of.as_ref());
    let page_size = wrong.take(page_size(request.page_size, 1_000, 5_000));
    let (Some(book), Some(page_size), true) = (book, page_size, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    let (page_token, read_after) = (request.page_token, request.read_after);
    Ok(ListPurchaseSummaries { book, as_of, page_size, page_token, read_after })
}

pub(crate) fn list_purchase_summaries_response(page: Paged<PersonSummary>) -> pb::ListPurchaseSummariesResponse {
    let summaries = page.items.iter().map(message).collect();
    pb::ListPurchaseSummariesResponse { summaries, next_page_token: page.next_page_token }
}

pub(crate) fn message(person: &PersonSummary) -> pb::PurchaseSummary {
    let history = &person.history;
    pb::PurchaseSummary {
        person_id: person.person.to_string(),
        frequency: i32::try_from(history.frequency()).unwrap_or(i32::MAX),
        recency_weeks: history.recency_weeks(),
        age_weeks: history.age_weeks(),
        mean_minor_units: history.mean_minor_per_repeat_day(),
        total_minor_units: history.total_minor(),
        purchases: person.purchases,
        record_ids: person.records.iter().map(ToString::to_string).collect(),
    }
}
