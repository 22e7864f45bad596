//! Complaints on the wire.

pub(crate) mod action;
mod request;
pub(crate) mod standing;
pub(crate) mod step;

use tenure_proto::expectation::v1 as pb;

use crate::domain::complaint::cause::CAUSES;

pub(crate) use request::{get_complaint, list_complaints, record_complaint_step, register_complaint, watch_complaints};

/// The root causes, each after the one that it is a part of.
pub(crate) fn causes() -> pb::DescribeComplaintCausesResponse {
    let cause = |(code, nl, en): &(&str, &str, &str)| pb::ComplaintCause {
        code: (*code).to_owned(),
        name_nl: (*nl).to_owned(),
        name_en: (*en).to_owned(),
    };
    pb::DescribeComplaintCausesResponse { causes: CAUSES.iter().map(cause).collect() }
}
