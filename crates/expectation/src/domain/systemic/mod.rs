//! Causes that are not one customer's: more of something than chance would bring, all at once or little by little.

pub(crate) mod cause;
mod discovery;
mod drift;
pub(crate) mod finding;
pub(crate) mod incident;
pub(crate) mod spike;
mod tail;

#[cfg(test)]
mod table;
#[cfg(test)]
mod uwv;
