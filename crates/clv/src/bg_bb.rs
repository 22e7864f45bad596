//! BG/BB: customers with one opportunity to buy in each period, such as a yearly appeal (Fader, Hardie and Shang,
//! "Customer-Base Analysis in a Discrete-Time Noncontractual Setting", Marketing Science 29, 2010).
//!
//! While active, a customer buys at each opportunity with a probability drawn from Beta(alpha, beta); before each
//! opportunity they leave with a probability drawn from Beta(gamma, delta).

mod likelihood;
mod opportunities;
mod prediction;

use crate::fit::{Fit, FitError, Parameter, ParameterError, few, maximum, point};
use crate::newton::Vector;
pub use opportunities::{Opportunities, OpportunitiesError, WeightedOpportunities};

/// Beyond these the mixing distributions are points in all but name.
const PARAMETERS: [Parameter; 4] = [
    Parameter { name: "alpha", lower: 1e-4, upper: 1e4 },
    Parameter { name: "beta", lower: 1e-4, upper: 1e4 },
    Parameter { name: "gamma", lower: 1e-4, upper: 1e4 },
    Parameter { name: "delta", lower: 1e-4, upper: 1e4 },
];

/// The four parameters, each from 1e-4 to 1e4. Time is counted in opportunities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BgBb {
    alpha: f64,
    beta: f64,
    gamma: f64,
    delta: f64,
}

impl BgBb {
    /// Takes known parameters, each from 1e-4 to 1e4.
    pub fn new(alpha: f64, beta: f64, gamma: f64, delta: f64) -> Result<Self, ParameterError> {
        let [in_alpha, in_beta, in_gamma, in_delta] = &PARAMETERS;
        Ok(Self {
            alpha: in_alpha.check(alpha)?,
            beta: in_beta.check(beta)?,
            gamma: in_gamma.check(gamma)?,
            delta: in_delta.check(delta)?,
        })
    }

    /// Fits by maximum likelihood, whatever the order or the grouping of the cells.
    ///
    /// Fails if nobody bought at any opportunity. Doubts about a result are in [`Fit::converged`] and
    /// [`Fit::warnings`].
    pub fn fit(cells: &[WeightedOpportunities]) -> Result<Fit<Self>, FitError> {
        let cells = opportunities::sorted(cells);
        let bought = cells.iter().filter(|cell| cell.history.frequency() > 0).map(|cell| cell.weight).sum();
        if bought == 0 {
            return Err(FitError::NoRepeaters);
        }
        maximum(
            &PARAMETERS,
            &[[1.0, 1.0, 0.5, 3.0], [0.3, 1.0, 1.0, 10.0], [3.0, 3.0, 0.2, 0.5]],
            cells.iter().map(|cell| cell.weight as f64).sum(),
            |parameters| likelihood::evaluate(parameters, &cells),
            |[alpha, beta, gamma, delta]| Self::new(alpha, beta, gamma, delta),
            |model| {
                let buying = point(model.alpha + model.beta, "purchase probability");
                let leaving = point(model.gamma + model.delta, "dropout probability");
                few(bought).into_iter().chain(buying).chain(leaving).collect()
            },
        )
    }

    /// First shape of the distribution of purchase probabilities.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Second shape of the distribution of purchase probabilities.
    pub fn beta(&self) -> f64 {
        self.beta
    }

    /// First shape of the distribution of dropout probabilities.
    pub fn gamma(&self) -> f64 {
        self.gamma
    }

    /// Second shape of the distribution of dropout probabilities.
    pub fn delta(&self) -> f64 {
        self.delta
    }

    /// Sum of the log-likelihoods of all customers, natural logarithm.
    pub fn log_likelihood(&self, cells: &[WeightedOpportunities]) -> f64 {
        likelihood::evaluate(&self.vector(), &opportunities::sorted(cells)).value
    }

    fn vector(&self) -> Vector<4> {
        [self.alpha, self.beta, self.gamma, self.delta]
    }
}
