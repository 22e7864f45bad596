//! Pure vocabulary that three or more services share. No IO, no async, nothing of the wire or the store.

pub mod clock;
pub mod id;
pub mod identifier;
pub mod money;
pub mod partition;
pub mod purpose;
pub mod record;
pub mod refusal;
pub mod tenant;

pub use clock::{Clock, SystemClock, Timestamp};
pub use id::{
    ComplaintId, DecisionId, EntryId, ErasureId, IdSource, ModelId, PermitId, PersonId, PromiseId, QuarantineId,
    RandomIds, ReadId, RecordId, RetentionRunId, RightId, TouchpointId,
};
pub use identifier::IdentifierKind;
pub use purpose::Purpose;
pub use refusal::{Code, Reason, Refusal, Violation};
pub use tenant::Tenant;
