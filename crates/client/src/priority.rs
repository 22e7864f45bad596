//! What goes first when a server has more to do than it can.

use tonic::{Request, metadata::MetadataValue};

/// A request that claims to be urgent (metadata `tenure-priority: urgent`): served as long as anything is. `RecordTouchpoints` takes
/// it where every touchpoint is about a complaint, consent, an objection or preferences, and refuses the claim otherwise
/// (`FIELDS_INVALID`); where the contract does not provide for it, it changes nothing.
#[must_use]
pub fn urgent<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("tenure-priority", MetadataValue::from_static("urgent"));
    request
}
