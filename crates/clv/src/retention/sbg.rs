//! Shifted beta-geometric: at each renewal a customer leaves with a probability of their own, drawn from Beta(alpha,
//! beta) (Fader and Hardie, "How to Project Customer Retention", Journal of Interactive Marketing 21, 2007; its values
//! in "Customer-Base Valuation in a Contractual Setting: The Perils of Ignoring Heterogeneity", Marketing Science 29,
//! 2010).

use super::{MOST_RENEWALS, Retention, Survivors, discount_factor, survivors::totals};
use crate::fit::{Fit, FitError, Parameter, ParameterError, maximum, point};
use crate::horizon::HorizonError;
use crate::newton::{Evaluation, Vector};
use crate::special::{Rising, hypergeometric_3f2, ln_gamma};

const PARAMETERS: [Parameter; 2] =
    [Parameter { name: "alpha", lower: 1e-4, upper: 1e4 }, Parameter { name: "beta", lower: 1e-4, upper: 1e4 }];

/// The two parameters, each from 1e-4 to 1e4.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sbg {
    alpha: f64,
    beta: f64,
}

impl Sbg {
    /// Takes known parameters, each from 1e-4 to 1e4.
    pub fn new(alpha: f64, beta: f64) -> Result<Self, ParameterError> {
        let [in_alpha, in_beta] = &PARAMETERS;
        Ok(Self { alpha: in_alpha.check(alpha)?, beta: in_beta.check(beta)? })
    }

    /// Fits cohorts by maximum likelihood, whatever their order.
    ///
    /// Fails if nobody left. Doubts about a result are in [`Fit::converged`] and [`Fit::warnings`].
    pub fn fit(cohorts: &[Survivors]) -> Result<Fit<Self>, FitError> {
        let (customers, somebody_left) = totals(cohorts);
        if !somebody_left {
            return Err(FitError::NobodyLeft);
        }
        maximum(
            &PARAMETERS,
            &[[1.0, 2.0], [0.3, 3.0], [5.0, 20.0]],
            customers,
            |parameters| evaluate(parameters, cohorts),
            |[alpha, beta]| Self::new(alpha, beta),
            |model| point(model.alpha + model.beta, "chance to leave").into_iter().collect(),
        )
    }

    /// First shape of the distribution of the probability to leave.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Second shape of the distribution of the probability to leave.
    pub fn beta(&self) -> f64 {
        self.beta
    }

    /// Sum of the log-likelihoods of all customers, natural logarithm.
    pub fn log_likelihood(&self, cohorts: &[Survivors]) -> f64 {
        evaluate(&[self.alpha, self.beta], cohorts).value
    }
}

impl Retention for Sbg {
    fn survival(&self, renewals: u32) -> f64 {
        let t = f64::from(renewals);
        let ln = |shape: f64| ln_gamma(shape + t) - ln_gamma(shape);
        (ln(self.beta) - ln(self.alpha + self.beta)).exp().min(1.0)
    }

    fn survival_given(&self, done: u32, ahead: u32) -> f64 {
        let after = Self { alpha: self.alpha, beta: self.beta + f64::from(done.min(MOST_RENEWALS)) };
        after.survival(ahead)
    }

    fn retention(&self, renewal: u32) -> f64 {
        let stay = self.beta + f64::from(renewal.saturating_sub(1));
        stay / (self.alpha + stay)
    }

    /// By 2F1(1, b; a + b; 1/(1+rate)), which converges for every positive rate.
    fn discounted_payments(&self, done: u32, first: u32, rate: f64) -> Result<f64, HorizonError> {
        let z = discount_factor(rate)?;
        let stay = self.beta + f64::from(first);
        let series = hypergeometric_3f2([1.0, stay, 1.0], [self.alpha + stay, 1.0], z);
        Ok(self.survival_given(done, first - done) * series.times_exp(0.0))
    }
}

/// Evaluates at (alpha, beta): P(leave at t) = alpha (beta)_(t-1) / (alpha+beta)_t, S(t) = (beta)_t / (alpha+beta)_t.
fn evaluate(parameters: &Vector<2>, cohorts: &[Survivors]) -> Evaluation<2> {
    let [alpha, beta] = *parameters;
    let most = cohorts.iter().map(Survivors::renewals).max().unwrap_or(0);
    let (stays, all) = (Rising::table(beta, most), Rising::table(alpha + beta, most));
    let part = |stayed: u32, seen: u32| {
        let (stay, all) = (stays[stayed as usize], all[seen as usize]);
        Evaluation {
            value: stay.ln - all.ln,
            gradient: [-all.first, stay.first - all.first],
            hessian: [[-all.second, -all.second], [-all.second, stay.second - all.second]],
        }
    };
    let mut sum = Evaluation::ZERO;
    for cohort in cohorts {
        for (renewal, lost) in cohort.lost() {
            let mut left = part(renewal - 1, renewal);
            left.value += alpha.ln();
            left.gradient[0] += 1.0 / alpha;
            left.hessian[0][0] -= 1.0 / (alpha * alpha);
            sum.add(lost, &left);
        }
        sum.add(cohort.last(), &part(cohort.renewals(), cohort.renewals()));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::newton::tests::assert_derivatives;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn derivatives_equal_differences(
            logs in [-2.0f64..2.0, -2.0f64..3.0], kept in prop::collection::vec(0.0f64..=1.0, 1..12),
        ) {
            let mut left = vec![100.0];
            kept.iter().for_each(|part| left.push(left[left.len() - 1] * part));
            let cohorts = [Survivors::new(left).unwrap()];
            assert_derivatives(&logs.map(f64::exp), 1e4, |at| evaluate(at, &cohorts));
        }

        #[test]
        fn the_series_is_the_sum(
            logs in [-2.0f64..2.0, -2.0f64..3.0], renewal in 1u32..9, rate in 0.02f64..0.5,
        ) {
            struct Plain(Sbg);
            impl Retention for Plain {
                fn survival(&self, renewals: u32) -> f64 {
                    self.0.survival(renewals)
                }
            }
            let [alpha, beta] = logs.map(f64::exp);
            let model = Sbg::new(alpha, beta).unwrap();
            let (series, sum) = (
                model.discounted_residual_lifetime(renewal, rate).unwrap(),
                Plain(model).discounted_residual_lifetime(renewal, rate).unwrap(),
            );
            prop_assert!((series / sum - 1.0).abs() < 1e-10, "{series} {sum}");
            prop_assert!((model.retention(renewal) - Plain(model).retention(renewal)).abs() < 1e-12);
        }
    }

    #[test]
    fn a_base_that_nobody_left_teaches_nothing() {
        let cohort = Survivors::new(vec![50.0, 50.0, 50.0]).unwrap();
        assert_eq!(Sbg::fit(&[cohort]), Err(FitError::NobodyLeft));
        assert_eq!(Sbg::new(1.0, 2.0).unwrap().discounted_lifetime(0.0), Err(HorizonError::Endless));
    }
}
