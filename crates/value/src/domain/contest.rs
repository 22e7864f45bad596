//! Which model to use: each is fitted as of days in the past, and what it says is held against what came.

use std::collections::BTreeMap;

use tenure_clv::{Fit, PurchaseKind, PurchaseModel, Summary};

use super::{
    backtest::{Backtest, Holdout, Lived, backtest, calibrate, squared_errors},
    model::NotIdentified,
};

/// The most days in the past that are gone back to.
pub(crate) const MOST_ORIGINS: usize = 3;
/// The shortest and the longest holdout, in weeks: shorter ones are noise, and half a year is what most campaigns plan for.
const HOLDOUT_WEEKS: (i32, i32) = (4, 26);
/// A holdout is this part of the history, so that what is learned from is longer.
const PART: i32 = 4;
/// What is learned from is at least so many holdouts long.
const CALIBRATION: i32 = 2;

/// A customer's purchases as of the end of a period and of each origin before it, the latest first; `None` before the first purchase.
pub(crate) type Histories = [Option<Summary>; MOST_ORIGINS + 1];

/// Which days in the past a period allows to go back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    end: i32,
    weeks: i32,
    origins: usize,
}

impl Plan {
    /// For a history from its first purchase to the end of the period, both days since 1970-01-01; `None` if it is too short for any.
    ///
    /// Holdouts are a quarter of it, 4 to 26 weeks, one after the other and the last one up to the end; up to three, as long as two
    /// holdouts' time is left to learn from.
    pub(crate) fn of(first: i32, end: i32) -> Option<Self> {
        let history = end.saturating_sub(first) / 7;
        let weeks = (history / PART).clamp(HOLDOUT_WEEKS.0, HOLDOUT_WEEKS.1);
        let origins = usize::try_from(history / weeks - CALIBRATION).ok()?.min(MOST_ORIGINS);
        (origins > 0).then_some(Self { end, weeks, origins })
    }

    /// The weeks that a history needs at least.
    const LEAST_WEEKS: i32 = HOLDOUT_WEEKS.0 * (CALIBRATION + 1);

    /// What a history that is too short lacks.
    pub(crate) fn lacking() -> String {
        format!("a history of {} weeks", Self::LEAST_WEEKS)
    }

    /// The end of the period and the origins, the latest first.
    pub(crate) fn days(&self) -> Vec<i32> {
        (0..=self.origins).map(|back| self.day(back)).collect()
    }

    fn day(&self, back: usize) -> i32 {
        self.end - self.weeks * 7 * i32::try_from(back).unwrap_or(0)
    }

    /// What came after an origin; the first is the latest.
    pub(crate) fn holdout(&self, round: usize) -> Holdout {
        Holdout { calibration_end: self.day(round + 1), weeks: self.weeks }
    }
}

/// Somebody who foretells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Contestant {
    /// Fitted anew as of each origin.
    pub(crate) kind: PurchaseKind,
    /// With the parameters that it has, where the period that they were learned from ended by then.
    pub(crate) kept: Option<(PurchaseModel, i32)>,
}

impl From<PurchaseKind> for Contestant {
    fn from(kind: PurchaseKind) -> Self {
        Self { kind, kept: None }
    }
}

/// The holdouts of a base. Takes a while: not for a thread that serves.
pub(crate) struct Rounds<'a> {
    base: &'a [Histories],
    plan: Plan,
    fits: BTreeMap<(usize, PurchaseKind), Result<Fit<PurchaseModel>, NotIdentified>>,
}

impl<'a> Rounds<'a> {
    pub(crate) fn new(base: &'a [Histories], plan: Plan) -> Self {
        Self { base, plan, fits: BTreeMap::new() }
    }

    /// The root mean squared error of each over all customers of all holdouts before which anybody could be fitted; `None` who could
    /// not before one of them.
    pub(crate) fn errors(&mut self, contestants: &[Contestant]) -> Vec<Option<f64>> {
        let mut sums: Vec<Option<(f64, f64)>> = vec![Some((0.0, 0.0)); contestants.len()];
        for round in 0..self.plan.origins {
            let (lived, holdout) = (self.lived(round), self.plan.holdout(round));
            let models: Vec<Option<PurchaseModel>> =
                contestants.iter().map(|one| self.model(&lived, round, one)).collect();
            if models.iter().all(Option::is_none) {
                continue;
            }
            for (sum, model) in sums.iter_mut().zip(models) {
                let errors = model.map(|model| squared_errors(&lived, &model, holdout));
                *sum = sum.zip(errors).map(|(sum, errors)| (sum.0 + errors.0, sum.1 + errors.1));
            }
        }
        sums.into_iter()
            .map(|sum| sum.filter(|(_, customers)| *customers > 0.0).map(|(sum, of)| (sum / of).sqrt()))
            .collect()
    }

    /// How a kind did in each holdout, the latest first; those before which it could not be fitted are left out.
    ///
    /// # Errors
    /// What it lacked, if there is none.
    pub(crate) fn backtests(&mut self, kind: PurchaseKind) -> Result<Vec<Backtest>, NotIdentified> {
        let (mut found, mut lacks) = (Vec::new(), None);
        for round in 0..self.plan.origins {
            let (lived, holdout) = (self.lived(round), self.plan.holdout(round));
            match self.fit(&lived, round, kind) {
                Ok(fit) => found.push(backtest(&lived, fit, holdout)),
                Err(lacking) => lacks = Some(*lacking),
            }
        }
        match lacks.filter(|_| found.is_empty()) {
            Some(lacks) => Err(lacks),
            None => Ok(found),
        }
    }

    fn lived(&self, round: usize) -> Vec<Lived> {
        let of = |one: &Histories| Some(Lived { before: one[round + 1]?, after: one[round]? });
        self.base.iter().filter_map(of).collect()
    }

    fn model(&mut self, lived: &[Lived], round: usize, contestant: &Contestant) -> Option<PurchaseModel> {
        match contestant.kept {
            // Longer ago than the holdout: what it says is foretold.
            Some((model, learned_until)) if learned_until <= self.plan.holdout(round).calibration_end => Some(model),
            _ => self.fit(lived, round, contestant.kind).as_ref().ok().map(|fit| fit.model),
        }
    }

    fn fit(&mut self, lived: &[Lived], round: usize, kind: PurchaseKind) -> &Result<Fit<PurchaseModel>, NotIdentified> {
        self.fits.entry((round, kind)).or_insert_with(|| calibrate(lived, kind))
    }
}

#[cfg(test)]
mod tests;
