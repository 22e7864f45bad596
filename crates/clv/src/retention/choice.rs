//! A model of contracts whichever it is, for those who choose among them.

use super::{Bdw, Retention, Sbg, Survivors};
use crate::fit::{Fit, FitError};
use crate::group::Neighbours;
use crate::horizon::HorizonError;
use crate::parametric::Parametric;

/// Which model of contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RetentionKind {
    /// [`Sbg`].
    Sbg,
    /// [`Bdw`].
    Bdw,
}

/// A model of contracts with its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RetentionModel {
    /// Each customer's chance to leave stays what it is.
    Sbg(Sbg),
    /// It changes with time.
    Bdw(Bdw),
}

impl RetentionKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Sbg, Self::Bdw];

    /// Its usual name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sbg => "sBG",
            Self::Bdw => "BdW",
        }
    }

    /// The names of its parameters in the literature, in order.
    pub fn parameter_names(self) -> &'static [&'static str] {
        match self {
            Self::Sbg => &Sbg::NAMES,
            Self::Bdw => &Bdw::NAMES,
        }
    }

    /// Fits it by maximum likelihood, whatever the order of the cohorts.
    ///
    /// Fails if nobody left. Doubts about a result are in [`Fit::converged`] and [`Fit::warnings`].
    pub fn fit(self, cohorts: &[Survivors]) -> Result<Fit<RetentionModel>, FitError> {
        match self {
            Self::Sbg => Sbg::fit(cohorts).map(|fit| fit.map(RetentionModel::Sbg)),
            Self::Bdw => Bdw::fit(cohorts).map(|fit| fit.map(RetentionModel::Bdw)),
        }
    }

    /// The model with these parameters; `None` if they are too few or too many, or one is out of its range.
    pub fn with(self, parameters: &[f64]) -> Option<RetentionModel> {
        match self {
            Self::Sbg => Sbg::from_vector(parameters.try_into().ok()?).ok().map(RetentionModel::Sbg),
            Self::Bdw => Bdw::from_vector(parameters.try_into().ok()?).ok().map(RetentionModel::Bdw),
        }
    }
}

impl RetentionModel {
    /// Which it is.
    pub fn kind(&self) -> RetentionKind {
        match self {
            Self::Sbg(_) => RetentionKind::Sbg,
            Self::Bdw(_) => RetentionKind::Bdw,
        }
    }

    /// Its parameters in the order of their names.
    pub fn parameters(&self) -> Vec<f64> {
        match self {
            Self::Sbg(model) => model.vector().to_vec(),
            Self::Bdw(model) => model.vector().to_vec(),
        }
    }

    /// Itself and the models beside it, to see how far what it says may be off; `covariance` is that of [`Fit`].
    pub fn neighbours(self, covariance: &[Vec<f64>]) -> Neighbours<Self> {
        match self {
            Self::Sbg(model) => {
                Neighbours::new(self, model.vector(), covariance, |moved| Sbg::from_vector(moved).ok().map(Self::Sbg))
            }
            Self::Bdw(model) => {
                Neighbours::new(self, model.vector(), covariance, |moved| Bdw::from_vector(moved).ok().map(Self::Bdw))
            }
        }
    }

    fn inner(&self) -> &dyn Retention {
        match self {
            Self::Sbg(model) => model,
            Self::Bdw(model) => model,
        }
    }
}

impl Retention for RetentionModel {
    fn survival(&self, renewals: u32) -> f64 {
        self.inner().survival(renewals)
    }

    fn survival_given(&self, done: u32, ahead: u32) -> f64 {
        self.inner().survival_given(done, ahead)
    }

    fn retention(&self, renewal: u32) -> f64 {
        self.inner().retention(renewal)
    }

    fn discounted_payments(&self, done: u32, first: u32, rate: f64) -> Result<f64, HorizonError> {
        self.inner().discounted_payments(done, first, rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_says_what_its_model_says() {
        let cohort = Survivors::new(vec![1_000.0, 631.0, 468.0, 382.0, 326.0]).unwrap();
        for kind in RetentionKind::ALL {
            let fit = kind.fit(std::slice::from_ref(&cohort)).unwrap();
            assert_eq!((fit.model.kind(), kind.with(&fit.model.parameters())), (kind, Some(fit.model)));
            assert_eq!(fit.model.parameters().len(), kind.parameter_names().len());
            assert_eq!(kind.with(&[1.0]), None);
        }
        let (plain, chosen) = (Sbg::new(0.7, 1.2).unwrap(), RetentionKind::Sbg.with(&[0.7, 1.2]).unwrap());
        assert_eq!(chosen.survival(3), plain.survival(3));
        assert_eq!(chosen.retention(2), plain.retention(2));
        assert_eq!(chosen.discounted_lifetime(0.1), plain.discounted_lifetime(0.1));
    }
}
