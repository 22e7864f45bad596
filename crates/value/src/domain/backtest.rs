//! How well a model that had been fitted in the past would have foretold what came after.

use tenure_clv::{
    Cell, Fit, GammaGamma, PurchaseKind, PurchaseModel, Purchases as _, RepeatSpend, Summary,
    backtest::{Errors, Group, Outcome, by_frequency, by_prediction, capture, naive},
    cell,
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

/// When the past was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holdout {
    /// The last day to learn from, days since 1970-01-01.
    pub(crate) calibration_end: i32,
    /// What came after it, in weeks.
    pub(crate) weeks: i32,
}

impl Holdout {
    fn length(self) -> f64 {
        f64::from(self.weeks)
    }
}

/// A way to foretell, and how far it was off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Judged {
    pub(crate) mae: f64,
    pub(crate) rmse: f64,
    /// What was predicted too much of all that happened; `None` if nothing did.
    pub(crate) bias: Option<f64>,
    /// The part of all that happened that the fifth with the highest predictions had.
    pub(crate) capture: Option<f64>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Backtest {
    pub(crate) holdout: Holdout,
    pub(crate) customers: i64,
    pub(crate) model: Judged,
    /// Each customer's past rate goes on.
    pub(crate) past_rate: Judged,
    /// The base's mean rate holds for everybody.
    pub(crate) mean_rate: Judged,
    pub(crate) oracle: Option<f64>,
    pub(crate) predicted: f64,
    pub(crate) actual: i64,
    /// Of the total, by chance and by the parameters' uncertainty, if that is known.
    pub(crate) interval: Option<(f64, f64)>,
    pub(crate) by_prediction: Vec<Group>,
    pub(crate) by_frequency: Vec<(u32, Group)>,
    /// The model's errors in money, and those of past spend that goes on; if the spend could be learned.
    pub(crate) money: Option<[Judged; 2]>,
}

impl Backtest {
    /// Whether the total is where chance does not explain it.
    pub(crate) fn is_biased(&self) -> bool {
        let actual = self.actual as f64;
        self.interval.is_some_and(|(low, high)| actual < low || actual > high)
    }
}

/// Fits on what was known, whatever the order of the customers. Takes a while: not for a thread that serves.
///
/// # Errors
/// When what was known does not identify the model.
pub(crate) fn calibrate(base: &[Lived], kind: PurchaseKind) -> Result<Fit<PurchaseModel>, NotIdentified> {
    let cells = cell::compress(base.iter().map(|one| one.before));
    let repeaters = base.iter().filter(|one| one.before.frequency() > 0).count();
    fitted(kind.fit(&cells), Learned::WITHOUT_REPEATERS).map_err(|lacking| NotIdentified {
        part: Part::Purchases(kind),
        lacking,
        customers: count(base.len()),
        repeaters: count(repeaters),
    })
}

/// The sum of the squared errors of a model in a holdout, and over how many customers.
pub(crate) fn squared_errors(base: &[Lived], model: &PurchaseModel, holdout: Holdout) -> (f64, f64) {
    let outcomes = outcomes(base, model, holdout);
    let squared = outcomes.iter().map(|one| (one.predicted - one.actual).powi(2)).sum();
    (squared, outcomes.len() as f64)
}

/// Looks at what a model that was [`calibrate`]d says of the holdout.
pub(crate) fn backtest(base: &[Lived], fit: &Fit<PurchaseModel>, holdout: Holdout) -> Backtest {
    let outcomes = outcomes(base, &fit.model, holdout);
    let ages: Vec<f64> = base.iter().map(|one| one.before.age_weeks()).collect();
    let [own_rate, mean_rate] = naive(&outcomes, &ages, holdout.length());
    let cells = cell::compress(base.iter().map(|one| one.before));
    let total = fit.covariance.as_ref().map(|covariance| fit.model.of_group(covariance, &cells, holdout.length()));
    Backtest {
        holdout,
        customers: count(base.len()),
        model: judge(&outcomes),
        past_rate: judge(&own_rate),
        mean_rate: judge(&mean_rate),
        oracle: capture(&outcomes, TOP, |one| one.actual),
        predicted: outcomes.iter().map(|one| one.predicted).sum(),
        actual: base.iter().map(bought).sum(),
        interval: total.map(|total| total.interval(LEVEL)),
        by_prediction: by_prediction(&outcomes, GROUPS),
        by_frequency: by_frequency(&outcomes, MOST_REPEATS),
        money: money(base, &outcomes, holdout),
    }
}

/// The same in money. What is predicted is not discounted, as what came is not.
fn money(base: &[Lived], outcomes: &[Outcome], holdout: Holdout) -> Option<[Judged; 2]> {
    let spends: Vec<RepeatSpend> = base.iter().filter_map(|one| RepeatSpend::of(&one.before)).collect();
    let spend = fitted(GammaGamma::fit(&spends), "").ok()?.model;
    spend.population_mean()?;
    let worth = |(one, outcome): (&Lived, &Outcome)| {
        let brings = spend.expected_value(one.before.frequency(), one.before.mean_minor_per_repeat_day()).ok()?;
        let actual = one.after.total_minor().saturating_sub(one.before.total_minor()) as f64;
        Some(Outcome { predicted: outcome.predicted * brings, actual, frequency: outcome.frequency })
    };
    let said: Vec<Outcome> = base.iter().zip(outcomes).map(worth).collect::<Option<_>>()?;
    let (paid, lived) = base.iter().fold((0.0, 0.0), |(paid, lived), one| {
        (paid + one.before.total_minor() as f64, lived + one.before.age_weeks())
    });
    let mean_rate = if lived > 0.0 { paid / lived } else { 0.0 };
    let past = |(one, outcome): (&Lived, &Outcome)| {
        let age = one.before.age_weeks();
        let rate = if age > 0.0 { one.before.total_minor() as f64 / age } else { mean_rate };
        Outcome { predicted: rate * holdout.length(), ..*outcome }
    };
    let past: Vec<Outcome> = base.iter().zip(&said).map(past).collect();
    Some([judge(&said), judge(&past)])
}

fn outcomes(base: &[Lived], model: &PurchaseModel, holdout: Holdout) -> Vec<Outcome> {
    let outcome = |one: &Lived| Outcome {
        predicted: model.expected(&Cell::from(&one.before), holdout.length()),
        actual: bought(one) as f64,
        frequency: one.before.frequency(),
    };
    base.iter().map(outcome).collect()
}

/// Purchase days in the holdout.
fn bought(one: &Lived) -> i64 {
    i64::from(one.after.frequency()) - i64::from(one.before.frequency())
}

fn judge(outcomes: &[Outcome]) -> Judged {
    let errors = Errors::of(outcomes);
    Judged {
        mae: errors.mae,
        rmse: errors.rmse,
        bias: errors.bias,
        capture: capture(outcomes, TOP, |one| one.predicted),
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
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
        let holdout = Holdout { calibration_end: 280, weeks: 40 };
        let fit = calibrate(&base, PurchaseKind::BgNbd).unwrap();
        let found = backtest(&base, &fit, holdout);
        assert_eq!(found.customers, base.len() as i64);
        assert!(found.model.mae < found.past_rate.mae, "{found:?}");
        assert!(found.past_rate.mae < found.mean_rate.mae, "{found:?}");
        let (squared, customers) = squared_errors(&base, &fit.model, holdout);
        assert!(((squared / customers).sqrt() - found.model.rmse).abs() < 1e-12);
        let [value, past] = found.money.unwrap();
        assert!(value.mae < past.mae && value.capture > Some(0.2), "{value:?} {past:?}");
        assert!(found.model.capture <= found.oracle);
        assert_eq!(found.by_prediction.iter().map(|group| group.customers).sum::<usize>(), base.len());
        let (low, high) = found.interval.unwrap();
        assert!(low < found.predicted && found.predicted < high);
    }

    #[test]
    fn nobody_who_came_back_teaches_nothing() {
        let once: Vec<Lived> = base(0);
        for kind in PurchaseKind::ALL {
            let lacks = calibrate(&once, kind).unwrap_err();
            assert_eq!((lacks.part, lacks.repeaters), (Part::Purchases(kind), 0));
            assert_eq!(lacks.lacking, Learned::WITHOUT_REPEATERS);
        }
    }
}
