//! The order-free fold: what touchpoints say of records, and what records say of a person. Pure.

pub(crate) mod count;
pub(crate) mod export;
pub(crate) mod fact;
pub(crate) mod history;
pub(crate) mod path;
pub(crate) mod person;
pub(crate) mod register;
pub(crate) mod summary;

#[cfg(test)]
mod laws;
