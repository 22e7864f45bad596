//! Customer value: how often times how much (Gamma-Gamma), over a horizon, with its parts.

use crate::bg_nbd::BgNbd;
use crate::cell::Cell;
use crate::gamma_gamma::{GammaGamma, SpendError};
use crate::horizon::{Ahead, DiscountRate, Horizon};
use crate::outlook::Outlook;
use crate::purchases::Purchases;
use crate::summary::Summary;

/// Two fitted models and the question put to them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueModel<P = BgNbd> {
    /// How often, and for how long.
    pub purchases: P,
    /// How much each time; fitted on minor units.
    pub spend: GammaGamma,
    /// How far ahead.
    pub horizon: Horizon,
    /// What later money is worth at the end of the period.
    pub discount: DiscountRate,
}

/// What a customer is expected to bring, and why.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CustomerValue {
    /// Probability that the customer has not left; by BG/NBD exactly 1 without repeats. No churn score.
    pub p_alive: f64,
    /// Expected purchases until the horizon.
    pub expected_purchases: f64,
    /// The same, each discounted to the end of the period.
    pub discounted_purchases: f64,
    /// Expected minor units per purchase. Without repeats this is the mean of the base: show such
    /// customers apart, or they outrank modest repeaters.
    pub expected_minor_per_purchase: f64,
    /// Expected value until the horizon in minor units: discounted purchases times value per purchase.
    pub expected_minor: f64,
}

impl<P: Purchases + Copy> ValueModel<P> {
    /// For many customers: what they share is worked out once.
    pub fn of_base(&self) -> BaseValues<P> {
        BaseValues {
            spend: self.spend,
            outlook: Outlook::new(self.purchases, Ahead::from((self.horizon, self.discount))),
        }
    }

    /// Values one customer. Fails where the spend model has no finite answer or the spend is negative.
    pub fn value(&self, summary: &Summary) -> Result<CustomerValue, SpendError> {
        self.of_base().value(summary)
    }
}

/// Values the customers of a base one by one.
pub struct BaseValues<P> {
    spend: GammaGamma,
    outlook: Outlook<P>,
}

impl<P: Purchases> BaseValues<P> {
    /// Values a customer. Fails where the spend model has no finite answer or the spend is negative.
    pub fn value(&mut self, summary: &Summary) -> Result<CustomerValue, SpendError> {
        let per_purchase = self.spend.expected_value(summary.frequency(), summary.mean_minor_per_repeat_day())?;
        let prospect = self.outlook.of(&Cell::from(summary));
        Ok(CustomerValue {
            p_alive: prospect.p_alive,
            expected_purchases: prospect.expected,
            discounted_purchases: prospect.discounted,
            expected_minor_per_purchase: per_purchase,
            expected_minor: prospect.discounted * per_purchase,
        })
    }
}
