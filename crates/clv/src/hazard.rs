//! How likely a contract is to end in its next period, by what is known of customer and contract, and by which cause: a
//! discrete-time hazard model with competing causes (Allison, "Discrete-Time Methods for the Analysis of Event
//! Histories", Sociological Methodology 13, 1982; Tutz and Schmid, "Modeling Discrete Time-to-Event Data", 2016).
//!
//! A contract under observation for one period is an exposure: its covariates, and by which cause it ended, if it did. The
//! hazards of K causes are a multinomial logit: h_k = e^(eta_k) / (1 + sum of e^(eta_j)), eta linear in the covariates. Time enters as
//! a covariate like others, so a hazard may have any shape. Along a path of covariates survival is the product of 1 - sum
//! of h_k, and what is lost to a cause (its cumulative incidence) adds up survival so far times h_k: all causes together are one minus
//! survival, at every time.

mod calibration;
mod encoding;
mod exposure;
mod fitting;
mod path;
mod quality;

pub use calibration::{CalibratedFit, fold};
pub use encoding::{Column, Encoding, EncodingError, Field};
pub use exposure::{ExposureError, Exposures};
pub use fitting::{HazardError, HazardFit};
pub use path::{Ahead, along};
pub use quality::{Judged, auc, brier, calibration_error, lift, log_loss};

/// Why a contract ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Its name, such as "price" or "death".
    pub name: String,
    /// Whether the company could have kept the customer: price, service or a competitor, and not death, emigration or maturity.
    pub avoidable: bool,
}

impl Cause {
    /// A cause that the company could do something about.
    pub fn avoidable(name: &str) -> Self {
        Self { name: name.to_owned(), avoidable: true }
    }

    /// A cause that nobody could do anything about.
    pub fn unavoidable(name: &str) -> Self {
        Self { name: name.to_owned(), avoidable: false }
    }
}

/// A fitted model: for each cause an intercept and a coefficient for each covariate, and how its scores are calibrated.
#[derive(Debug, Clone, PartialEq)]
pub struct HazardModel {
    causes: Vec<Cause>,
    width: usize,
    /// By cause: the intercept, then the coefficients of the covariates as they come.
    coefficients: Vec<Vec<f64>>,
    /// By cause: (shift, slope) of eta.
    calibration: Vec<[f64; 2]>,
}

impl HazardModel {
    /// The causes, in the order of everything that is told by cause.
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// How many covariates an exposure has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The intercept of a cause and its coefficients, one for each covariate: how much one unit more adds to eta, before
    /// calibration.
    pub fn coefficients(&self, cause: usize) -> &[f64] {
        &self.coefficients[cause]
    }

    /// How eta is calibrated by cause: (shift, slope); (0, 1) if it is not.
    pub fn calibration(&self) -> &[[f64; 2]] {
        &self.calibration
    }

    /// The probability, by cause, that a contract with these covariates ends in the period. They add up to less than one.
    ///
    /// # Errors
    /// When the covariates are not as many as the model has, or one of them is not finite.
    pub fn hazards(&self, covariates: &[f64]) -> Result<Vec<f64>, HazardError> {
        if covariates.len() != self.width {
            return Err(HazardError::Width { expected: self.width, found: covariates.len() });
        }
        if let Some(column) = covariates.iter().position(|value| !value.is_finite()) {
            return Err(HazardError::NotFinite { column });
        }
        let eta = (0..self.causes.len()).map(|cause| {
            let [shift, slope] = self.calibration[cause];
            shift + slope * self.eta(cause, covariates)
        });
        Ok(softmax(&eta.collect::<Vec<_>>()))
    }

    /// The probability that it ends by any cause.
    ///
    /// # Errors
    /// Like [`Self::hazards`].
    pub fn hazard(&self, covariates: &[f64]) -> Result<f64, HazardError> {
        Ok(self.hazards(covariates)?.iter().sum())
    }

    fn eta(&self, cause: usize, covariates: &[f64]) -> f64 {
        let [intercept, slopes @ ..] = self.coefficients[cause].as_slice() else { return 0.0 };
        intercept + slopes.iter().zip(covariates).map(|(slope, value)| slope * value).sum::<f64>()
    }
}

/// e^(eta_k) / (1 + sum of e^(eta_j)), without overflow.
fn softmax(eta: &[f64]) -> Vec<f64> {
    let top = eta.iter().copied().fold(0.0, f64::max);
    let all = (-top).exp() + eta.iter().map(|one| (one - top).exp()).sum::<f64>();
    eta.iter().map(|one| (one - top).exp() / all).collect()
}
