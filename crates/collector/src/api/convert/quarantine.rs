//! Items in quarantine.

use tenure_kernel::{QuarantineId, Reason, Refusal};
use tenure_proto::collector::v1 as pb;
use tenure_server::{Violations, page_size, wire};

use super::outcome;
use crate::{app::ListedItem, domain::is_source};

/// A page that is asked for.
pub(crate) struct Page {
    pub(crate) size: usize,
    pub(crate) source: String,
    pub(crate) open: bool,
    pub(crate) token: String,
}

/// Reads what page is asked for.
pub(crate) fn page(request: pb::ListQuarantinedRequest) -> Result<Page, Refusal> {
    let mut wrong = Violations::new();
    let size = wrong.take(page_size(request.page_size, 100, 500)).unwrap_or_default();
    if !request.source.is_empty() && !is_source(&request.source) {
        wrong.push("source", Reason::FieldMalformed, "takes a-z, 0-9, '.', '-' and '_'");
    }
    wrong.finish()?;
    Ok(Page { size, source: request.source, open: request.include_touchpoint, token: request.page_token })
}

/// Reads which item is meant.
pub(crate) fn id(text: &str) -> Result<QuarantineId, Refusal> {
    let mut wrong = Violations::new();
    wrong.id("quarantine_id", text).ok_or_else(|| Refusal::fields(wrong.into_inner()))
}

/// An item for the wire.
pub(crate) fn to_wire(listed: ListedItem) -> pb::QuarantinedItem {
    let ListedItem { item, touchpoint } = listed;
    pb::QuarantinedItem {
        quarantine_id: item.id.to_string(),
        source: item.source,
        receive_time: Some(wire::to_wire(item.received_at)),
        violations: item.violations.into_iter().map(outcome::violation).collect(),
        touchpoint,
    }
}
