//! Two classes of customers, each with one chance and one dependence on time: of class k a part (1-t_k)^(T^c_k) is left
//! after T renewals (a latent-class discrete Weibull). It fits what no beta distribution does: a base of the loyal and the passing.

use super::{Retention, Survivors, survivors::totals};
use crate::fit::{Fit, FitError, Parameter, ParameterError, maximum};
use crate::newton::{Evaluation, LnSum, Vector};

/// Near 0 and 1 a class is empty, stays forever or leaves at once.
const PART: [f64; 2] = [1e-6, 1.0 - 1e-9];
const POWER: [f64; 2] = [1e-2, 2e1];

const PARAMETERS: [Parameter; 5] = [
    Parameter { name: "t1", lower: PART[0], upper: PART[1] },
    Parameter { name: "c1", lower: POWER[0], upper: POWER[1] },
    Parameter { name: "t2", lower: PART[0], upper: PART[1] },
    Parameter { name: "c2", lower: POWER[0], upper: POWER[1] },
    Parameter { name: "w", lower: PART[0], upper: PART[1] },
];

/// The five parameters: chances t and the weight w of the first class between 0 and 1, powers c from 0.01 to 20. A fit
/// puts the class with the larger chance to leave first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatentWeibull {
    parameters: Vector<5>,
}

impl LatentWeibull {
    /// Takes known parameters (t1, c1, t2, c2, w).
    pub fn new(parameters: [f64; 5]) -> Result<Self, ParameterError> {
        for (parameter, value) in PARAMETERS.iter().zip(parameters) {
            parameter.check(value)?;
        }
        Ok(Self { parameters })
    }

    /// Fits cohorts by maximum likelihood, whatever their order. Five parameters want a dozen renewals or so.
    ///
    /// Fails if nobody left. Doubts about a result are in [`Fit::converged`] and [`Fit::warnings`].
    pub fn fit(cohorts: &[Survivors]) -> Result<Fit<Self>, FitError> {
        let (customers, somebody_left) = totals(cohorts);
        if !somebody_left {
            return Err(FitError::NobodyLeft);
        }
        maximum(
            &PARAMETERS,
            &[[0.3, 1.2, 0.06, 0.9, 0.3], [0.5, 1.0, 0.1, 0.7, 0.5], [0.6, 1.5, 0.02, 1.2, 0.2]],
            customers,
            |parameters| evaluate(parameters, cohorts),
            Self::new,
            |_| Vec::new(),
        )
    }

    /// Sum of the log-likelihoods of all customers, natural logarithm.
    pub fn log_likelihood(&self, cohorts: &[Survivors]) -> f64 {
        evaluate(&self.parameters, cohorts).value
    }

    /// (t1, c1, t2, c2, w).
    pub fn parameters(&self) -> [f64; 5] {
        self.parameters
    }
}

impl Retention for LatentWeibull {
    fn survival(&self, renewals: u32) -> f64 {
        let [_, _, _, _, w] = self.parameters;
        let left = |class: usize| ln_survival(&self.parameters, class, renewals).value.exp();
        w * left(0) + (1.0 - w) * left(1)
    }
}

/// T^c ln(1-t) of a class.
fn ln_survival(parameters: &Vector<5>, class: usize, renewals: u32) -> Evaluation<5> {
    let mut part = Evaluation::ZERO;
    if renewals == 0 {
        return part;
    }
    let (at_t, at_c) = (2 * class, 2 * class + 1);
    let (t, c) = (parameters[at_t], parameters[at_c]);
    let ln_time = f64::from(renewals).ln();
    let (m, stay) = ((c * ln_time).exp(), 1.0 - t);
    part.value = m * (-t).ln_1p();
    part.gradient[at_t] = -m / stay;
    part.gradient[at_c] = part.value * ln_time;
    part.hessian[at_t][at_t] = -m / (stay * stay);
    part.hessian[at_t][at_c] = -m * ln_time / stay;
    part.hessian[at_c][at_c] = part.value * ln_time * ln_time;
    part.mirrored()
}

/// ln of the weight of a class.
fn ln_weight(parameters: &Vector<5>, class: usize) -> Evaluation<5> {
    let w = parameters[4];
    let mut part = Evaluation::ZERO;
    let (size, slope) = if class == 0 { (w, 1.0) } else { (1.0 - w, -1.0) };
    part.value = size.ln();
    part.gradient[4] = slope / size;
    part.hessian[4][4] = -1.0 / (size * size);
    part
}

/// Evaluates at (t1, c1, t2, c2, w).
fn evaluate(parameters: &Vector<5>, cohorts: &[Survivors]) -> Evaluation<5> {
    let mut sum = Evaluation::ZERO;
    for cohort in cohorts {
        for (renewal, lost) in cohort.lost() {
            let class = |class| {
                let before = ln_survival(parameters, class, renewal - 1);
                let mut part = ln_weight(parameters, class);
                part.add(1.0, &before);
                part.add(1.0, &before.ln_loss(&ln_survival(parameters, class, renewal)));
                part
            };
            sum.add(lost, &of_either(class));
        }
        let last = |class| {
            let mut part = ln_weight(parameters, class);
            part.add(1.0, &ln_survival(parameters, class, cohort.renewals()));
            part
        };
        sum.add(cohort.last(), &of_either(last));
    }
    sum
}

fn of_either(class: impl Fn(usize) -> Evaluation<5>) -> Evaluation<5> {
    let mut either = LnSum::EMPTY;
    [0, 1].into_iter().for_each(|number| either.add(&class(number)));
    either.ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::newton::tests::assert_derivatives;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn derivatives_equal_differences(
            t in [0.02f64..0.9, 0.02f64..0.9], c in [0.4f64..1.6, 0.4f64..1.6], w in 0.05f64..0.95,
            kept in prop::collection::vec(0.1f64..=1.0, 1..7),
        ) {
            let mut left = vec![100.0];
            kept.iter().for_each(|part| left.push(left[left.len() - 1] * part));
            let cohorts = [Survivors::new(left).unwrap()];
            assert_derivatives(&[t[0], c[0], t[1], c[1], w], 1e6, |at| evaluate(at, &cohorts));
        }
    }
}
