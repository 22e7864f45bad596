//! GGompertz/NBD: how often a customer buys, and how long somebody stays whose wish to leave changes with time
//! (Bemmaor and Glady, "Modeling Purchasing Behavior with Sudden 'Death': A Flexible Customer Lifetime Model",
//! Management Science 58, 2012).
//!
//! While active, a customer buys as a Poisson process with a rate drawn from Gamma(r, alpha); the time until they
//! leave is Gompertz: the hazard is eta b e^(b t), with eta drawn from Gamma(s, beta). As b falls to 0 with beta / b kept,
//! this is the Pareto/NBD of scale beta / b; where data show no ageing a fit ends there, with b at the end of its range.

mod ageing;
mod likelihood;
mod prediction;

use crate::cell::{WeightedCell, pace, repeaters, sorted};
use crate::fit::{Fit, FitError, Parameter, ParameterError, few, maximum, point};
use crate::newton::Vector;

/// Beyond these the mixing distributions are points in all but name, and nobody ages. The last is of beta / b, a time.
const PARAMETERS: [Parameter; 5] = [
    Parameter { name: "r", lower: 1e-4, upper: 1e4 },
    Parameter { name: "alpha", lower: 1e-2, upper: 1e8 },
    Parameter { name: "b", lower: 1e-6, upper: 1e1 },
    Parameter { name: "s", lower: 1e-4, upper: 1e4 },
    Parameter { name: "beta", lower: 1e-4, upper: 1e10 },
];
const B: usize = 2;
const BETA: usize = 4;

/// The five parameters, each positive and in range. Time is in the unit of the cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GgompertzNbd {
    r: f64,
    alpha: f64,
    b: f64,
    s: f64,
    /// beta / b: what beta is to the Pareto/NBD. Unlike beta it does not vanish with b.
    scale: f64,
}

impl GgompertzNbd {
    /// Takes known parameters: r and s from 1e-4 to 1e4, alpha (a time) from 1e-2 to 1e8, b (by time) from 1e-6 to 10, and
    /// beta from 1e-4 to 1e10 times b.
    pub fn new(r: f64, alpha: f64, b: f64, s: f64, beta: f64) -> Result<Self, ParameterError> {
        Self::of_scale([r, alpha, b, s, beta / b])
    }

    fn of_scale([r, alpha, b, s, scale]: Vector<5>) -> Result<Self, ParameterError> {
        let [in_r, in_alpha, in_b, in_s, in_scale] = &PARAMETERS;
        Ok(Self {
            r: in_r.check(r)?,
            alpha: in_alpha.check(alpha)?,
            b: in_b.check(b)?,
            s: in_s.check(s)?,
            scale: in_scale.check(scale)?,
        })
    }

    /// Fits by maximum likelihood, whatever the order or the grouping of the cells.
    ///
    /// Fails if nobody has a repeat. Doubts about a result are in [`Fit::converged`] and [`Fit::warnings`].
    pub fn fit(cells: &[WeightedCell]) -> Result<Fit<Self>, FitError> {
        let cells = sorted(cells);
        let repeaters = repeaters(&cells);
        if repeaters == 0 {
            return Err(FitError::NoRepeaters);
        }
        let from = |start: Vector<5>| {
            maximum(
                &PARAMETERS,
                &[start],
                cells.iter().map(|cell| cell.weight as f64).sum(),
                |parameters| likelihood::evaluate(parameters, &cells),
                Self::of_scale,
                |model| {
                    let points = [point(model.r, "purchase rate"), point(model.s, "dropout rate")];
                    few(repeaters).into_iter().chain(points.into_iter().flatten()).collect()
                },
            )
        };
        // No ageing is often a top of its own, with a higher one elsewhere.
        let mut best: Option<Fit<Self>> = None;
        for start in starts(&cells) {
            let found = from(start)?;
            let better =
                |best: &Fit<Self>| (found.converged, found.log_likelihood) > (best.converged, best.log_likelihood);
            if best.as_ref().is_none_or(better) {
                best = Some(found);
            }
            if best.as_ref().is_some_and(|best| best.converged && best.covariance.is_some()) {
                break;
            }
        }
        best.map(in_beta).ok_or(FitError::NotFinite)
    }

    /// Shape of the distribution of purchase rates.
    pub fn r(&self) -> f64 {
        self.r
    }

    /// Scale of the distribution of purchase rates, a time.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// How fast the wish to leave grows, by time.
    pub fn b(&self) -> f64 {
        self.b
    }

    /// Shape of the distribution of the wish to leave.
    pub fn s(&self) -> f64 {
        self.s
    }

    /// Scale of the distribution of the wish to leave.
    pub fn beta(&self) -> f64 {
        self.b * self.scale
    }

    /// Sum of the log-likelihoods of all customers, natural logarithm.
    pub fn log_likelihood(&self, cells: &[WeightedCell]) -> f64 {
        likelihood::evaluate(&[self.r, self.alpha, self.b, self.s, self.scale], &sorted(cells)).value
    }
}

/// Errors of beta / b become errors of beta, by the delta method.
fn in_beta(mut fit: Fit<GgompertzNbd>) -> Fit<GgompertzNbd> {
    let (b, scale) = (fit.model.b, fit.model.scale);
    let Some(covariance) = &mut fit.covariance else { return fit };
    let mixed = |row: &[f64]| scale * row[B] + b * row[BETA];
    covariance.iter_mut().for_each(|row| row[BETA] = mixed(row));
    covariance[BETA] = (0..PARAMETERS.len()).map(|i| scale * covariance[B][i] + b * covariance[BETA][i]).collect();
    fit.standard_errors = Some(covariance.iter().enumerate().map(|(i, row)| row[i].sqrt()).collect());
    fit
}

/// Starting points with the observed mean rate and lifetimes of the order of the ages, so that the unit of
/// time does not matter: with some ageing, much, and little.
fn starts(cells: &[WeightedCell]) -> [Vector<5>; 3] {
    let pace = pace(cells);
    let (customers, time) = cells.iter().fold((0.0, 0.0), |(customers, time), cell| {
        (customers + cell.weight as f64, time + cell.weight as f64 * cell.cell.age())
    });
    let age = time / customers;
    [
        [1.0, pace, 1.0 / age, 1.0, 2.0 * age],
        [2.0, 2.0 * pace, 5.0 / age, 1.0, 20.0 * age],
        [0.5, 0.5 * pace, 0.05 / age, 0.5, 0.5 * age],
    ]
}
