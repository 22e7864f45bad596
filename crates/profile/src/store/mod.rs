//! Queries, and rows as the domain has them.

pub(crate) mod erased;
pub(crate) mod hot_epoch;
pub(crate) mod membership;
pub(crate) mod slot;
pub(crate) mod summary;
mod wire;

use tenure_kernel::Tenant;
use tenure_store::{StoreError, Value};

/// Where a follower writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) generation: i64,
}

impl Place<'_> {
    fn values(&self) -> Vec<Value> {
        vec![self.tenant.as_str().into(), self.generation.into()]
    }
}

/// The generation that is read.
const ACTIVE: &str = "(SELECT active FROM projection WHERE name = 'profile')";

/// The tables of the projection.
pub(crate) const TABLES: [&str; 5] = ["fact_slot", "record_summary", "membership", "redirect", "erased_record"];

fn record(row: &tenure_store::Row, place: usize) -> Result<tenure_kernel::RecordId, StoreError> {
    Ok(tenure_kernel::RecordId(row.id(place)?))
}

fn keys<'a>(records: impl IntoIterator<Item = &'a tenure_kernel::RecordId>) -> Vec<Vec<u8>> {
    records.into_iter().map(|record| record.0.to_vec()).collect()
}
