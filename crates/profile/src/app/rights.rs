//! What the use cases on rights work with.

use std::sync::Arc;

use tenure_journal::{Draft, Journal, ReadAfter, Route};
use tenure_kernel::{Clock, EntryId, IdSource, Reason, Refusal, Tenant, Timestamp};
use tenure_keyring::Keyring;
use tenure_server::{Call, PageTokens};
use tenure_store::Store;

use crate::{
    domain::{erasure::Erasure, right::Right},
    event,
};

/// What the use cases on rights work with.
pub(crate) struct Rights {
    pub(crate) store: Store,
    pub(crate) keyring: Keyring,
    pub(crate) journal: Journal,
    pub(crate) read_after: ReadAfter,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) tokens: PageTokens,
}

/// How many records one entry names at most.
pub(crate) const RECORDS: usize = 500;

/// The entry of something that was stated.
pub(crate) fn stated(tenant: &Tenant, right: &Right) -> Draft {
    let payload = tenure_proto::profile::v1::RightStated { right: Some(event::right(right)) };
    Draft::new(EntryId(right.id.0), tenant.clone(), Route::Records(right.records.clone()), &payload, right.at)
}

/// The entry of how far an erasure is.
pub(crate) fn changed(tenant: &Tenant, id: EntryId, erasure: &Erasure, now: Timestamp) -> Draft {
    let payload = tenure_proto::profile::v1::ErasureChanged { erasure: Some(event::erasure(erasure)) };
    Draft::new(id, tenant.clone(), Route::All, &payload, now)
}

/// That a request was made before, with another body.
pub(crate) fn reused() -> Refusal {
    Refusal::new(Reason::RequestIdReused, "the request_id was used with another body")
}

/// A draft in the trace of a call.
pub(crate) fn traced(draft: Draft, call: &Call) -> Draft {
    draft.traced(call.traceparent().map(str::to_owned))
}
