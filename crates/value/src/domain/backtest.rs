//! How well a model that had been fitted in the past would have foretold what came after.

use tenure_clv::{
    BgNbd, Cell, Purchases as _, Summary,
    backtest::{Errors, Group, Outcome, by_frequency, by_prediction, capture, naive},
    cell, uncertainty,
};

use super::model::{Learned, NotIdentified, Part, fitted};

/// Of the customers with the highest predictions this part is looked at.
const TOP: f64 = 0.2;
/// Groups by prediction.
const GROUPS: usize = 10;
/// Repeats from which on customers are one group.
const MOST_REPEATS: u32 = 7;
/// How likely the total is to lie in its interval.
const LEVEL: f64 = 0.95;

/// A customer: as the calibration ended, and as the holdout did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lived {
    pub(crate) before: Summary,
    pub(crate) after: Summary,
}

/// A way to foretell, and how far it was off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Judged {
    pub(crate) errors: Errors,
    /// The part of all purchase days that the fifth with the highest predictions had.
    pub(crate) capture: Option<f64>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Backtest {
    pub(crate) customers: usize,
    pub(crate) model: Judged,
    /// Each customer's past rate goes on.
    pub(crate) past_rate: Judged,
    /// The base's mean rate holds for everybody.
    pub(crate) mean_rate: Judged,
    pub(crate) oracle: Option<f64>,
    pub(crate) predicted: f64,
    pub(crate) actual: i64,
    /// Of the total, by chance and by the parameters' uncertainty.
    pub(crate) interval: (f64, f64),
    pub(crate) by_prediction: Vec<Group>,
    pub(crate) by_frequency: Vec<(u32, Group)>,
}

impl Backtest {
    /// Whether the total is where chance does not explain it.
    pub(crate) fn is_biased(&self) -> bool {
        let actual = self.actual as f64;
        actual < self.interval.0 || actual > self.interval.1
    }
}

/// Fits on what was known and looks `weeks` ahead, whatever the order of the customers. Takes a while: not for a thread that serves.
///
/// # Errors
/// When what was known does not identify the model.
pub(crate) fn backtest(base: &[Lived], weeks: f64) -> Result<Backtest, NotIdentified> {
    let cells = cell::compress(base.iter().map(|one| one.before));
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let repeaters = base.iter().filter(|one| one.before.frequency() > 0).count();
    let lacks = |lacking| NotIdentified {
        part: Part::Purchases,
        lacking,
        customers: count(base.len()),
        repeaters: count(repeaters),
    };
    let fit = fitted(BgNbd::fit(&cells), Learned::WITHOUT_REPEATERS).map_err(lacks)?;
    let outcomes: Vec<Outcome> =
        base.iter().map(|one| outcome(one, fit.model.expected(&Cell::from(&one.before), weeks))).collect();
    let ages: Vec<f64> = base.iter().map(|one| one.before.age_weeks()).collect();
    let [own_rate, mean_rate] = naive(&outcomes, &ages, weeks);
    let covariance = fit.covariance.as_ref().ok_or_else(|| lacks("a likelihood that curves at its maximum"))?;
    let total = uncertainty::of_group(&fit.model, covariance, &cells, weeks);
    Ok(Backtest {
        customers: base.len(),
        model: judge(&outcomes),
        past_rate: judge(&own_rate),
        mean_rate: judge(&mean_rate),
        oracle: capture(&outcomes, TOP, |one| one.actual),
        predicted: total.mean,
        actual: base.iter().map(bought).sum(),
        interval: total.interval(LEVEL),
        by_prediction: by_prediction(&outcomes, GROUPS),
        by_frequency: by_frequency(&outcomes, MOST_REPEATS),
    })
}

fn outcome(one: &Lived, predicted: f64) -> Outcome {
    Outcome { predicted, actual: bought(one) as f64, frequency: one.before.frequency() }
}

/// Purchase days in the holdout.
fn bought(one: &Lived) -> i64 {
    i64::from(one.after.frequency()) - i64::from(one.before.frequency())
}

fn judge(outcomes: &[Outcome]) -> Judged {
    Judged { errors: Errors::of(outcomes), capture: capture(outcomes, TOP, |one| one.predicted) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Customers who buy at paces of their own, some of whom stop; `most` repeats.
    fn base(most: usize) -> Vec<Lived> {
        let mut dice = 7_u64;
        let mut below = |bound: i32| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((dice >> 33) % bound.unsigned_abs() as u64) as i32
        };
        let mut customer = || {
            let (pace, last) = (5 + below(60), 40 + below(900));
            let (mut day, mut days) = (below(60), Vec::new());
            while day <= last.min(560) && days.len() <= most {
                days.push((day, 100));
                day += 1 + below(2 * pace);
            }
            let summary = |end| Summary::from_purchases(days.iter().copied().filter(|(day, _)| *day <= end), end);
            Some(Lived { before: summary(280)?, after: summary(560)? })
        };
        (0..400).filter_map(|_| customer()).collect()
    }

    #[test]
    fn a_model_foretells_better_than_the_past_rate() {
        let base = base(99);
        let found = backtest(&base, 40.0).unwrap();
        assert_eq!(found.customers, base.len());
        assert!(found.model.errors.mae < found.past_rate.errors.mae, "{found:?}");
        assert!(found.past_rate.errors.mae < found.mean_rate.errors.mae, "{found:?}");
        assert!(found.model.capture <= found.oracle);
        assert_eq!(found.by_prediction.iter().map(|group| group.customers).sum::<usize>(), base.len());
        assert!(found.interval.0 < found.predicted && found.predicted < found.interval.1);
    }

    #[test]
    fn nobody_who_came_back_teaches_nothing() {
        let once: Vec<Lived> = base(0);
        let lacks = backtest(&once, 40.0).unwrap_err();
        assert_eq!((lacks.part, lacks.lacking, lacks.repeaters), (Part::Purchases, Learned::WITHOUT_REPEATERS, 0));
    }
}
