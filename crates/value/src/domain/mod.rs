//! What value knows and decides. Pure: no IO, nothing of the wire or the store.

pub(crate) mod backtest;
pub(crate) mod choose;
pub(crate) mod cohort;
pub(crate) mod contest;
pub(crate) mod contract;
pub(crate) mod cost;
pub(crate) mod currency;
pub(crate) mod deal;
pub(crate) mod fold;
pub(crate) mod group;
pub(crate) mod interval;
pub(crate) mod ledger;
pub(crate) mod model;
pub(crate) mod needs;
pub(crate) mod payback;
pub(crate) mod promotion;
pub(crate) mod purchase;
pub(crate) mod ranking;
pub(crate) mod reason;
pub(crate) mod score;
pub(crate) mod segments;
pub(crate) mod service;
pub(crate) mod statement;
pub(crate) mod summary;
pub(crate) mod what_if;
pub(crate) mod worst;
