//! Customer-base models, pure: no IO, no clock, no async.
//!
//! The path: purchases by day become a [`Summary`]; summaries become unique weighted [`cell`]s; the
//! models [`BgNbd`] (how often, how long) and [`GammaGamma`] (how much) are fitted on them; a
//! [`ValueModel`] turns one summary into an expected value over a horizon. [`rfm`] scores the same
//! summaries without a model. Time is in weeks, money in minor units of one currency.

pub mod bg_nbd;
pub mod cell;
pub mod clv;
pub mod fit;
pub mod gamma_gamma;
pub mod horizon;
mod newton;
pub mod rfm;
mod special;
pub mod summary;

pub use bg_nbd::BgNbd;
pub use cell::{Cell, WeightedCell};
pub use clv::{CustomerValue, ValueModel};
pub use fit::{Fit, FitError, ParameterError, Warning};
pub use gamma_gamma::{GammaGamma, RepeatSpend};
pub use horizon::{DiscountRate, Horizon};
pub use summary::Summary;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
