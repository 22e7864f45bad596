//! What is fixed about the service. Nothing of it can be set: who is who must not depend on how a process was started. The
//! cap of a match key's block stands with the clustering, in `domain/cluster.rs`.

/// The name of the projection and of the journal that it publishes.
pub(crate) const NAME: &str = "identity";

/// Identifiers in one look-up at most.
pub(crate) const LOOKUP_IDENTIFIERS: usize = 20;

/// Persons in one merge at most.
pub(crate) const MERGE_PERSONS: usize = 20;

/// Records in one split at most.
pub(crate) const SPLIT_RECORDS: usize = 500;

/// Pairs that are looked through for the tasks that matter most.
pub(crate) const REVIEWED: usize = 2_000;

/// Bytes of a task's place in the list.
pub(crate) const TASK_BYTES: usize = 40;

/// Links, and records that go with others, in one explanation of a person at most.
pub(crate) const EXPLAINED: usize = 500;

/// Records in one export at most.
pub(crate) const EXPORT_RECORDS: usize = 100;

/// Records on a page, unless asked for otherwise, and at most.
pub(crate) const PAGE: (usize, usize) = (100, 500);

/// Bytes of a request id at most.
pub(crate) const REQUEST_ID_BYTES: usize = 64;

/// Bytes of an identifier's value at most.
pub(crate) const VALUE_BYTES: usize = 320;

/// Bytes of each attribute in a look-up at most.
pub(crate) const ATTRIBUTE_BYTES: usize = 256;

/// Bytes of an issuer at most.
pub(crate) const ISSUER_BYTES: usize = 64;

/// Records that are evaluated in one transaction at most; others are put off.
pub(crate) const EVALUATED: usize = 1_000;

/// Records whose put-off evaluation is done in one transaction at most.
pub(crate) const REDONE: usize = 200;

/// Tenants for whom that is done in one transaction at most; the timers of others are set again.
pub(crate) const REDONE_TENANTS: usize = 4;

/// Models that stay at hand, ready to weigh.
pub(crate) const MODELS: u64 = 32;

/// Generations of tenants of which it stays at hand what their keys are hashed under.
pub(crate) const HASHED: u64 = 10_000;

/// Records that a model is trained or evaluated on at most: about 150 MiB.
pub(crate) const SAMPLED: usize = 250_000;

/// Pairs that a model is trained on at least.
pub(crate) const LEAST_PAIRS: usize = 200;

/// Records that have a name at least for a model to keep it.
pub(crate) const COMMON: u32 = 5;

/// Decisions that a model is trained or evaluated on at most, the newest.
pub(crate) const JUDGED: i64 = 5_000;

/// Records that are weighed by a new model in one transaction.
pub(crate) const RESCORED: usize = 200;

/// Pairs that the evaluation of a model names at most.
pub(crate) const DIFFERING: usize = 20;

/// Pairs that a change of memberships names at most.
pub(crate) const JOINING: usize = 20;
