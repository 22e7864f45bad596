//! Segments on the wire.

use tenure_clv::rfm::Segment;
use tenure_kernel::Refusal;
use tenure_proto::value::v1 as pb;
use tenure_server::{Violations, page_size};

use super::field;
use crate::{
    app::{ListRfmSegments, Paged},
    domain::{model::Model, score::segment_name, segments::Tally},
    event,
};

pub(crate) fn list_rfm_segments(request: pb::ListRfmSegmentsRequest) -> Result<ListRfmSegments, Refusal> {
    let mut wrong = Violations::new();
    let book = field::book(&mut wrong, &request.currency_code, &request.line_code);
    let as_of = wrong.timestamp("as_of", request.as_of.as_ref());
    let question = field::question(&mut wrong, request.horizon_weeks, request.discount_rate);
    let page_size = wrong.take(page_size(request.page_size, Segment::ALL.len(), Segment::ALL.len()));
    let (Some(book), Some(question), Some(page_size), true) = (book, question, page_size, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    let (page_token, read_after) = (request.page_token, request.read_after);
    Ok(ListRfmSegments { book, as_of, question, page_size, page_token, read_after })
}

pub(crate) fn list_rfm_segments_response(page: Paged<Tally>, model: &Model) -> pb::ListRfmSegmentsResponse {
    pb::ListRfmSegmentsResponse {
        segments: page.items.iter().map(message).collect(),
        next_page_token: page.next_page_token,
        model: Some(event::model_message(model)),
    }
}

fn message(tally: &Tally) -> pb::RfmSegment {
    pb::RfmSegment {
        segment: segment_name(tally.segment).to_owned(),
        customers: tally.customers,
        total_minor_units: tally.total_minor,
        expected_value_minor_units: tally.expected_minor,
        expected_purchases: tally.expected_purchases,
        mean_days_since_last: tally.mean_days_since_last(),
    }
}
