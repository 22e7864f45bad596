//! What a fit gives back: the model and how far to trust it.

use crate::newton::{Evaluation, Optimum, Search, Vector};

/// Fewer repeat customers than this and a fit carries [`Warning::FewRepeaters`].
pub const ENOUGH_REPEATERS: u64 = 100;

/// A condition number above this brings [`Warning::IllConditioned`]: some direction of the parameters is
/// hardly determined by the data.
pub const ILL_CONDITIONED_FROM: f64 = 1e8;

/// A mixing distribution tighter than this shape has, in effect, no spread.
pub(crate) const NO_SPREAD_FROM: f64 = 1e3;

/// A fitted model with the evidence for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit<M> {
    /// The model at the maximum that was found.
    pub model: M,
    /// Sum of log-likelihoods over all customers, natural logarithm.
    pub log_likelihood: f64,
    /// Whether the gradient vanished, up to bounds. If not, do not use the model.
    pub converged: bool,
    /// Largest derivative by a log-parameter not held by a bound, per customer.
    pub gradient_norm: f64,
    /// Newton steps taken.
    pub iterations: u32,
    /// Of the parameters in the order of the model; `None` at a bound or on a flat likelihood.
    pub standard_errors: Option<Vec<f64>>,
    /// Covariance of the parameters in the order of the model, row by row; `None` like the standard errors.
    pub covariance: Option<Vec<Vec<f64>>>,
    /// Of the negative Hessian by log-parameters; `None` like the standard errors.
    pub condition_number: Option<f64>,
    /// What a reader of the result should know; empty for a sound fit.
    pub warnings: Vec<Warning>,
}

impl<M> Fit<M> {
    /// The same fit of another form of the model.
    pub fn map<T>(self, of: impl FnOnce(M) -> T) -> Fit<T> {
        Fit {
            model: of(self.model),
            log_likelihood: self.log_likelihood,
            converged: self.converged,
            gradient_norm: self.gradient_norm,
            iterations: self.iterations,
            standard_errors: self.standard_errors,
            covariance: self.covariance,
            condition_number: self.condition_number,
            warnings: self.warnings,
        }
    }
}

/// A reason to distrust a fit.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Warning {
    /// The gradient did not vanish.
    #[error("the search did not converge")]
    NotConverged,
    /// A parameter ran into the end of its range.
    #[error("parameter {parameter} is at the end of its range")]
    AtBound {
        /// Its name.
        parameter: &'static str,
    },
    /// Customers hardly differ, so a mixing distribution shrank to a point.
    #[error("no heterogeneity in the {of}")]
    NoHeterogeneity {
        /// What does not vary.
        of: &'static str,
    },
    /// Too little data to trust the parameters.
    #[error("only {repeaters} customers with repeats, {ENOUGH_REPEATERS} wanted")]
    FewRepeaters {
        /// Customers with at least one repeat.
        repeaters: u64,
    },
    /// The mean of the Gamma-Gamma model over the base is infinite (q <= 1).
    #[error("the mean over the base is undefined")]
    MeanUndefined,
    /// Some direction of the parameters is hardly determined.
    #[error("the parameters are poorly determined (condition number {condition_number:.1e})")]
    IllConditioned {
        /// See [`Fit::condition_number`].
        condition_number: f64,
    },
}

/// Why there is no fit at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// Nobody bought again, so nothing can be learned about repeats.
    #[error("no customer has a repeat")]
    NoRepeaters,
    /// Nobody left, so nothing can be learned about leaving.
    #[error("no customer left")]
    NobodyLeft,
    /// The likelihood is not finite at any starting point.
    #[error("the likelihood is not finite on these data")]
    NotFinite,
    /// The end of the search is no valid model.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
}

/// A model parameter outside its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("parameter {parameter} is outside its range")]
pub struct ParameterError {
    /// The name of the parameter.
    pub parameter: &'static str,
}

/// A named parameter and the range a model accepts and a fit searches.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) lower: f64,
    pub(crate) upper: f64,
}

impl Parameter {
    /// Takes a value in the range, allowing for the rounding of exp(ln(bound)).
    pub(crate) fn check(&self, value: f64) -> Result<f64, ParameterError> {
        let slack = 1e-12;
        let range = self.lower * (1.0 - slack)..=self.upper * (1.0 + slack);
        if range.contains(&value) { Ok(value) } else { Err(ParameterError { parameter: self.name }) }
    }
}

/// The model whose likelihood is largest, with the evidence for it: what every fit of the crate ends in.
///
/// `observations` are how many customers the likelihood adds up, `make` takes parameters that were checked,
/// `doubts` are the model's own.
pub(crate) fn maximum<M, const N: usize>(
    parameters: &[Parameter; N],
    starts: &[Vector<N>],
    observations: f64,
    evaluate: impl Fn(&Vector<N>) -> Evaluation<N>,
    make: impl Fn(Vector<N>) -> Result<M, ParameterError>,
    doubts: impl Fn(&M) -> Vec<Warning>,
) -> Result<Fit<M>, FitError> {
    let search = Search {
        lower: std::array::from_fn(|i| parameters[i].lower),
        upper: std::array::from_fn(|i| parameters[i].upper),
        observations,
    };
    let optimum = search.maximize(starts, evaluate).ok_or(FitError::NotFinite)?;
    let model = make(optimum.parameters)?;
    let own = doubts(&model);
    Ok(conclude(model, &optimum, parameters, own))
}

/// Puts an optimum and the model's own warnings together.
fn conclude<M, const N: usize>(
    model: M,
    optimum: &Optimum<N>,
    parameters: &[Parameter; N],
    own: impl IntoIterator<Item = Warning>,
) -> Fit<M> {
    let mut warnings = Vec::from_iter((!optimum.converged).then_some(Warning::NotConverged));
    let held = (0..N).filter(|i| optimum.at_bound[*i]);
    warnings.extend(held.map(|i| Warning::AtBound { parameter: parameters[i].name }));
    let ill = optimum.condition_number.filter(|number| *number > ILL_CONDITIONED_FROM);
    warnings.extend(ill.map(|condition_number| Warning::IllConditioned { condition_number }));
    warnings.extend(own);
    // By the delta method: the error of a parameter is its value times the error of its logarithm.
    let natural = |i: usize, j: usize, by_logs: f64| optimum.parameters[i] * optimum.parameters[j] * by_logs;
    let covariance: Option<Vec<Vec<f64>>> = optimum
        .covariance
        .map(|by_logs| (0..N).map(|i| (0..N).map(|j| natural(i, j, by_logs[i][j])).collect()).collect());
    let errors = covariance.as_ref().map(|covariance| (0..N).map(|i| covariance[i][i].sqrt()).collect());
    Fit {
        model,
        log_likelihood: optimum.value,
        converged: optimum.converged,
        gradient_norm: optimum.gradient_norm,
        iterations: optimum.iterations,
        standard_errors: errors,
        covariance,
        condition_number: optimum.condition_number,
        warnings,
    }
}

/// The warning for too few repeat customers, if so.
pub(crate) fn few(repeaters: u64) -> Option<Warning> {
    (repeaters < ENOUGH_REPEATERS).then_some(Warning::FewRepeaters { repeaters })
}

/// The warning for a mixing distribution that shrank to a point, if its shape says so.
pub(crate) fn point(shape: f64, of: &'static str) -> Option<Warning> {
    (shape > NO_SPREAD_FROM).then_some(Warning::NoHeterogeneity { of })
}
