//! Customer-base models, pure: no IO, no clock, no async.
//!
//! The path: purchases by day become a [`Summary`]; summaries become unique weighted [`cell`]s; models of
//! [`Purchases`] ([`BgNbd`], [`MbgNbd`], [`ParetoNbd`], [`GgompertzNbd`]: how often, how long) and [`GammaGamma`] (how much) are fitted on
//! them; a [`ValueModel`] turns one summary into an expected value over a horizon. [`BgBb`] is for customers with one
//! opportunity a period, [`retention`] for contracts. [`rfm`] scores summaries without a model. Summaries count time in
//! weeks and money in minor units of one currency; the models take any unit and answer in it.

pub mod backtest;
pub mod bg_bb;
pub mod bg_nbd;
pub mod cell;
pub mod choice;
pub mod clv;
pub mod concentration;
pub mod counts;
pub mod credibility;
pub mod fit;
pub mod gamma_gamma;
pub mod ggompertz_nbd;
pub mod group;
pub mod hazard;
pub mod horizon;
pub mod mbg_nbd;
mod newton;
pub mod outlook;
pub mod parametric;
pub mod pareto_nbd;
pub mod purchases;
pub mod retention;
pub mod rfm;
mod special;
pub mod summary;
pub mod tilt;
pub mod uncertainty;
pub mod what_if;

pub use bg_bb::{BgBb, Opportunities, WeightedOpportunities};
pub use bg_nbd::BgNbd;
pub use cell::{Cell, WeightedCell};
pub use choice::{PurchaseKind, PurchaseModel};
pub use clv::{BaseValues, CustomerValue, ValueModel};
pub use concentration::Concentration;
pub use counts::Counts;
pub use fit::{Fit, FitError, ParameterError, Warning};
pub use gamma_gamma::{GammaGamma, RepeatSpend};
pub use ggompertz_nbd::GgompertzNbd;
pub use horizon::{Ahead, DiscountRate, Horizon};
pub use mbg_nbd::MbgNbd;
pub use outlook::Outlook;
pub use parametric::Parametric;
pub use pareto_nbd::ParetoNbd;
pub use purchases::Purchases;
pub use retention::{Bdw, LatentWeibull, Retention, RetentionKind, RetentionModel, Sbg, Survivors};
pub use summary::Summary;
pub use tilt::SpendTilt;
pub use uncertainty::Forecast;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
