//! Who is who: pure decisions over records, what the model says of them, and stewards' statements.

pub(crate) mod block;
pub(crate) mod change;
pub(crate) mod cluster;
pub(crate) mod content;
#[cfg(test)]
mod crowds;
pub(crate) mod decision;
pub(crate) mod difference;
pub(crate) mod edge;
pub(crate) mod fact;
pub(crate) mod follow;
pub(crate) mod joined;
pub(crate) mod judged;
pub(crate) mod key;
#[cfg(test)]
mod laws;
pub(crate) mod model;
pub(crate) mod neighbourhood;
pub(crate) mod oversize;
pub(crate) mod pending;
pub(crate) mod person;
pub(crate) mod portrait;
pub(crate) mod review;
#[cfg(test)]
mod tables;
pub(crate) mod web;
