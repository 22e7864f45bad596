//! What is counted.

use std::time::Duration;

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Gauge, Histogram},
};

use crate::domain::{
    any_model::AnyModel,
    backtest::Backtest,
    book::Book,
    promotion::{Cause, Promotion},
};

/// Seconds: a fit takes moments on a small base and tens of seconds on millions.
const BOUNDARIES: [f64; 10] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];

/// The instruments of value. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    fit_duration: Histogram<f64>,
    facts: Counter<u64>,
    backtest_bias: Gauge<f64>,
    backtest_error: Gauge<f64>,
    backtest_capture: Gauge<f64>,
    backtest_alarms: Counter<u64>,
    promotions: Counter<u64>,
    refits: Counter<u64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let meter = opentelemetry::global::meter("tenure.value");
        let fit_duration = meter
            .f64_histogram("tenure.value.fit.duration")
            .with_unit("s")
            .with_description("How long fits took, by whether the base identified the model.")
            .with_boundaries(BOUNDARIES.to_vec())
            .build();
        let facts = meter
            .u64_counter("tenure.value.facts")
            .with_unit("{fact}")
            .with_description("Facts that got a new winner: purchases, their corrections and retractions.")
            .build();
        let gauge = |name: &'static str, description: &'static str| {
            meter.f64_gauge(name).with_unit("1").with_description(description).build()
        };
        let backtest_bias = gauge(
            "tenure.value.backtest.bias",
            "What the newest backtest of a model that was fitted foretold too much of all that came, as a part of it.",
        );
        let backtest_error = gauge(
            "tenure.value.backtest.error",
            "The root mean squared error of that backtest, in purchase days a customer or, of contracts, in the probability to renew, and of what needs no model.",
        );
        let backtest_capture = gauge(
            "tenure.value.backtest.capture",
            "What the fifth with the highest predictions had of all that came, and the most there was to capture.",
        );
        let backtest_alarms = meter
            .u64_counter("tenure.value.backtest.alarms")
            .with_unit("{backtest}")
            .with_description("Backtests of fitted models whose bias is beyond what chance explains.")
            .build();
        let refits = meter
            .u64_counter("tenure.value.refits")
            .with_unit("{fit}")
            .with_description("Fits on schedule, by what came of them.")
            .build();
        let promotions = meter
            .u64_counter("tenure.value.promotions")
            .with_unit("{promotion}")
            .with_description("Models that score since, by why they were promoted.")
            .build();
        Self {
            fit_duration,
            facts,
            backtest_bias,
            backtest_error,
            backtest_capture,
            backtest_alarms,
            promotions,
            refits,
        }
    }

    /// A fit ended.
    pub(crate) fn fitted(&self, took: Duration, identified: bool) {
        self.fit_duration.record(took.as_secs_f64(), &[KeyValue::new("tenure.identified", identified)]);
    }

    /// A model was kept.
    pub(crate) fn looked_back(&self, model: &AnyModel) {
        match model {
            AnyModel::Purchases(model) => {
                let of = attributes(&model.book, model.learned.purchases.model.kind().name());
                let backtests = &model.looked_back.backtests;
                self.alarms(backtests.iter().filter(|one| one.is_biased()).count(), &of);
                let Some(newest) = backtests.first() else { return };
                self.bias(newest.model.bias, &of);
                self.errors(&ways(newest), &of);
                for (by, part) in [("model", newest.model.capture), ("oracle", newest.oracle)] {
                    part.iter().for_each(|part| self.backtest_capture.record(*part, &by_forecast(&of, by)));
                }
            }
            AnyModel::Contracts(model) => {
                let of = attributes(&model.book, model.learned.fits.kind.name());
                let backtests = &model.looked_back.backtests;
                self.alarms(backtests.iter().filter(|one| one.is_biased()).count(), &of);
                let Some(newest) = backtests.first() else { return };
                let renewed = newest.renewed as f64;
                self.bias((renewed > 0.0).then(|| newest.predicted / renewed - 1.0), &of);
                let errors = [("model", newest.error), ("mean_rate", newest.base_error)];
                self.errors(&errors.map(|(by, error)| (by, error.unwrap_or(f64::NAN))), &of);
            }
        }
    }

    /// Also of none, so that the series is there before the first.
    fn alarms(&self, alarms: usize, of: &[KeyValue]) {
        self.backtest_alarms.add(alarms as u64, of);
    }

    fn bias(&self, bias: Option<f64>, of: &[KeyValue]) {
        bias.iter().for_each(|bias| self.backtest_bias.record(*bias, of));
    }

    /// Those that are known.
    fn errors(&self, errors: &[(&'static str, f64)], of: &[KeyValue]) {
        for (by, error) in errors.iter().filter(|(_, error)| error.is_finite()) {
            self.backtest_error.record(*error, &by_forecast(of, by));
        }
    }

    /// A fit on schedule ended.
    pub(crate) fn refitted(&self, outcome: &'static str) {
        self.refits.add(1, &[KeyValue::new("tenure.outcome", outcome)]);
    }

    /// A model was promoted.
    pub(crate) fn promoted(&self, promotion: &Promotion) {
        let cause = match promotion.cause {
            Cause::First => "first",
            Cause::NoWorse => "no_worse",
            Cause::Forced(_) => "forced",
        };
        self.promotions.add(1, &[KeyValue::new("tenure.cause", cause)]);
    }

    /// A batch was committed.
    pub(crate) fn applied(&self, facts: u64) {
        self.facts.add(facts, &[]);
    }
}

/// Of which models.
fn attributes(book: &Book, kind: &'static str) -> Vec<KeyValue> {
    vec![
        KeyValue::new("tenure.currency", book.currency.code().to_owned()),
        KeyValue::new("tenure.product_line", book.line.code().to_owned()),
        KeyValue::new("tenure.model.kind", kind),
    ]
}

fn by_forecast(of: &[KeyValue], by: &'static str) -> Vec<KeyValue> {
    of.iter().cloned().chain([KeyValue::new("tenure.forecast", by)]).collect()
}

/// The ways to foretell, and how far each was off.
fn ways(backtest: &Backtest) -> [(&'static str, f64); 3] {
    let Backtest { model, past_rate, mean_rate, .. } = backtest;
    [("model", model.rmse), ("past_rate", past_rate.rmse), ("mean_rate", mean_rate.rmse)]
}
