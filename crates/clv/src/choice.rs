//! A model of purchases whichever it is, for those who choose among them.

use crate::bg_nbd::BgNbd;
use crate::cell::{Cell, WeightedCell};
use crate::counts::Counts;
use crate::fit::{Fit, FitError, ParameterError};
use crate::horizon::Ahead;
use crate::mbg_nbd::MbgNbd;
use crate::parametric::Parametric;
use crate::pareto_nbd::ParetoNbd;
use crate::purchases::Purchases;
use crate::uncertainty::{Forecast, by_parameters};

/// How many parameters each of the models has.
pub const PARAMETERS: usize = 4;

/// Which model of purchases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PurchaseKind {
    /// [`BgNbd`].
    BgNbd,
    /// [`MbgNbd`].
    MbgNbd,
    /// [`ParetoNbd`].
    ParetoNbd,
}

/// A model of purchases with its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PurchaseModel {
    /// Customers leave right after a repeat.
    BgNbd(BgNbd),
    /// Customers leave right after any purchase.
    MbgNbd(MbgNbd),
    /// Customers leave at any time.
    ParetoNbd(ParetoNbd),
}

impl PurchaseKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::BgNbd, Self::MbgNbd, Self::ParetoNbd];

    /// Its usual name.
    pub fn name(self) -> &'static str {
        match self {
            Self::BgNbd => "BG/NBD",
            Self::MbgNbd => "MBG/NBD",
            Self::ParetoNbd => "Pareto/NBD",
        }
    }

    /// The names of its parameters in the literature, in order.
    pub fn parameter_names(self) -> [&'static str; PARAMETERS] {
        match self {
            Self::BgNbd => BgNbd::NAMES,
            Self::MbgNbd => MbgNbd::NAMES,
            Self::ParetoNbd => ParetoNbd::NAMES,
        }
    }

    /// Fits it by maximum likelihood, whatever the order or the grouping of the cells.
    ///
    /// Fails if nobody has a repeat. Doubts about a result are in [`Fit::converged`] and [`Fit::warnings`].
    pub fn fit(self, cells: &[WeightedCell]) -> Result<Fit<PurchaseModel>, FitError> {
        match self {
            Self::BgNbd => BgNbd::fit(cells).map(|fit| fit.map(PurchaseModel::BgNbd)),
            Self::MbgNbd => MbgNbd::fit(cells).map(|fit| fit.map(PurchaseModel::MbgNbd)),
            Self::ParetoNbd => ParetoNbd::fit(cells).map(|fit| fit.map(PurchaseModel::ParetoNbd)),
        }
    }

    /// The model with these parameters, if each is in its range.
    pub fn with(self, parameters: [f64; PARAMETERS]) -> Result<PurchaseModel, ParameterError> {
        Ok(match self {
            Self::BgNbd => PurchaseModel::BgNbd(BgNbd::from_vector(parameters)?),
            Self::MbgNbd => PurchaseModel::MbgNbd(MbgNbd::from_vector(parameters)?),
            Self::ParetoNbd => PurchaseModel::ParetoNbd(ParetoNbd::from_vector(parameters)?),
        })
    }
}

impl PurchaseModel {
    /// Which it is.
    pub fn kind(&self) -> PurchaseKind {
        match self {
            Self::BgNbd(_) => PurchaseKind::BgNbd,
            Self::MbgNbd(_) => PurchaseKind::MbgNbd,
            Self::ParetoNbd(_) => PurchaseKind::ParetoNbd,
        }
    }

    /// The parameters, in the order of their names.
    pub fn parameters(&self) -> [f64; PARAMETERS] {
        match self {
            Self::BgNbd(model) => model.vector(),
            Self::MbgNbd(model) => model.vector(),
            Self::ParetoNbd(model) => model.vector(),
        }
    }

    /// The variance of what it says because its parameters are estimated; see [`by_parameters`].
    pub fn by_parameters(&self, covariance: &[Vec<f64>], says: impl Fn(&dyn Purchases) -> f64) -> f64 {
        match self {
            Self::BgNbd(model) => by_parameters(model, covariance, |model| says(model)),
            Self::MbgNbd(model) => by_parameters(model, covariance, |model| says(model)),
            Self::ParetoNbd(model) => by_parameters(model, covariance, |model| says(model)),
        }
    }

    /// What a group of customers is expected to buy together in the next `length`; see
    /// [`of_group`](crate::uncertainty::of_group).
    pub fn of_group(&self, covariance: &[Vec<f64>], cells: &[WeightedCell], length: f64) -> Forecast {
        let total = |of: &dyn Fn(&Cell) -> f64| cells.iter().map(|one| one.weight as f64 * of(&one.cell)).sum::<f64>();
        let expected = |model: &dyn Purchases| total(&|cell| model.expected(cell, length));
        Forecast {
            mean: expected(self),
            chance: total(&|cell| self.variance(cell, length)),
            parameters: self.by_parameters(covariance, expected),
        }
    }

    fn purchases(&self) -> &dyn Purchases {
        match self {
            Self::BgNbd(model) => model,
            Self::MbgNbd(model) => model,
            Self::ParetoNbd(model) => model,
        }
    }
}

impl Purchases for PurchaseModel {
    fn p_alive(&self, cell: &Cell) -> f64 {
        self.purchases().p_alive(cell)
    }

    fn expected_of_new(&self, length: f64) -> f64 {
        self.purchases().expected_of_new(length)
    }

    fn rate_while_alive(&self, cell: &Cell) -> f64 {
        self.purchases().rate_while_alive(cell)
    }

    fn expected_while_alive(&self, cell: &Cell, length: f64) -> f64 {
        self.purchases().expected_while_alive(cell, length)
    }

    fn discounted_while_alive(&self, cell: &Cell, ahead: Ahead) -> f64 {
        self.purchases().discounted_while_alive(cell, ahead)
    }

    fn counts_while_alive(&self, cell: &Cell, length: f64) -> Counts {
        self.purchases().counts_while_alive(cell, length)
    }

    fn squared_while_alive(&self, cell: &Cell, length: f64) -> f64 {
        self.purchases().squared_while_alive(cell, length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uncertainty::of_group;

    fn cells() -> Vec<WeightedCell> {
        let cell = |x, recency, age, weight| WeightedCell { cell: Cell::new(x, recency, age).unwrap(), weight };
        vec![cell(0, 0.0, 30.0, 60), cell(1, 4.0, 31.0, 20), cell(2, 29.0, 38.0, 15), cell(7, 30.0, 33.0, 8)]
    }

    #[test]
    fn a_choice_is_fitted_as_the_model_itself_and_says_the_same() {
        let alone = MbgNbd::fit(&cells()).unwrap();
        let chosen = PurchaseKind::MbgNbd.fit(&cells()).unwrap();
        assert_eq!(chosen.model, PurchaseModel::MbgNbd(alone.model));
        assert_eq!(chosen.model.parameters(), alone.model.vector());
        let covariance = alone.covariance.unwrap();
        let (own, known) =
            (chosen.model.of_group(&covariance, &cells(), 26.0), of_group(&alone.model, &covariance, &cells(), 26.0));
        assert_eq!(own, known);
    }

    #[test]
    fn each_is_made_of_its_parameters() {
        let given = [0.5, 6.0, 0.9, 1.6];
        for kind in PurchaseKind::ALL {
            let model = kind.with(given).unwrap();
            assert_eq!((model.kind(), model.parameters()), (kind, given));
            assert_eq!(kind.with([-1.0, 6.0, 0.9, 1.6]).unwrap_err().parameter, kind.parameter_names()[0]);
        }
    }
}
