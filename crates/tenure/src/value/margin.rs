//! What a purchase brings, and what a customer costs.

use std::path::Path;

use anyhow::{Context as _, bail};
use clap::Args;
use tenure_clv::GammaGamma;

use super::{
    args::Unit,
    customers::Customer,
    fit_file::FitFile,
    model::{Fitted, ModelName},
};

/// Where value comes from.
#[derive(Debug, Clone, Args)]
pub(crate) struct MarginArgs {
    /// What a purchase (or a renewal) brings: an amount, or a gamma-gamma fit (JSON) [default: that in the fit, if the file it
    /// was fitted to has amounts; for contracts each customer's monetary_value].
    #[arg(long)]
    margin: Option<String>,
    /// The part of it that is margin, where it is what customers pay.
    #[arg(long, default_value_t = 1.0)]
    margin_share: f64,
    /// What a customer costs each unit of time, whether they buy or not; value may fall below 0 by it.
    #[arg(long, default_value_t = 0.0)]
    cost_to_serve: f64,
    /// What later money loses a year: 0.1 is ten per cent.
    #[arg(long, default_value_t = 0.1)]
    discount: f64,
}

/// What a purchase brings, and where that is known from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Brings {
    pub(crate) amount: f64,
    pub(crate) known: Known,
}

/// Where it is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// Told for all.
    Told,
    /// The customer's own repeats, drawn towards the mean of all.
    Own,
    /// The mean of all: this customer has no repeat.
    Base,
}

impl Known {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Own => "own",
            Self::Base => "base",
        }
    }
}

/// Values customers.
#[derive(Debug, Clone)]
pub(crate) struct Margin {
    of: Of,
    share: f64,
    cost: f64,
    /// Continuous, for a unit of time.
    pub(crate) force: f64,
}

#[derive(Debug, Clone)]
enum Of {
    Nothing,
    Amount(f64),
    Spend(GammaGamma),
    Contract,
}

impl MarginArgs {
    /// How to value by this fit; time is in its unit.
    pub(crate) fn margin(&self, fit: &FitFile) -> anyhow::Result<Margin> {
        let from_zero = [
            ("--margin-share", self.margin_share),
            ("--cost-to-serve", self.cost_to_serve),
            ("--discount", self.discount),
        ];
        let wrong: Vec<&str> = from_zero
            .iter()
            .filter(|(_, number)| !(number.is_finite() && *number >= 0.0))
            .map(|(name, _)| *name)
            .collect();
        if !wrong.is_empty() {
            bail!("{} must be a number from 0 on", wrong.join(", "));
        }
        let of = match &self.margin {
            Some(text) => told(text)?,
            None if fit.model.is_contract() => Of::Contract,
            None => fit.margin.as_deref().map(spend).transpose()?.map_or(Of::Nothing, Of::Spend),
        };
        Ok(Margin {
            of,
            share: self.margin_share,
            cost: self.cost_to_serve,
            force: Unit::force(fit.unit, self.discount),
        })
    }
}

/// An amount, or the name of a fit.
fn told(text: &str) -> anyhow::Result<Of> {
    if let Ok(amount) = text.parse::<f64>() {
        if !amount.is_finite() {
            bail!("--margin must be a finite amount");
        }
        return Ok(Of::Amount(amount));
    }
    let fit = FitFile::read(Path::new(text)).context("--margin is neither an amount nor a fit")?;
    spend(&fit).map(Of::Spend)
}

fn spend(fit: &FitFile) -> anyhow::Result<GammaGamma> {
    match fit.fitted()? {
        Fitted::GammaGamma(model) => Ok(model),
        _ => bail!("the margin must be a fit of {}, not of {}", ModelName::GammaGamma, fit.model),
    }
}

impl Margin {
    /// Whether there is any value to tell of such customers.
    pub(crate) fn is_known(&self, customers: &[Customer]) -> bool {
        match self.of {
            Of::Nothing => false,
            Of::Contract => customers.iter().any(|one| one.money.is_some()),
            Of::Amount(_) | Of::Spend(_) => true,
        }
    }

    /// What a purchase of this customer is expected to bring; none where the model has no finite answer.
    pub(crate) fn brings(&self, customer: &Customer) -> Option<Brings> {
        let (amount, known) = match &self.of {
            Of::Nothing => return None,
            Of::Amount(amount) => return Some(Brings { amount: *amount, known: Known::Told }),
            Of::Contract => (customer.money?, Known::Told),
            Of::Spend(model) => {
                let known = if customer.frequency == 0 { Known::Base } else { Known::Own };
                (model.expected_value(customer.frequency, customer.money.unwrap_or(0.0)).ok()?, known)
            }
        };
        Some(Brings { amount: amount * self.share, known })
    }

    /// What serving costs until so many units of time have passed, discounted.
    pub(crate) fn cost(&self, length: f64) -> f64 {
        let time = if self.force > 0.0 { -(-self.force * length).exp_m1() / self.force } else { length };
        self.cost * time
    }
}
