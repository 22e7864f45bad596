//! How much happened.

use tenure_kernel::{Reason, Refusal};
use tenure_proto::profile::v1 as pb;
use tenure_server::{Violations, page_size};

use crate::app::list_activity_counts::{ListActivityCounts, Page};

/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn request(request: &pb::ListActivityCountsRequest) -> Result<ListActivityCounts, Refusal> {
    let mut violations = Violations::new();
    let (first_day, last_day) = (request.first_day, request.last_day);
    if last_day < first_day {
        violations.push("last_day", Reason::FieldOutOfRange, "must not be before first_day");
    }
    let size = violations.take(page_size(request.page_size, 100, 1_000));
    match size.filter(|_| violations.is_empty()) {
        Some(size) => Ok(ListActivityCounts { first_day, last_day, size }),
        None => Err(Refusal::fields(violations.into_inner())),
    }
}

/// A page of counts.
pub(crate) fn response(page: Page) -> pb::ListActivityCountsResponse {
    let count =
        |((day, kind), count)| pb::ActivityCount { day: i32::try_from(day).unwrap_or(i32::MAX), r#type: kind, count };
    let counts = page.counts.into_iter().map(count).collect();
    pb::ListActivityCountsResponse { counts, next_page_token: page.next_page_token }
}
