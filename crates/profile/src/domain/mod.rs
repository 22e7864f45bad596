//! The order-free fold: what touchpoints say of records, and what records say of a person. Pure.

pub(crate) mod activity;
pub(crate) mod bucket;
pub(crate) mod catalogue;
pub(crate) mod change;
pub(crate) mod condition;
pub(crate) mod consent;
pub(crate) mod count;
pub(crate) mod datum;
pub(crate) mod disclosure;
pub(crate) mod enriched;
pub(crate) mod erasure;
pub(crate) mod export;
pub(crate) mod expression;
pub(crate) mod fact;
pub(crate) mod fact_class;
pub(crate) mod fact_period;
pub(crate) mod history;
pub(crate) mod kept;
pub(crate) mod measure;
pub(crate) mod path;
pub(crate) mod person;
pub(crate) mod register;
pub(crate) mod retention;
pub(crate) mod right;
pub(crate) mod segment;
pub(crate) mod summary;
pub(crate) mod windowed;

#[cfg(test)]
mod clock_laws;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod trait_laws;
