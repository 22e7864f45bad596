//! What all purchases of a customer will bring together: a distribution, for one customer is nothing like normal.
//!
//! Of `n` purchases that are Gamma(p, nu) each the sum is Gamma(p n, nu); with nu ~ Gamma(q', v') as the customer's own purchases
//! moved it (q' = q + p x, v' = v + m x), the sum over v' is beta prime with shapes p n and q'. So it is at most `s` with the
//! probability I_{s / (s + v')}(p n, q'), the regularised incomplete beta function.

use crate::counts::Counts;
use crate::gamma_gamma::{GammaGamma, SpendError};
use crate::special::regularized_beta;

/// Numbers of purchases less likely than this are left out; what is left out together is far below what is asked for.
const NEGLIGIBLE: f64 = 1e-9;
/// Doublings and halvings until a quantile is found.
const MOST_STEPS: u32 = 200;
/// To this part of itself.
const PRECISION: f64 = 1e-7;

/// The distribution of what a customer will spend, in the unit of the spend.
#[derive(Debug, Clone, PartialEq)]
pub struct Total {
    p: f64,
    q: f64,
    v: f64,
    none: f64,
    /// (purchases, how likely they are), those that matter.
    counts: Vec<(f64, f64)>,
}

impl GammaGamma {
    /// Of a customer with this mean over so many repeat days and so many purchases to come. The parameters are taken for certain.
    ///
    /// # Errors
    /// When the mean is negative or not finite.
    pub fn total(&self, frequency: u32, mean: f64, counts: &Counts) -> Result<Total, SpendError> {
        if !(mean.is_finite() && mean >= 0.0) {
            return Err(SpendError::BadMean);
        }
        let x = f64::from(frequency);
        let own = if frequency == 0 { 0.0 } else { mean * x };
        let likely = counts.likely(NEGLIGIBLE).filter(|(purchases, _)| *purchases > 0);
        Ok(Total {
            p: self.p,
            q: self.q + self.p * x,
            v: self.v + own,
            none: counts.probability(0),
            counts: likely.map(|(purchases, probability)| (f64::from(purchases), probability)).collect(),
        })
    }
}

impl Total {
    /// The probability that it is at most `spend`.
    pub fn at_most(&self, spend: f64) -> f64 {
        let z = spend / (spend + self.v);
        let within =
            |(purchases, probability): &(f64, f64)| probability * regularized_beta(z, self.p * purchases, self.q);
        self.none + self.counts.iter().map(within).sum::<f64>()
    }

    /// The least that is not exceeded with at least this probability, which is from 0 to below 1.
    pub fn quantile(&self, probability: f64) -> f64 {
        // What was left out for being unlikely is nowhere.
        let wanted =
            probability.min(self.none + self.counts.iter().map(|(_, likely)| likely).sum::<f64>() - NEGLIGIBLE);
        if wanted <= self.none {
            return 0.0;
        }
        let (mut low, mut high) = (0.0, self.v);
        for _ in 0..MOST_STEPS {
            if self.at_most(high) >= wanted {
                break;
            }
            (low, high) = (high, 2.0 * high);
        }
        for _ in 0..MOST_STEPS {
            let middle = 0.5 * (low + high);
            if high - low <= PRECISION * high {
                break;
            }
            if self.at_most(middle) >= wanted { high = middle } else { low = middle }
        }
        high
    }

    /// Between what it lies with this probability (0.9 is ninety per cent), as much left out on either side.
    pub fn interval(&self, level: f64) -> (f64, f64) {
        let outside = 0.5 * (1.0 - level);
        (self.quantile(outside), self.quantile(1.0 - outside))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::purchases::Purchases as _;
    use crate::{BgNbd, DiscountRate, Horizon, Summary, ValueModel};

    fn close(actual: f64, expected: f64, tolerance: f64) {
        assert!((actual / expected - 1.0).abs() <= tolerance, "{actual} is not {expected}");
    }

    /// By the integral of what it exceeds.
    fn mean(total: &Total) -> f64 {
        let top = total.quantile(1.0 - 1e-7);
        let steps = 40_000;
        let width = top.ln_1p() / f64::from(steps);
        (0..steps)
            .map(|step| {
                let at = (width * (f64::from(step) + 0.5)).exp_m1();
                (1.0 - total.at_most(at)) * (1.0 + at) * width
            })
            .sum()
    }

    #[test]
    fn a_sure_purchase_is_beta_prime() {
        // With p = 1 and q = 2 a purchase is at most s with 1 - (v / (v + s))^2.
        let model = GammaGamma::new(1.0, 2.0, 10.0).unwrap();
        let total = model.total(0, 0.0, &Counts::gather([0.0, 1.0].into_iter())).unwrap();
        close(total.at_most(30.0), 1.0 - 0.25f64.powi(2), 1e-12);
        close(total.quantile(0.9375), 30.0, 1e-6);
        // Who may not come brings nothing with that probability.
        let perhaps = model.total(0, 0.0, &Counts::gather([0.4, 0.6].into_iter())).unwrap();
        assert_eq!((perhaps.quantile(0.4), perhaps.at_most(0.0)), (0.0, 0.4));
        close(perhaps.at_most(30.0), 0.4 + 0.6 * 0.9375, 1e-12);
    }

    #[test]
    fn its_mean_is_what_is_expected() {
        let (pace, spend) =
            (BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap(), GammaGamma::new(6.25, 3.74, 1_544.0).unwrap());
        let history = Summary::from_purchases([(0, 900), (60, 2_100), (200, 2_600)], 272).unwrap();
        let (horizon, discount) = (Horizon::from_weeks(39.0).unwrap(), DiscountRate::ZERO);
        let value = ValueModel { purchases: pace, spend, horizon, discount }.value(&history).unwrap();
        let counts = pace.counts(&Cell::from(&history), 39.0);
        let total = spend.total(history.frequency(), history.mean_minor_per_repeat_day(), &counts).unwrap();
        close(mean(&total), value.expected_minor, 2e-3);
        let (low, high) = total.interval(0.9);
        assert!(low <= value.expected_minor && value.expected_minor < high);
    }

    #[test]
    fn a_mean_that_is_none_is_refused() {
        let model = GammaGamma::new(1.0, 2.0, 10.0).unwrap();
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(model.total(1, bad, &Counts::gather([1.0].into_iter())), Err(SpendError::BadMean));
        }
    }
}
