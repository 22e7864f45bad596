//! Queries, and rows to and from the domain.

pub(crate) mod consent_fact;
pub(crate) mod cost_rates;
pub(crate) mod deal_fact;
pub(crate) mod export;
pub(crate) mod model;
pub(crate) mod pages;
pub(crate) mod person;
pub(crate) mod promotion;
pub(crate) mod purchase_fact;
pub(crate) mod record_day;
pub(crate) mod record_service;
pub(crate) mod service_fact;
pub(crate) mod standing;

use tenure_records::{Memberships, Scope, StatedRights, keys};
use tenure_store::StoreError;

use crate::domain::{
    book::{Book, Line},
    currency::Currency,
};

/// The generation that is read; a rebuilt one takes its place at once.
const ACTIVE: &str = "(SELECT active FROM projection WHERE name = 'value')";

/// Who belongs to whom, as identity says.
pub(crate) const MEMBERSHIPS: Memberships = Memberships::of("value");

/// What profile was told of rights.
pub(crate) const RIGHTS: StatedRights = StatedRights::of("value");

/// A column that holds less than 64 bits.
fn narrow<T: TryFrom<i64>>(value: i64, column: &'static str) -> Result<T, StoreError> {
    T::try_from(value).map_err(|_| StoreError::Row(column.to_owned()))
}

/// A column with a currency, or with none.
fn some_currency(code: &str, column: &'static str) -> Result<Option<Currency>, StoreError> {
    if code.is_empty() {
        return Ok(None);
    }
    Currency::from_code(code).map(Some).ok_or_else(|| StoreError::Row(column.to_owned()))
}

/// A column with a product line, or with none.
fn line(code: &str, column: &'static str) -> Result<Line, StoreError> {
    Line::from_code(code).ok_or_else(|| StoreError::Row(column.to_owned()))
}

/// The columns `currency` and `line` of a table.
fn book(currency: &str, line: &str, table: &'static str) -> Result<Book, StoreError> {
    Book::from_codes(currency, line).ok_or_else(|| StoreError::Row(format!("{table}.currency")))
}
