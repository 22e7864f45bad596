//! Gamma-Gamma: how much a customer spends per purchase (Fader and Hardie, "The Gamma-Gamma Model of
//! Monetary Value", note 025, 2013).
//!
//! Each purchase of a customer is Gamma(p, nu) with nu drawn from Gamma(q, v) over customers; spend does
//! not depend on how often someone buys. `v` is the `gamma` of the note.

mod likelihood;
mod total;

use crate::fit::{Fit, FitError, Parameter, ParameterError, Warning, few, maximum, point};
use crate::newton::Vector;
use crate::summary::Summary;

pub use total::Total;

const PARAMETERS: [Parameter; 3] = [
    Parameter { name: "p", lower: 1e-3, upper: 1e4 },
    Parameter { name: "q", lower: 1e-3, upper: 1e4 },
    Parameter { name: "v", lower: 1e-6, upper: 1e15 },
];

/// The three parameters, each positive and in range. `v` is in the unit of the spend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaGamma {
    p: f64,
    q: f64,
    v: f64,
}

/// Mean spend over some repeat days: at least one day, and a positive mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RepeatSpend {
    frequency: u32,
    mean: f64,
}

/// Why an expected spend cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpendError {
    /// The distribution of means has so heavy a tail that its expectation is infinite.
    #[error("the expected spend is undefined: the tail of the model is too heavy")]
    MeanUndefined,
    /// The model knows no negative spend.
    #[error("a mean spend must be finite and not negative")]
    BadMean,
}

impl RepeatSpend {
    /// Takes repeat days and their mean spend; `None` unless both are positive and finite.
    pub fn new(frequency: u32, mean: f64) -> Option<Self> {
        (frequency > 0 && mean > 0.0 && mean.is_finite()).then_some(Self { frequency, mean })
    }

    /// Repeat days.
    pub fn frequency(&self) -> u32 {
        self.frequency
    }

    /// Mean spend over them.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The repeat spend of a summary in minor units; `None` without repeats or with nothing paid.
    pub fn of(summary: &Summary) -> Option<Self> {
        Self::new(summary.frequency(), summary.mean_minor_per_repeat_day())
    }
}

impl GammaGamma {
    /// Takes known parameters: p and q from 1e-3 to 1e4, v from 1e-6 to 1e15.
    pub fn new(p: f64, q: f64, v: f64) -> Result<Self, ParameterError> {
        let [in_p, in_q, in_v] = &PARAMETERS;
        Ok(Self { p: in_p.check(p)?, q: in_q.check(q)?, v: in_v.check(v)? })
    }

    /// Fits by maximum likelihood, whatever the order of the customers.
    ///
    /// Fails if there is nobody to learn from. Doubts about a result are in [`Fit::converged`] and
    /// [`Fit::warnings`].
    pub fn fit(spends: &[RepeatSpend]) -> Result<Fit<Self>, FitError> {
        if spends.is_empty() {
            return Err(FitError::NoRepeaters);
        }
        let spends = likelihood::sorted(spends);
        maximum(
            &PARAMETERS,
            &starts(&spends),
            spends.len() as f64,
            |parameters| likelihood::evaluate(parameters, &spends),
            |[p, q, v]| Self::new(p, q, v),
            |model| few(spends.len() as u64).into_iter().chain(model.doubts()).collect(),
        )
    }

    /// Shape of one customer's spend per purchase.
    pub fn p(&self) -> f64 {
        self.p
    }

    /// Shape of the distribution over customers.
    pub fn q(&self) -> f64 {
        self.q
    }

    /// Scale of the distribution over customers, in the unit of the spend.
    pub fn v(&self) -> f64 {
        self.v
    }

    /// Sum of the log-likelihoods of all customers, natural logarithm.
    pub fn log_likelihood(&self, spends: &[RepeatSpend]) -> f64 {
        likelihood::evaluate(&[self.p, self.q, self.v], &likelihood::sorted(spends)).value
    }

    /// Mean spend per purchase over the base; `None` if q <= 1, where it is infinite.
    pub fn population_mean(&self) -> Option<f64> {
        (self.q > 1.0).then(|| self.v * self.p / (self.q - 1.0))
    }

    /// Expected spend per purchase of a customer with this mean over so many repeat days: the own mean
    /// drawn towards that of the base, less so the more days. Without repeats `mean` is ignored and the
    /// answer is the mean of the base.
    pub fn expected_value(&self, frequency: u32, mean: f64) -> Result<f64, SpendError> {
        if frequency == 0 {
            return self.population_mean().ok_or(SpendError::MeanUndefined);
        }
        if !(mean.is_finite() && mean >= 0.0) {
            return Err(SpendError::BadMean);
        }
        let x = f64::from(frequency);
        let weight = self.p * x + self.q - 1.0;
        if weight <= 0.0 {
            return Err(SpendError::MeanUndefined);
        }
        Ok(self.p * (self.v + mean * x) / weight)
    }

    /// The mean of the square of a customer's mean spend per purchase, which is uncertain: infinite where its variance is. `mean` as for
    /// [`GammaGamma::expected_value`].
    pub fn squared_mean(&self, frequency: u32, mean: f64) -> f64 {
        let x = f64::from(frequency);
        let own = if frequency == 0 { 0.0 } else { mean * x };
        let (shape, scale) = (self.p * x + self.q, self.v + own);
        if shape > 2.0 { (self.p * scale).powi(2) / ((shape - 1.0) * (shape - 2.0)) } else { f64::INFINITY }
    }

    fn doubts(&self) -> impl Iterator<Item = Warning> {
        let heavy = (self.q <= 1.0).then_some(Warning::MeanUndefined);
        point(self.q, "spend").into_iter().chain(heavy)
    }
}

/// Starting points whose mean is the observed one, so that the unit of money does not matter.
fn starts(spends: &[RepeatSpend]) -> [Vector<3>; 2] {
    let mean = spends.iter().map(|spend| spend.mean).sum::<f64>() / spends.len() as f64;
    [[5.0, 3.0, mean * 0.4], [0.5, 10.0, mean * 18.0]]
}
