//! Queries, and rows as the domain has them.

pub(crate) mod activity_count;
pub(crate) mod bucket;
mod chunk;
pub(crate) mod enrichment_due;
pub(crate) mod erased;
pub(crate) mod erasure;
pub(crate) mod forgotten_fact;
pub(crate) mod history;
pub(crate) mod hot_epoch;
pub(crate) mod membership;
pub(crate) mod person_segment;
pub(crate) mod person_state;
pub(crate) mod person_trait;
pub(crate) mod retention;
pub(crate) mod retention_tally;
pub(crate) mod right;
pub(crate) mod segment_definition;
pub(crate) mod sensitive_read;
pub(crate) mod slot;
pub(crate) mod summary;
pub(crate) mod trait_definition;
mod wire;

use tenure_store::StoreError;

/// The generation that is read.
const ACTIVE: &str = "(SELECT active FROM projection WHERE name = 'profile')";

/// The tables of the projection.
pub(crate) const TABLES: [&str; 10] = [
    "activity_count",
    "enrichment_due",
    "forgotten_fact",
    "fact_slot",
    "fact_history",
    "record_summary",
    "record_bucket",
    "membership",
    "redirect",
    "erased_record",
];

fn record(row: &tenure_store::Row, place: usize) -> Result<tenure_kernel::RecordId, StoreError> {
    Ok(tenure_kernel::RecordId(row.id(place)?))
}

fn persons(persons: &std::collections::BTreeSet<tenure_kernel::PersonId>) -> Vec<Vec<u8>> {
    persons.iter().map(|person| person.0.to_vec()).collect()
}
