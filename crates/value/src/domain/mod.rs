//! What value knows and decides. Pure: no IO, nothing of the wire or the store.

pub(crate) mod backtest;
pub(crate) mod currency;
pub(crate) mod fold;
pub(crate) mod model;
pub(crate) mod purchase;
pub(crate) mod ranking;
pub(crate) mod reason;
pub(crate) mod score;
pub(crate) mod segments;
pub(crate) mod summary;
