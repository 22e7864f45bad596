//! Beta-discrete-Weibull: a customer with chance theta of their own, drawn from Beta(alpha, beta), is left after t
//! renewals with probability (1-theta)^(t^c). With c above 1 one customer grows likelier to leave, below 1 less so; c = 1 is the
//! shifted beta-geometric (Fader, Hardie, Liu, Davin and Steenburgh, "How to Project Customer Retention Revisited: The
//! Role of Duration Dependence", Journal of Interactive Marketing 43, 2018).

use super::{Retention, Survivors, survivors::totals};
use crate::fit::{Fit, FitError, Parameter, ParameterError, maximum, point};
use crate::newton::{Evaluation, Vector};
use crate::special::{digamma, ln_gamma_ratio, trigamma};

const PARAMETERS: [Parameter; 3] = [
    Parameter { name: "alpha", lower: 1e-4, upper: 1e4 },
    Parameter { name: "beta", lower: 1e-4, upper: 1e4 },
    Parameter { name: "c", lower: 1e-2, upper: 2e1 },
];

/// The three parameters: alpha and beta from 1e-4 to 1e4, c from 0.01 to 20.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bdw {
    alpha: f64,
    beta: f64,
    c: f64,
}

impl Bdw {
    /// Takes known parameters: alpha and beta from 1e-4 to 1e4, c from 0.01 to 20.
    pub fn new(alpha: f64, beta: f64, c: f64) -> Result<Self, ParameterError> {
        let [in_alpha, in_beta, in_c] = &PARAMETERS;
        Ok(Self { alpha: in_alpha.check(alpha)?, beta: in_beta.check(beta)?, c: in_c.check(c)? })
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
            &[[1.0, 2.0, 1.0], [0.3, 3.0, 1.5], [5.0, 20.0, 0.7]],
            customers,
            |parameters| evaluate(parameters, cohorts),
            |[alpha, beta, c]| Self::new(alpha, beta, c),
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

    /// How one customer's chance to leave changes with time; 1 is not at all.
    pub fn c(&self) -> f64 {
        self.c
    }

    /// Sum of the log-likelihoods of all customers, natural logarithm.
    pub fn log_likelihood(&self, cohorts: &[Survivors]) -> f64 {
        evaluate(&[self.alpha, self.beta, self.c], cohorts).value
    }
}

impl Retention for Bdw {
    fn survival(&self, renewals: u32) -> f64 {
        ln_survival(&[self.alpha, self.beta, self.c], renewals).value.exp().min(1.0)
    }
}

/// ln B(alpha, beta + t^c) - ln B(alpha, beta).
fn ln_survival([alpha, beta, c]: &Vector<3>, t: u32) -> Evaluation<3> {
    if t == 0 {
        return Evaluation::ZERO;
    }
    let (all, ln_t) = (alpha + beta, f64::from(t).ln());
    let m = (c * ln_t).exp();
    // Beta functions as ratios, or where m is large nothing would be left of the digits.
    let (new, kept) = (ln_gamma_ratio(*beta, *alpha), ln_gamma_ratio(beta + m, *alpha));
    let (by_all, by_all_twice) = (digamma(all + m) - digamma(all), trigamma(all + m) - trigamma(all));
    let (slope, slope_of_slope) = (m * ln_t, m * ln_t * ln_t);
    let mut part = Evaluation::ZERO;
    part.value = new[0] - kept[0];
    part.gradient = [-by_all, new[1] - kept[1], -slope * kept[1]];
    part.hessian[0] = [-by_all_twice, -by_all_twice, -slope * trigamma(all + m)];
    part.hessian[1][1] = new[2] - kept[2];
    part.hessian[1][2] = -slope * kept[2];
    part.hessian[2][2] = -slope_of_slope * kept[1] - slope * slope * kept[2];
    part.mirrored()
}

/// Evaluates at (alpha, beta, c).
fn evaluate(parameters: &Vector<3>, cohorts: &[Survivors]) -> Evaluation<3> {
    let most = cohorts.iter().map(Survivors::renewals).max().unwrap_or(0);
    let survival: Vec<Evaluation<3>> = (0..=most).map(|t| ln_survival(parameters, t)).collect();
    let mut sum = Evaluation::ZERO;
    for cohort in cohorts {
        for (renewal, lost) in cohort.lost() {
            let (before, after) = (&survival[renewal as usize - 1], &survival[renewal as usize]);
            sum.add(lost, before);
            sum.add(lost, &before.ln_loss(after));
        }
        sum.add(cohort.last(), &survival[cohort.renewals() as usize]);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::newton::tests::assert_derivatives;
    use crate::retention::Sbg;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn derivatives_equal_differences(
            logs in [-1.5f64..1.5, -1.5f64..2.5, -1.0f64..0.7], kept in prop::collection::vec(0.1f64..=1.0, 1..9),
        ) {
            let mut left = vec![100.0];
            kept.iter().for_each(|part| left.push(left[left.len() - 1] * part));
            let cohorts = [Survivors::new(left).unwrap()];
            assert_derivatives(&logs.map(f64::exp), 1e5, |at| evaluate(at, &cohorts));
        }

        #[test]
        fn without_dependence_on_time_it_is_the_sbg(logs in [-2.0f64..2.0, -2.0f64..3.0], renewals in 0u32..40) {
            let [alpha, beta] = logs.map(f64::exp);
            let (bdw, sbg) = (Bdw::new(alpha, beta, 1.0).unwrap(), Sbg::new(alpha, beta).unwrap());
            prop_assert!((bdw.survival(renewals) - sbg.survival(renewals)).abs() < 1e-12);
            let (left, right) = (bdw.discounted_lifetime(0.1).unwrap(), sbg.discounted_lifetime(0.1).unwrap());
            prop_assert!((left / right - 1.0).abs() < 1e-10, "{left} {right}");
        }
    }
}
