//! Fits by Newton's method on the penalised likelihood, which is concave: there is one top.

use super::{Cause, Exposures, HazardModel, softmax};
use crate::newton::dense::{Symmetric, solve};

const MOST_ITERATIONS: u32 = 60;
const MOST_HALVINGS: u32 = 30;
/// Gradient by coefficient of a standardised covariate, for each exposure, at which the search stops.
const TIGHT: f64 = 1e-9;
/// A penalty that is always there: without any, a covariate that never varies or parts those who leave from those who
/// stay has no best coefficient.
const LEAST_RIDGE: f64 = 1e-6;

/// A fitted model with the evidence for it.
#[derive(Debug, Clone, PartialEq)]
pub struct HazardFit {
    /// The model at the top.
    pub model: HazardModel,
    /// Natural logarithm, without the penalty, not calibrated.
    pub log_likelihood: f64,
    /// Whether the gradient vanished. If not, do not use the model.
    pub converged: bool,
    /// Largest derivative of the penalised likelihood by a coefficient of a standardised covariate, for each exposure.
    pub gradient_norm: f64,
    /// Newton steps taken.
    pub iterations: u32,
    /// By cause, like the coefficients: the errors of the penalised estimate, smaller than without the penalty.
    pub standard_errors: Vec<Vec<f64>>,
}

/// Why there is no fit, or nothing to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HazardError {
    /// There is nothing to learn from.
    #[error("there are no exposures")]
    NoExposures,
    /// Nothing ended by a cause, so nothing can be learned about it; or nothing went on.
    #[error("no contract ended by cause {cause}")]
    NeverEnded {
        /// Which, from 0.
        cause: usize,
    },
    /// Every contract ended.
    #[error("every contract ended in its first period")]
    NobodyStayed,
    /// The exposures have another number of causes than there are names.
    #[error("there are {named} causes with a name, and exposures have {found}")]
    Causes {
        /// Causes with a name.
        named: usize,
        /// Causes of the exposures.
        found: usize,
    },
    /// The penalty is negative, infinite or not a number.
    #[error("a ridge penalty must be finite and not negative")]
    Ridge,
    /// Another number of covariates.
    #[error("the model has {expected} covariates, not {found}")]
    Width {
        /// As many as there should be.
        expected: usize,
        /// As many as there are.
        found: usize,
    },
    /// A covariate is infinite or not a number.
    #[error("covariate {column} is not finite")]
    NotFinite {
        /// Which, from 0.
        column: usize,
    },
    /// Too few exposures to leave some out in turn.
    #[error("so few exposures cannot be parted into {folds} folds")]
    TooFew {
        /// As many as were wanted.
        folds: usize,
    },
}

impl HazardModel {
    /// Fits by penalised maximum likelihood: half of `ridge` times the squares of the coefficients of covariates, each
    /// scaled to a standard deviation of one, is taken off; intercepts are free.
    ///
    /// # Errors
    /// When there is nothing to learn from, of any cause, or the penalty is no penalty.
    pub fn fit(causes: Vec<Cause>, exposures: &Exposures, ridge: f64) -> Result<HazardFit, HazardError> {
        check(&causes, exposures, ridge)?;
        let scaling = Scaling::of(exposures);
        let problem = Problem { exposures, scaling: &scaling, ridge: ridge.max(LEAST_RIDGE) };
        let (point, here, iterations) = problem.climb();
        let (terms, count) = (exposures.width() + 1, causes.len());
        let gradient_norm = here.gradient.iter().fold(0.0, |most: f64, slope| most.max(slope.abs())) / problem.weight();
        let penalty: f64 = problem.penalty(&point);
        let variances = here.curvature.inverse_diagonal().unwrap_or_else(|| vec![f64::NAN; point.len()]);
        let errors: Vec<f64> = variances.into_iter().map(f64::sqrt).collect();
        Ok(HazardFit {
            model: HazardModel {
                causes,
                width: exposures.width(),
                coefficients: (0..count)
                    .map(|cause| scaling.natural(&point[cause * terms..(cause + 1) * terms]))
                    .collect(),
                calibration: vec![[0.0, 1.0]; count],
            },
            log_likelihood: here.value + penalty,
            converged: gradient_norm <= TIGHT * 10.0,
            gradient_norm,
            iterations,
            standard_errors: (0..count)
                .map(|cause| scaling.errors(&errors[cause * terms..(cause + 1) * terms]))
                .collect(),
        })
    }
}

fn check(causes: &[Cause], exposures: &Exposures, ridge: f64) -> Result<(), HazardError> {
    if causes.len() != exposures.causes() || causes.is_empty() {
        return Err(HazardError::Causes { named: causes.len(), found: exposures.causes() });
    }
    if !(ridge.is_finite() && ridge >= 0.0) {
        return Err(HazardError::Ridge);
    }
    if exposures.is_empty() {
        return Err(HazardError::NoExposures);
    }
    let mut ended = vec![0.0; causes.len() + 1];
    for number in 0..exposures.len() {
        ended[exposures.ended_by(number).map_or(0, |cause| cause + 1)] += exposures.weight(number);
    }
    match ended.iter().position(|weight| *weight == 0.0) {
        Some(0) => Err(HazardError::NobodyStayed),
        Some(cause) => Err(HazardError::NeverEnded { cause: cause - 1 }),
        None => Ok(()),
    }
}

/// Means and standard deviations of the covariates.
struct Scaling {
    mean: Vec<f64>,
    spread: Vec<f64>,
}

impl Scaling {
    fn of(exposures: &Exposures) -> Self {
        let width = exposures.width();
        let (mut mean, mut square, mut all) = (vec![0.0; width], vec![0.0; width], 0.0);
        let each = || (0..exposures.len()).map(|number| (exposures.weight(number), exposures.covariates(number)));
        for (weight, covariates) in each() {
            all += weight;
            mean.iter_mut().zip(covariates).for_each(|(sum, value)| *sum += weight * value);
        }
        mean.iter_mut().for_each(|sum| *sum /= all);
        for (weight, covariates) in each() {
            let off = covariates.iter().zip(&mean).map(|(value, mean)| (value - mean).powi(2));
            square.iter_mut().zip(off).for_each(|(sum, off)| *sum += weight * off);
        }
        // What never varies tells nothing; its coefficient stays 0.
        let spread = square.iter().map(|sum| (sum / all).sqrt()).map(|one| if one > 0.0 { one } else { 1.0 }).collect();
        Self { mean, spread }
    }

    /// Coefficients of covariates as they come, from those of standardised ones.
    fn natural(&self, standard: &[f64]) -> Vec<f64> {
        let mut natural: Vec<f64> = standard.to_vec();
        for column in 0..self.mean.len() {
            natural[column + 1] = standard[column + 1] / self.spread[column];
            natural[0] -= natural[column + 1] * self.mean[column];
        }
        natural
    }

    /// Errors of the same; that of the intercept is at the means of the covariates.
    fn errors(&self, standard: &[f64]) -> Vec<f64> {
        let scaled = standard[1..].iter().zip(&self.spread).map(|(error, spread)| error / spread);
        std::iter::once(standard[0]).chain(scaled).collect()
    }

    fn standardise(&self, covariates: &[f64], into: &mut [f64]) {
        for column in 0..covariates.len() {
            into[column + 1] = (covariates[column] - self.mean[column]) / self.spread[column];
        }
    }
}

/// The penalised likelihood.
struct Problem<'a> {
    exposures: &'a Exposures,
    scaling: &'a Scaling,
    ridge: f64,
}

struct Point {
    value: f64,
    gradient: Vec<f64>,
    /// The negative Hessian.
    curvature: Symmetric,
}

impl Problem<'_> {
    fn terms(&self) -> usize {
        self.exposures.width() + 1
    }

    fn weight(&self) -> f64 {
        (0..self.exposures.len()).map(|number| self.exposures.weight(number)).sum()
    }

    fn penalty(&self, point: &[f64]) -> f64 {
        let slopes = point.chunks(self.terms()).flat_map(|cause| &cause[1..]);
        0.5 * self.ridge * slopes.map(|slope| slope * slope).sum::<f64>()
    }

    /// Up to the top: the coefficients, what is there, and the steps taken.
    fn climb(&self) -> (Vec<f64>, Point, u32) {
        let mut point = vec![0.0; self.terms() * self.exposures.causes()];
        let mut here = self.evaluate(&point);
        let weight = self.weight();
        for iteration in 0..MOST_ITERATIONS {
            let norm = here.gradient.iter().fold(0.0, |most: f64, slope| most.max(slope.abs())) / weight;
            let step = if norm <= TIGHT { None } else { solve(&here.curvature, &here.gradient) };
            let Some(next) = step.and_then(|step| self.search(&point, &here, &step)) else {
                return (point, here, iteration);
            };
            (point, here) = next;
        }
        (point, here, MOST_ITERATIONS)
    }

    /// Halves the step until the value rises, or does not fall beyond rounding.
    fn search(&self, point: &[f64], here: &Point, step: &[f64]) -> Option<(Vec<f64>, Point)> {
        let mut factor = 1.0;
        for _ in 0..MOST_HALVINGS {
            let next: Vec<f64> = point.iter().zip(step).map(|(at, step)| at + factor * step).collect();
            let there = self.evaluate(&next);
            if there.value >= here.value - 1e-13 * here.value.abs() {
                return Some((next, there));
            }
            factor /= 2.0;
        }
        None
    }

    fn evaluate(&self, point: &[f64]) -> Point {
        let (terms, causes) = (self.terms(), self.exposures.causes());
        let mut value = -self.penalty(point);
        let mut gradient: Vec<f64> = vec![0.0; point.len()];
        let mut curvature = Symmetric::zero(point.len());
        for (at, coefficient) in point.iter().enumerate().filter(|(at, _)| at % terms > 0) {
            gradient[at] -= self.ridge * coefficient;
            curvature.add(at, at, self.ridge);
        }
        let mut x = vec![1.0; terms];
        for number in 0..self.exposures.len() {
            let weight = self.exposures.weight(number);
            self.scaling.standardise(self.exposures.covariates(number), &mut x);
            let eta: Vec<f64> = point.chunks(terms).map(|cause| dot(cause, &x)).collect();
            let hazards = softmax(&eta);
            let ended = self.exposures.ended_by(number);
            value += weight * ln_probability(&eta, ended);
            for cause in 0..causes {
                let off = f64::from(u8::from(ended == Some(cause))) - hazards[cause];
                let slopes = &mut gradient[cause * terms..(cause + 1) * terms];
                slopes.iter_mut().zip(&x).for_each(|(slope, x)| *slope += weight * off * x);
                for other in 0..=cause {
                    let same = f64::from(u8::from(cause == other));
                    let spread = weight * hazards[cause] * (same - hazards[other]);
                    curvature.add_product(cause * terms, other * terms, spread, &x);
                }
            }
        }
        Point { value, gradient, curvature }
    }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// ln of the probability of what happened.
pub(super) fn ln_probability(eta: &[f64], ended: Option<usize>) -> f64 {
    let top = eta.iter().copied().fold(0.0, f64::max);
    let ln_all = top + ((-top).exp() + eta.iter().map(|one| (one - top).exp()).sum::<f64>()).ln();
    ended.map_or(0.0, |cause| eta[cause]) - ln_all
}
