//! Queries, and rows to and from the domain.

pub(crate) mod awaited_source;
pub(crate) mod base_count;
pub(crate) mod erased_record;
pub(crate) mod export;
pub(crate) mod fact;
pub(crate) mod membership;
pub(crate) mod overdue_signal;
pub(crate) mod person_state;
pub(crate) mod reservation;
pub(crate) mod source_progress;

use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_store::Value;

/// The generation that is read; a rebuilt one takes its place at once.
const ACTIVE: &str = "(SELECT active FROM projection WHERE name = 'expectation')";

/// The tables that a generation fills.
pub(crate) const TABLES: [&str; 5] = ["fact", "erased_record", "membership", "redirect", "source_progress"];

/// Whose rows, of which generation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) generation: i64,
}

impl Scope<'_> {
    /// The first two values of every row and condition.
    fn values(&self) -> Vec<Value> {
        vec![self.tenant.as_str().into(), self.generation.into()]
    }
}

fn records<'a>(records: impl IntoIterator<Item = &'a RecordId>) -> Vec<Vec<u8>> {
    records.into_iter().map(|record| record.0.to_vec()).collect()
}

fn persons<'a>(persons: impl IntoIterator<Item = &'a PersonId>) -> Vec<Vec<u8>> {
    persons.into_iter().map(|person| person.0.to_vec()).collect()
}
