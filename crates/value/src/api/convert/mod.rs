//! Between the wire and the domain.

pub(super) mod backtest;
pub(super) mod base_value;
pub(super) mod cost;
mod field;
pub(super) mod group;
pub(super) mod model;
pub(super) mod payback;
pub(super) mod promotion;
pub(super) mod record;
pub(super) mod score;
pub(super) mod segments;
pub(super) mod summary;
pub(super) mod what_if;
