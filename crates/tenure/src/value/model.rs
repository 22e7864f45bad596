//! The models by their names.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use tenure_clv::{
    Bdw, BgBb, BgNbd, Fit, FitError, GammaGamma, GgompertzNbd, MbgNbd, Parametric, ParetoNbd, Purchases, Retention,
    Sbg, Survivors, WeightedCell, WeightedOpportunities, fit::ParameterError, uncertainty::by_parameters,
};

/// A model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ModelName {
    /// Customers buy when they like and leave without a word, after a repeat.
    BgNbd,
    /// The same, and they may leave after the first purchase.
    MbgNbd,
    /// The same, and they may leave at any time.
    ParetoNbd,
    /// The same, and the wish to leave grows with time.
    GgompertzNbd,
    /// Customers have one opportunity to buy a period.
    BgBb,
    /// How much customers spend on a purchase.
    GammaGamma,
    /// Shifted beta-geometric: customers renew or leave.
    Sbg,
    /// Beta-discrete-Weibull: the same, and loyalty changes with time.
    Bdw,
}

impl std::fmt::Display for ModelName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::BgNbd => "bg-nbd",
            Self::MbgNbd => "mbg-nbd",
            Self::ParetoNbd => "pareto-nbd",
            Self::GgompertzNbd => "ggompertz-nbd",
            Self::BgBb => "bg-bb",
            Self::GammaGamma => "gamma-gamma",
            Self::Sbg => "sbg",
            Self::Bdw => "bdw",
        })
    }
}

impl ModelName {
    /// Whether it is fitted to a survival table.
    pub(crate) fn is_contract(self) -> bool {
        matches!(self, Self::Sbg | Self::Bdw)
    }

    /// Whether it says how often customers without a contract buy, at any time.
    pub(crate) fn is_of_purchases(self) -> bool {
        matches!(self, Self::BgNbd | Self::MbgNbd | Self::ParetoNbd | Self::GgompertzNbd)
    }

    /// The names of its parameters, in order.
    pub(crate) fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::BgNbd => &<BgNbd as Parametric<4>>::NAMES,
            Self::MbgNbd => &<MbgNbd as Parametric<4>>::NAMES,
            Self::ParetoNbd => &<ParetoNbd as Parametric<4>>::NAMES,
            Self::GgompertzNbd => &<GgompertzNbd as Parametric<5>>::NAMES,
            Self::BgBb => &<BgBb as Parametric<4>>::NAMES,
            Self::GammaGamma => &<GammaGamma as Parametric<3>>::NAMES,
            Self::Sbg => &<Sbg as Parametric<2>>::NAMES,
            Self::Bdw => &<Bdw as Parametric<3>>::NAMES,
        }
    }
}

/// A model with its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fitted {
    BgNbd(BgNbd),
    MbgNbd(MbgNbd),
    ParetoNbd(ParetoNbd),
    GgompertzNbd(GgompertzNbd),
    BgBb(BgBb),
    GammaGamma(GammaGamma),
    Sbg(Sbg),
    Bdw(Bdw),
}

impl Fitted {
    /// The model with these parameters, as many as it has.
    pub(crate) fn new(name: ModelName, parameters: &[f64]) -> Result<Self, ParameterError> {
        fn made<const N: usize, M: Parametric<N>>(parameters: &[f64]) -> Result<M, ParameterError> {
            let mut vector = [f64::NAN; N];
            vector.iter_mut().zip(parameters).for_each(|(place, parameter)| *place = *parameter);
            M::from_vector(vector)
        }
        Ok(match name {
            ModelName::BgNbd => Self::BgNbd(made(parameters)?),
            ModelName::MbgNbd => Self::MbgNbd(made(parameters)?),
            ModelName::ParetoNbd => Self::ParetoNbd(made(parameters)?),
            ModelName::GgompertzNbd => Self::GgompertzNbd(made(parameters)?),
            ModelName::BgBb => Self::BgBb(made(parameters)?),
            ModelName::GammaGamma => Self::GammaGamma(made(parameters)?),
            ModelName::Sbg => Self::Sbg(made(parameters)?),
            ModelName::Bdw => Self::Bdw(made(parameters)?),
        })
    }

    /// A fit to purchases without a contract.
    pub(crate) fn to_cells(name: ModelName, cells: &[WeightedCell]) -> Result<Fit<Self>, FitError> {
        match name {
            ModelName::MbgNbd => MbgNbd::fit(cells).map(|fit| fit.map(Self::MbgNbd)),
            ModelName::ParetoNbd => ParetoNbd::fit(cells).map(|fit| fit.map(Self::ParetoNbd)),
            ModelName::GgompertzNbd => GgompertzNbd::fit(cells).map(|fit| fit.map(Self::GgompertzNbd)),
            _ => BgNbd::fit(cells).map(|fit| fit.map(Self::BgNbd)),
        }
    }

    /// A fit to opportunities.
    pub(crate) fn to_opportunities(cells: &[WeightedOpportunities]) -> Result<Fit<Self>, FitError> {
        BgBb::fit(cells).map(|fit| fit.map(Self::BgBb))
    }

    /// A fit to a cohort with contracts.
    pub(crate) fn to_survivors(name: ModelName, cohort: &[Survivors]) -> Result<Fit<Self>, FitError> {
        match name {
            ModelName::Bdw => Bdw::fit(cohort).map(|fit| fit.map(Self::Bdw)),
            _ => Sbg::fit(cohort).map(|fit| fit.map(Self::Sbg)),
        }
    }

    /// The parameters, in the order of their names.
    pub(crate) fn vector(&self) -> Vec<f64> {
        match self {
            Self::BgNbd(model) => model.vector().to_vec(),
            Self::MbgNbd(model) => model.vector().to_vec(),
            Self::ParetoNbd(model) => model.vector().to_vec(),
            Self::GgompertzNbd(model) => model.vector().to_vec(),
            Self::BgBb(model) => model.vector().to_vec(),
            Self::GammaGamma(model) => model.vector().to_vec(),
            Self::Sbg(model) => model.vector().to_vec(),
            Self::Bdw(model) => model.vector().to_vec(),
        }
    }

    /// What it says of purchases at any time, if it does.
    pub(crate) fn purchases(&self) -> Option<&dyn Purchases> {
        match self {
            Self::BgNbd(model) => Some(model),
            Self::MbgNbd(model) => Some(model),
            Self::ParetoNbd(model) => Some(model),
            Self::GgompertzNbd(model) => Some(model),
            _ => None,
        }
    }

    /// The variance of what it says of purchases because its parameters are estimated.
    pub(crate) fn by_parameters(&self, covariance: &[Vec<f64>], says: &dyn Fn(&dyn Purchases) -> f64) -> Option<f64> {
        match self {
            Self::BgNbd(model) => Some(by_parameters(model, covariance, |model| says(model))),
            Self::MbgNbd(model) => Some(by_parameters(model, covariance, |model| says(model))),
            Self::ParetoNbd(model) => Some(by_parameters(model, covariance, |model| says(model))),
            Self::GgompertzNbd(model) => Some(by_parameters(model, covariance, |model| says(model))),
            _ => None,
        }
    }

    /// What it says of contracts, if it does.
    pub(crate) fn retention(&self) -> Option<&dyn Retention> {
        match self {
            Self::Sbg(model) => Some(model),
            Self::Bdw(model) => Some(model),
            _ => None,
        }
    }
}
