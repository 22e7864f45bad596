//! Models that a tenant trained and promoted.

use tenure_kernel::{ModelId, Timestamp};

/// A model that was trained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trained {
    /// Its id.
    pub(crate) id: ModelId,
    /// Its place among the tenant's models, from 1.
    pub(crate) ordinal: i64,
    /// What explanations call it.
    pub(crate) version: String,
    /// When.
    pub(crate) at: Timestamp,
    /// On how many records.
    pub(crate) records: i64,
    /// On how many pairs of them.
    pub(crate) pairs: i64,
    /// By how many labels it was corrected.
    pub(crate) labels: i64,
}

/// That a model was promoted. `None` is the one that everybody starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Promotion {
    /// The model.
    pub(crate) model: Option<ModelId>,
    /// The one before.
    pub(crate) previous: Option<ModelId>,
    /// When.
    pub(crate) at: Timestamp,
}
