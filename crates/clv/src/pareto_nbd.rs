//! Pareto/NBD: how often a customer buys and whether they are gone (Schmittlein, Morrison and Colombo, "Counting
//! Your Customers: Who Are They and What Will They Do Next?", Management Science 33, 1987; as written by Fader and
//! Hardie, "A Note on Deriving the Pareto/NBD Model and Related Expressions", 2005).
//!
//! While active, a customer buys as a Poisson process with a rate drawn from Gamma(r, alpha); the time until they
//! leave is exponential with a rate drawn from Gamma(s, beta), whether they buy or not.

mod lifetime;
mod likelihood;
mod prediction;

use crate::cell::{WeightedCell, pace, repeaters, sorted};
use crate::fit::{Fit, FitError, Parameter, ParameterError, few, maximum, point};
use crate::newton::Vector;

/// Beyond these the mixing distributions are points in all but name.
const PARAMETERS: [Parameter; 4] = [
    Parameter { name: "r", lower: 1e-4, upper: 1e4 },
    Parameter { name: "alpha", lower: 1e-2, upper: 1e8 },
    Parameter { name: "s", lower: 1e-4, upper: 1e4 },
    Parameter { name: "beta", lower: 1e-2, upper: 1e8 },
];

/// The four parameters, each positive and in range. Time is in the unit of the cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParetoNbd {
    r: f64,
    alpha: f64,
    s: f64,
    beta: f64,
}

impl ParetoNbd {
    /// Takes known parameters: r and s from 1e-4 to 1e4, alpha and beta (times) from 1e-2 to 1e8.
    pub fn new(r: f64, alpha: f64, s: f64, beta: f64) -> Result<Self, ParameterError> {
        let [in_r, in_alpha, in_s, in_beta] = &PARAMETERS;
        Ok(Self { r: in_r.check(r)?, alpha: in_alpha.check(alpha)?, s: in_s.check(s)?, beta: in_beta.check(beta)? })
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
        maximum(
            &PARAMETERS,
            &starts(&cells),
            cells.iter().map(|cell| cell.weight as f64).sum(),
            |parameters| likelihood::evaluate(parameters, &cells),
            |[r, alpha, s, beta]| Self::new(r, alpha, s, beta),
            |model| {
                let points = [point(model.r, "purchase rate"), point(model.s, "dropout rate")];
                few(repeaters).into_iter().chain(points.into_iter().flatten()).collect()
            },
        )
    }

    /// Shape of the distribution of purchase rates.
    pub fn r(&self) -> f64 {
        self.r
    }

    /// Scale of the distribution of purchase rates, a time.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Shape of the distribution of dropout rates.
    pub fn s(&self) -> f64 {
        self.s
    }

    /// Scale of the distribution of dropout rates, a time.
    pub fn beta(&self) -> f64 {
        self.beta
    }

    /// Sum of the log-likelihoods of all customers, natural logarithm.
    pub fn log_likelihood(&self, cells: &[WeightedCell]) -> f64 {
        likelihood::evaluate(&[self.r, self.alpha, self.s, self.beta], &sorted(cells)).value
    }
}

/// Starting points with the observed mean rate and lifetimes of the order of the ages, so that the unit of
/// time does not matter.
fn starts(cells: &[WeightedCell]) -> [Vector<4>; 3] {
    let pace = pace(cells);
    let (customers, time) = cells.iter().fold((0.0, 0.0), |(customers, time), cell| {
        (customers + cell.weight as f64, time + cell.weight as f64 * cell.cell.age())
    });
    let age = time / customers;
    [[0.5, 0.5 * pace, 0.5, 0.5 * age], [2.0, 2.0 * pace, 2.0, 8.0 * age], [0.1, 0.1 * pace, 0.2, 0.1 * age]]
}
