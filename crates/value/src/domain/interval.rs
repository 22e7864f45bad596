//! How far a score may be off: because parameters are estimated, and because customers do as they like.

use tenure_clv::{
    Ahead, Cell, CustomerValue, Forecast, Purchases as _, Summary,
    gamma_gamma::{GammaGamma, SpendError},
    uncertainty::by_parameters,
};

use super::{model::Model, score::Question};

/// Two ends, the lower first.
pub(crate) type Ends = (f64, f64);

/// What holds with a probability of `level`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Intervals {
    pub(crate) level: f64,
    /// Of the expectation; unknown where a parameter is at its bound.
    pub(crate) expected_purchases: Option<Ends>,
    /// Of the number itself.
    pub(crate) purchases: (u32, u32),
    /// Of the expectation, in minor units; unknown like the first.
    pub(crate) expected_minor: Option<Ends>,
    /// Of what is brought itself, in minor units.
    pub(crate) minor: Ends,
}

impl Question {
    /// How far what was said of a person may be off. Takes a thousand times as long as the score itself.
    ///
    /// # Errors
    /// When the amounts are negative; they are checked on the way in.
    pub(crate) fn intervals(
        &self,
        model: &Model,
        history: &Summary,
        value: &CustomerValue,
        level: f64,
    ) -> Result<Intervals, SpendError> {
        let cell = Cell::from(history);
        let (weeks, ahead) = (self.horizon.weeks(), Ahead::from((self.horizon, self.discount)));
        let (purchases, spend) = (&model.learned.purchases, &model.learned.spend);
        let counts = purchases.model.counts(&cell, weeks);
        let of_mean = |mean, parameters| Forecast { mean, chance: 0.0, parameters }.of_mean(level);
        let covariance = purchases.covariance.as_deref();
        let expected = covariance
            .map(|known| purchases.model.by_parameters(known, |model| model.expected(&cell, weeks)))
            .map(|variance| of_mean(value.expected_purchases, variance));
        let discounted =
            covariance.map(|known| purchases.model.by_parameters(known, |model| model.discounted(&cell, ahead)));
        let per_purchase =
            spend.covariance.as_deref().map(|known| by_parameters(&spend.model, known, |model| brings(model, history)));
        // The two are fitted apart, so that their errors are independent.
        let expected_minor = discounted.zip(per_purchase).map(|(discounted, per_purchase)| {
            let variance = value.expected_minor_per_purchase.powi(2) * discounted
                + value.discounted_purchases.powi(2) * per_purchase;
            of_mean(value.expected_minor, variance)
        });
        let total = spend.model.total(history.frequency(), history.mean_minor_per_repeat_day(), &counts)?;
        let (low, high) = total.interval(level);
        // What is brought is discounted as what is expected is.
        let worth =
            if value.expected_purchases > 0.0 { value.discounted_purchases / value.expected_purchases } else { 1.0 };
        Ok(Intervals {
            level,
            expected_purchases: expected,
            purchases: counts.interval(level),
            expected_minor,
            minor: (low * worth, high * worth),
        })
    }
}

/// What a purchase of a customer is expected to bring; where it is infinite the slope says nothing.
fn brings(model: &GammaGamma, history: &Summary) -> f64 {
    model.expected_value(history.frequency(), history.mean_minor_per_repeat_day()).unwrap_or(0.0)
}
