//! The overview on the wire.

use std::collections::BTreeMap;

use tenure_proto::expectation::v1 as pb;

use crate::app::tally::{BAND, HELD, PROMISE, REASON};

pub(crate) fn message(sums: &BTreeMap<(String, i32), i64>, pending: i64) -> pb::GetExpectationOverviewResponse {
    let of = |kind: &'static str| {
        sums.iter().filter(move |((of, _), _)| of == kind).map(|((_, number), count)| (*number, *count))
    };
    pb::GetExpectationOverviewResponse {
        promises: of(PROMISE).map(|(state, count)| pb::PromiseStateCount { state, count }).collect(),
        customers: of(BAND).map(|(band, count)| pb::DissonanceBandCount { band, count }).collect(),
        held: of(HELD).map(|(_, count)| count).sum(),
        held_reasons: of(REASON).map(|(reason, count)| pb::SurveyReasonCount { reason, count }).collect(),
        pending,
    }
}
