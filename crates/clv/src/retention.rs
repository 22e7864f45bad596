//! Contracts: customers who renew in each period or leave, and are seen to.
//!
//! What is known is how many of a cohort are left after each renewal ([`Survivors`]). Models are [`Sbg`] (whoever stays
//! longer is more loyal), [`Bdw`] (and the chance of one customer changes with time too) and [`LatentWeibull`] (two kinds
//! of customers).

mod bdw;
mod choice;
mod latent_weibull;
mod running;
mod sbg;
mod survivors;

pub use bdw::Bdw;
pub use choice::{RetentionKind, RetentionModel};
pub use latent_weibull::LatentWeibull;
pub use running::{Lasting, Running};
pub use sbg::Sbg;
pub use survivors::{Survivors, SurvivorsError};

use crate::horizon::HorizonError;

/// The sum over renewals is cut where what is left cannot matter.
const MOST_RENEWALS: u32 = 1_000_000;

/// A model of how long contracts last, counted in renewals.
pub trait Retention {
    /// The part of a new cohort that is left after so many renewals, from 0 to 1; 1 after none.
    fn survival(&self, renewals: u32) -> f64;

    /// The probability that a customer who has renewed `done` times is left after `ahead` more renewals.
    fn survival_given(&self, done: u32, ahead: u32) -> f64 {
        let now = self.survival(done);
        if now > 0.0 { self.survival(done.saturating_add(ahead)) / now } else { 0.0 }
    }

    /// The part of those left after `renewal - 1` renewals that renew again: the retention rate of renewal number
    /// `renewal`, from 1.
    fn retention(&self, renewal: u32) -> f64 {
        self.survival_given(renewal.saturating_sub(1), 1)
    }

    /// Expected renewals of the next `ahead` of a customer who has renewed `done` times.
    fn expected(&self, done: u32, ahead: u32) -> f64 {
        (1..=ahead).map(|number| self.survival_given(done, number)).sum()
    }

    /// The discounted expected lifetime of a new customer in payments: one now, and one at each renewal, that at
    /// renewal t counting (1 + rate)^-t.
    ///
    /// # Errors
    /// When the rate is not positive and finite: without discount the sum may be infinite.
    fn discounted_lifetime(&self, rate: f64) -> Result<f64, HorizonError> {
        self.discounted_payments(0, 0, rate)
    }

    /// The discounted expected residual lifetime of a customer just before their renewal number `renewal`, from 1:
    /// that payment counts in full, one t renewals later (1 + rate)^-t.
    ///
    /// # Errors
    /// When the rate is not positive and finite.
    fn discounted_residual_lifetime(&self, renewal: u32, rate: f64) -> Result<f64, HorizonError> {
        self.discounted_payments(renewal.saturating_sub(1), renewal, rate)
    }

    /// The sum over t = 0, 1, ... of the probability of being there after renewal `first + t`, given that after `done`,
    /// times (1 + rate)^-t.
    #[doc(hidden)]
    fn discounted_payments(&self, done: u32, first: u32, rate: f64) -> Result<f64, HorizonError> {
        let factor = discount_factor(rate)?;
        let (mut sum, mut discount) = (0.0, 1.0);
        for number in 0..MOST_RENEWALS {
            let there = self.survival_given(done, first - done + number);
            sum += there * discount;
            discount *= factor;
            // Survival never rises, so the rest is below a geometric series.
            if there * discount <= f64::EPSILON * sum * (1.0 - factor) {
                break;
            }
        }
        Ok(sum)
    }
}

/// 1 / (1 + rate) of a positive rate.
fn discount_factor(rate: f64) -> Result<f64, HorizonError> {
    if rate.is_finite() && rate > 0.0 { Ok(1.0 / (1.0 + rate)) } else { Err(HorizonError::Endless) }
}
