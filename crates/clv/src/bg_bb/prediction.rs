//! Predictions of the BG/BB (section 3 of the paper), as sums and series of positive terms.

use super::likelihood::Tables;
use super::{BgBb, Opportunities};
use crate::counts::Counts;
use crate::horizon::HorizonError;
use crate::special::hypergeometric_3f2;

impl BgBb {
    /// The probability, from 0 to 1, that the customer is active at the opportunity `ahead` periods after the
    /// last one; 0 asks for the last one itself.
    pub fn p_alive(&self, history: &Opportunities, ahead: u32) -> f64 {
        let tables = Tables::new(&self.vector(), history.periods());
        let now = (tables.active(history).value - tables.history(history).value).exp().min(1.0);
        (0..ahead).fold(now, |alive, period| alive * self.stays(history.periods() + period))
    }

    /// Expected purchases at the next `ahead` opportunities.
    pub fn expected(&self, history: &Opportunities, ahead: u32) -> f64 {
        let (mut alive, mut sum) = (self.p_alive(history, 0), 0.0);
        for period in 0..ahead {
            alive *= self.stays(history.periods() + period);
            sum += alive;
        }
        self.buys(history) * sum
    }

    /// Discounted expected purchases at the next `ahead` opportunities: one n periods ahead counts (1 + rate)^-n.
    ///
    /// # Errors
    /// When the rate is negative, infinite or not a number.
    pub fn discounted(&self, history: &Opportunities, ahead: u32, rate: f64) -> Result<f64, HorizonError> {
        if !(rate.is_finite() && rate >= 0.0) {
            return Err(HorizonError::Ahead);
        }
        let (mut alive, mut sum) = (self.p_alive(history, 0), 0.0);
        for period in 0..ahead {
            alive *= self.stays(history.periods() + period) / (1.0 + rate);
            sum += alive;
        }
        Ok(self.buys(history) * sum)
    }

    /// Discounted expected residual transactions: all purchases to come, one n periods ahead counting (1 + rate)^-n.
    ///
    /// # Errors
    /// When the rate is not positive and finite: without discount the sum may be infinite.
    pub fn discounted_residual(&self, history: &Opportunities, rate: f64) -> Result<f64, HorizonError> {
        if !(rate.is_finite() && rate > 0.0) {
            return Err(HorizonError::Endless);
        }
        let (next, z) = (f64::from(history.periods()) + self.delta + 1.0, 1.0 / (1.0 + rate));
        let series = hypergeometric_3f2([1.0, next, 1.0], [self.gamma + next, 1.0], z);
        Ok(self.buys(history) * self.p_alive(history, 1) * z * series.times_exp(0.0))
    }

    /// The probability that somebody about whom nothing is known buys at exactly so many of so many opportunities.
    /// 0 for more purchases than opportunities.
    pub fn probability_of(&self, purchases: u32, periods: u32) -> f64 {
        if purchases > periods {
            return 0.0;
        }
        Tables::new(&self.vector(), periods).ln_count(purchases, periods).exp()
    }

    /// The distribution of this customer's purchases at the next `ahead` opportunities: whoever is active follows
    /// the model with parameters moved by what they did.
    pub fn counts(&self, history: &Opportunities, ahead: u32) -> Counts {
        let (x, n) = (f64::from(history.frequency()), f64::from(history.periods()));
        let given = [self.alpha + x, self.beta + n - x, self.gamma, self.delta + n];
        let tables = Tables::new(&given, ahead);
        Counts::gather((0..=ahead).map(|purchases| tables.ln_count(purchases, ahead).exp()))
            .if_alive(self.p_alive(history, 0))
    }

    /// The mean probability of buying at an opportunity, given the history and that the customer is active.
    fn buys(&self, history: &Opportunities) -> f64 {
        (self.alpha + f64::from(history.frequency())) / (self.alpha + self.beta + f64::from(history.periods()))
    }

    /// The probability that a customer who was active through so many periods is at the next one.
    fn stays(&self, periods: u32) -> f64 {
        let stay = self.delta + f64::from(periods);
        stay / (self.gamma + stay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn predictions_agree_with_each_other(
            logs in [-2.0f64..2.0, -2.0f64..2.0, -2.0f64..2.0, -2.0f64..2.0], x in 0u32..5, more in 0u32..5,
            silent in 0u32..5, ahead in 0u32..12, rate in 0.02f64..0.5,
        ) {
            let [alpha, beta, gamma, delta] = logs.map(f64::exp);
            let model = BgBb::new(alpha, beta, gamma, delta).unwrap();
            let recency = if x == 0 { 0 } else { x + more };
            let history = Opportunities::new(x, recency, recency + silent).unwrap();
            let expected = model.expected(&history, ahead);
            prop_assert!((model.counts(&history, ahead).mean() - expected).abs() < 1e-10);
            prop_assert!((model.discounted(&history, ahead, 0.0).unwrap() - expected).abs() < 1e-12);
            let (part, all) = (model.discounted(&history, 3_000, rate), model.discounted_residual(&history, rate));
            prop_assert!((part.unwrap() - all.unwrap()).abs() < 1e-10);
        }
    }

    #[test]
    fn an_endless_sum_is_refused() {
        let (model, history) = (BgBb::new(1.0, 1.0, 1.0, 1.0).unwrap(), Opportunities::new(0, 0, 3).unwrap());
        assert_eq!(model.discounted_residual(&history, 0.0), Err(HorizonError::Endless));
        assert_eq!(model.discounted(&history, 3, f64::NAN), Err(HorizonError::Ahead));
        assert_eq!(model.probability_of(4, 3), 0.0);
    }
}
