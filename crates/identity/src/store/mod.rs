//! Tables, and their rows in the words of the domain.

pub(crate) mod block;
pub(crate) mod content;
pub(crate) mod decision;
pub(crate) mod edge;
pub(crate) mod fact;
pub(crate) mod generation;
pub(crate) mod key;
pub(crate) mod membership;
pub(crate) mod model;
pub(crate) mod neighbourhood;
pub(crate) mod oversize;
pub(crate) mod pending;
pub(crate) mod person;
pub(crate) mod portrait;
pub(crate) mod reconciliation;
pub(crate) mod record;
pub(crate) mod redo;
pub(crate) mod request;
pub(crate) mod sealed;
pub(crate) mod visit;

use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_store::{Row, StoreError, Value};

/// One tenant's rows in one generation of the projection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The tenant.
    pub(crate) tenant: &'a Tenant,
    /// The generation.
    pub(crate) generation: i64,
}

impl Place<'_> {
    fn values(self) -> Vec<Value> {
        vec![self.tenant.as_str().into(), self.generation.into()]
    }
}

fn record_keys<'a>(records: impl IntoIterator<Item = &'a RecordId>) -> Vec<Vec<u8>> {
    records.into_iter().map(|record| record.0.to_vec()).collect()
}

fn person_keys<'a>(persons: impl IntoIterator<Item = &'a PersonId>) -> Vec<Vec<u8>> {
    persons.into_iter().map(|person| person.0.to_vec()).collect()
}

/// An id that may be empty, which stands for none.
fn optional(row: &Row, place: usize) -> Result<Option<[u8; 16]>, StoreError> {
    let bytes: Vec<u8> = row.get(place)?;
    if bytes.is_empty() { Ok(None) } else { row.id(place).map(Some) }
}

pub(crate) fn unreadable(what: &str) -> StoreError {
    StoreError::Row(what.to_owned())
}
