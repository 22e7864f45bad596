//! Queries, and rows to and from the domain.

pub(crate) mod export;
pub(crate) mod model;
pub(crate) mod person;
pub(crate) mod purchase_fact;
pub(crate) mod record_day;

use tenure_records::{Memberships, Scope, keys};
use tenure_store::StoreError;

/// The generation that is read; a rebuilt one takes its place at once.
const ACTIVE: &str = "(SELECT active FROM projection WHERE name = 'value')";

/// Who belongs to whom, as identity says.
pub(crate) const MEMBERSHIPS: Memberships = Memberships::of("value");

/// A column that holds less than 64 bits.
fn narrow<T: TryFrom<i64>>(value: i64, column: &'static str) -> Result<T, StoreError> {
    T::try_from(value).map_err(|_| StoreError::Row(column.to_owned()))
}
