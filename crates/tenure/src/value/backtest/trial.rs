//! One trial: learn up to a day, look at what came after.

use anyhow::{Context as _, bail};
use tenure_clv::{
    Forecast, Purchases,
    backtest::{Errors, Outcome, by_frequency, by_prediction, capture, naive},
};

use super::report::{Backtest, Baseline, FrequencyGroup, GroupReport, Money, Share};
use crate::value::{
    args::Unit,
    customers::{self, Customer},
    fit_file::FitFile,
    learning::Learning,
    log::{Log, date},
    model::{Fitted, ModelName},
};

/// The part of the customers whose share is looked at.
const TOP: f64 = 0.2;
/// Past repeats from which customers are one group.
const MANY: u32 = 7;
/// Groups by prediction.
const DECILES: usize = 10;
/// The bias should lie in an interval that holds with this probability.
const LEVEL: f64 = 0.95;

/// Where a log is cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trial {
    /// The last day to learn from.
    pub(crate) end: i32,
    /// In units of time.
    pub(crate) holdout: f64,
    pub(crate) days: i32,
    pub(crate) unit: Unit,
}

impl Trial {
    /// The same so many holdouts before.
    pub(super) fn earlier(&self, back: u32) -> Self {
        Self { end: self.end.saturating_sub(self.days.saturating_mul(back as i32)), ..*self }
    }
}

/// Fits a model to what came before, and compares it with what came after.
pub(crate) fn backtest(log: &Log, model: ModelName, trial: &Trial) -> anyhow::Result<Backtest> {
    let customers = log.customers(trial.end, trial.unit);
    if customers.is_empty() {
        bail!("nobody had bought by {}", date(trial.end));
    }
    let last = trial.end + trial.days;
    let known = log.last().context("the log has no purchases")?;
    if known <= trial.end {
        bail!("the log ends on {}, before the holdout begins", date(known));
    }
    let fit = Learning::of(&customers, model, trial.unit)
        .fit()
        .with_context(|| format!("on what came up to {}", date(trial.end)))?;
    let fitted = fit.fitted()?;
    let says = fitted.purchases().context("a backtest is of a model of purchases")?;
    let after = log.holdout(trial.end, last);
    let predicted: Vec<f64> =
        customers.iter().map(|one| Ok(says.expected(&one.cell()?, trial.holdout))).collect::<anyhow::Result<_>>()?;
    let outcomes = outcomes(&customers, &predicted, |number| f64::from(after[number].0));
    let together = together(&fit, &fitted, says, &customers, trial.holdout)?;
    let mut warnings = fit.diagnostics.warnings.clone();
    if known < last {
        warnings.push(format!("the log ends on {}, the holdout on {}: is all of it there?", date(known), date(last)));
    }
    let actual: f64 = outcomes.iter().map(|one| one.actual).sum();
    let interval = together.map(|forecast| forecast.interval(LEVEL));
    let errors = Errors::of(&outcomes);
    Ok(Backtest {
        model,
        unit: trial.unit,
        calibration_end: date(trial.end),
        holdout: trial.holdout,
        holdout_end: date(last),
        customers: customers.len(),
        predicted: predicted.iter().sum(),
        actual,
        mae: errors.mae,
        rmse: errors.rmse,
        bias: errors.bias,
        correlation: errors.correlation,
        predicted_interval: interval.map(|(low, high)| [low, high]),
        alarm: interval.is_some_and(|(low, high)| !(low..=high).contains(&actual)),
        top_share: share(&outcomes),
        baselines: baselines(&customers, &outcomes, trial.holdout),
        deciles: by_prediction(&outcomes, DECILES).into_iter().map(GroupReport::from).collect(),
        by_frequency: by_frequency(&outcomes, MANY)
            .into_iter()
            .map(|(x, group)| FrequencyGroup::of(x, MANY, group))
            .collect(),
        value: money(&fit, log, trial, &customers, &predicted, &after)?,
        log_likelihood: fit.log_likelihood,
        parameters: fit.parameters,
        warnings,
        earlier: Vec::new(),
    })
}

fn outcomes(customers: &[Customer], predicted: &[f64], actual: impl Fn(usize) -> f64) -> Vec<Outcome> {
    let numbered = customers.iter().zip(predicted).enumerate();
    numbered
        .map(|(number, (customer, predicted))| Outcome {
            predicted: *predicted,
            actual: actual(number),
            frequency: customer.frequency,
        })
        .collect()
}

/// All customers together; none where the covariance is not known.
fn together(
    fit: &FitFile,
    fitted: &Fitted,
    says: &dyn Purchases,
    customers: &[Customer],
    length: f64,
) -> anyhow::Result<Option<Forecast>> {
    let cells = customers::cells(customers)?;
    let sum =
        |of: &dyn Fn(&tenure_clv::Cell) -> f64| cells.iter().map(|one| one.weight as f64 * of(&one.cell)).sum::<f64>();
    let expected = |model: &dyn Purchases| sum(&|cell| model.expected(cell, length));
    let parameters = fit.covariance.as_deref().and_then(|covariance| fitted.by_parameters(covariance, &expected));
    let chance = sum(&|cell| says.variance(cell, length));
    Ok(parameters.map(|parameters| Forecast { mean: expected(says), chance, parameters }))
}

fn share(outcomes: &[Outcome]) -> Share {
    Share {
        part: TOP,
        captured: capture(outcomes, TOP, |one| one.predicted),
        oracle: capture(outcomes, TOP, |one| one.actual),
    }
}

/// Forecasts that need no model: everybody goes on at their own rate, or all at one.
fn baselines(customers: &[Customer], outcomes: &[Outcome], length: f64) -> Vec<Baseline> {
    let ages: Vec<f64> = customers.iter().map(|one| one.age).collect();
    let by = |name: &'static str, naive: &[Outcome]| {
        let errors = Errors::of(naive);
        Baseline { name, mae: errors.mae, rmse: errors.rmse, bias: errors.bias, captured: share(naive).captured }
    };
    let [own, mean] = naive(outcomes, &ages, length);
    vec![by("own rate", &own), by("mean rate", &mean)]
}

/// The same in money, if the log has amounts and they could be learned from.
fn money(
    fit: &FitFile,
    log: &Log,
    trial: &Trial,
    customers: &[Customer],
    predicted: &[f64],
    after: &[(u32, f64)],
) -> anyhow::Result<Option<Money>> {
    let Some(margin) = &fit.margin else { return Ok(None) };
    let Fitted::GammaGamma(spend) = margin.fitted()? else { return Ok(None) };
    let worth = |(one, purchases): (&Customer, &f64)| {
        Some(purchases * spend.expected_value(one.frequency, one.money.unwrap_or(0.0)).ok()?)
    };
    let Some(predicted) = customers.iter().zip(predicted).map(worth).collect::<Option<Vec<f64>>>() else {
        return Ok(None);
    };
    let outcomes = outcomes(customers, &predicted, |number| after[number].1);
    let paid = log.paid(trial.end);
    let past: Vec<Outcome> =
        outcomes.iter().zip(&paid).map(|(outcome, paid)| Outcome { predicted: *paid, ..*outcome }).collect();
    let errors = Errors::of(&outcomes);
    Ok(Some(Money {
        predicted: predicted.iter().sum(),
        actual: after.iter().map(|(_, amount)| amount).sum(),
        mae: errors.mae,
        rmse: errors.rmse,
        bias: errors.bias,
        top_share: share(&outcomes),
        captured_by_past_spend: share(&past).captured,
    }))
}
