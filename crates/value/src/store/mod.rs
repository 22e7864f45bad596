//! Queries, and rows to and from the domain.

pub(crate) mod erased_record;
pub(crate) mod export;
pub(crate) mod membership;
pub(crate) mod model;
pub(crate) mod person;
pub(crate) mod purchase_fact;
pub(crate) mod record_day;

use tenure_kernel::{RecordId, Tenant};
use tenure_store::{StoreError, Value};

/// The generation that is read; a rebuilt one takes its place at once.
const ACTIVE: &str = "(SELECT active FROM projection WHERE name = 'value')";

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

fn keys<'a>(records: impl IntoIterator<Item = &'a RecordId>) -> Vec<Vec<u8>> {
    records.into_iter().map(|record| record.0.to_vec()).collect()
}

/// A column that holds less than 64 bits.
fn narrow<T: TryFrom<i64>>(value: i64, column: &'static str) -> Result<T, StoreError> {
    T::try_from(value).map_err(|_| StoreError::Row(column.to_owned()))
}
