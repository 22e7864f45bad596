//! A contract's future: survival and what is lost to each cause, period by period.

use super::{HazardError, HazardModel};

/// Where a contract stands after a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Ahead {
    /// The probability that it goes on.
    pub survival: f64,
    /// The probability, by cause, that it has ended by it so far. With survival they add up to one.
    pub lost: Vec<f64>,
}

impl Ahead {
    /// The probability that it has ended by a cause that the company could do something about.
    pub fn avoidably_lost(&self, model: &HazardModel) -> f64 {
        model.causes().iter().zip(&self.lost).filter(|(cause, _)| cause.avoidable).map(|(_, lost)| lost).sum()
    }
}

/// Follows a contract along its covariates, one row for each period to come.
///
/// # Errors
/// When a row has another number of covariates than the model, or one that is not finite.
pub fn along<'a>(model: &HazardModel, periods: impl IntoIterator<Item = &'a [f64]>) -> Result<Vec<Ahead>, HazardError> {
    let mut now = Ahead { survival: 1.0, lost: vec![0.0; model.causes().len()] };
    let step = |covariates: &[f64]| {
        let hazards = model.hazards(covariates)?;
        now.lost.iter_mut().zip(&hazards).for_each(|(lost, hazard)| *lost += now.survival * hazard);
        now.survival *= 1.0 - hazards.iter().sum::<f64>();
        Ok(now.clone())
    };
    periods.into_iter().map(step).collect()
}
