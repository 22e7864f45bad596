//! Pure vocabulary that three or more services share. No IO, no async, nothing of the wire or the store.

pub mod clock;
pub mod id;
pub mod identifier;
pub mod money;
pub mod partition;
pub mod record;
pub mod refusal;
pub mod tenant;

pub use clock::{Clock, SystemClock, Timestamp};
pub use id::{
    DecisionId, EntryId, IdSource, ModelId, PermitId, PersonId, PromiseId, QuarantineId, RandomIds, RecordId,
    TouchpointId,
};
pub use identifier::IdentifierKind;
pub use refusal::{Code, Reason, Refusal, Violation};
pub use tenant::Tenant;
