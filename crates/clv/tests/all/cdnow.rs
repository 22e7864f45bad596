//! The CDNOW data: published fits, and the summary of the raw log against the known one.

use crate::datasets;
use std::collections::{BTreeMap, BTreeSet};
use tenure_clv::backtest::{Errors, Outcome, capture};
use tenure_clv::cell::compress;
use tenure_clv::tilt::Earlier;
use tenure_clv::{
    BgNbd, Cell, DiscountRate, GammaGamma, Horizon, ParetoNbd, Purchases as _, RepeatSpend, SpendTilt, Summary,
    ValueModel,
};

/// 1997-09-30, the end of the calibration period.
const CALIBRATION_END: &str = "1997-09-30";

fn close(actual: f64, expected: f64, tolerance: f64) {
    let error = (actual - expected).abs();
    assert!(error <= tolerance, "{actual} is not {expected} (off by {error:e})");
}

fn all_close(actual: [f64; 4], expected: [f64; 4], tolerance: f64) {
    actual.into_iter().zip(expected).for_each(|(actual, expected)| close(actual, expected, tolerance));
}

fn parameters(model: &BgNbd) -> [f64; 4] {
    [model.r(), model.alpha(), model.a(), model.b()]
}

/// The repeat spends from the frequency and one more column.
fn spends(lines: &[Vec<String>], column: usize) -> Vec<RepeatSpend> {
    let number = |text: &String| text.parse::<f64>().unwrap();
    lines.iter().filter_map(|line| RepeatSpend::new(number(&line[1]) as u32, number(&line[column]))).collect()
}

/// Days since 1970-01-01 of a date in 1997 or 1998.
fn day(date: &str) -> i32 {
    let part = |range: std::ops::Range<usize>| date[range].parse::<i32>().unwrap();
    let (year, month, day) = (part(0..4), part(5..7), part(8..10));
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    assert!(year == 1997 || year == 1998);
    9_862 + 365 * (year - 1997) + before[usize::try_from(month - 1).unwrap()] + day - 1
}

fn minor(amount: &str) -> i64 {
    let (major, cents) = amount.split_once('.').unwrap();
    assert_eq!(cents.len(), 2);
    major.parse::<i64>().unwrap() * 100 + cents.parse::<i64>().unwrap()
}

/// Day and minor units of the purchases of all customers of a raw log, by customer number; date and amount are the named columns.
fn purchases(log: &str, date: usize, amount: usize) -> Option<BTreeMap<u32, Vec<(i32, i64)>>> {
    let mut purchases: BTreeMap<u32, Vec<(i32, i64)>> = BTreeMap::new();
    for line in datasets::lines(log)? {
        let customer = line[0].parse().unwrap();
        purchases.entry(customer).or_default().push((day(&line[date]), minor(&line[amount])));
    }
    Some(purchases)
}

/// The summaries of all customers of a raw log.
pub(crate) fn summaries(log: &str, date: usize, amount: usize) -> Option<BTreeMap<u32, Summary>> {
    let end = day(CALIBRATION_END);
    let summary = |all| Summary::from_purchases(all, end).unwrap();
    Some(purchases(log, date, amount)?.into_iter().map(|(customer, all)| (customer, summary(all))).collect())
}

fn full() -> Option<BTreeMap<u32, Summary>> {
    summaries("cdnow_master.csv", 1, 3)
}

#[test]
fn the_sample_fit_is_the_published_one() {
    let Some(lines) = datasets::lines("cdnow_sample_rfm.csv") else { return };
    let cells = datasets::cells(&lines);
    assert_eq!(cells.len(), 2_357);
    let fit = BgNbd::fit(&cells).unwrap();
    assert!(fit.converged && fit.warnings.is_empty(), "{fit:?}");
    all_close(parameters(&fit.model), [0.243, 4.414, 0.793, 2.426], 5e-4);
    // The maximum found by Newton's method in 30-digit arithmetic.
    let exact = [0.242_592_907_2, 4.413_531_561_2, 0.792_886_148_1, 2.425_753_436_5];
    all_close(parameters(&fit.model), exact, 1e-8);
    close(fit.log_likelihood, -9_582.425_560_567_4, 1e-8);
    assert!(fit.gradient_norm < 1e-8 && fit.iterations < 30, "{fit:?}");
    let published = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    close(published.log_likelihood(&cells), -9_582.426_8, 5e-5);
}

/// Another implementation takes the times of the sample from its log, not rounded to hundredths of a week.
#[test]
fn the_log_of_the_sample_gives_what_another_implementation_has() {
    let Some(summaries) = summaries("cdnow_sample.csv", 2, 4) else { return };
    let cells = compress(summaries.into_values());
    let bg = BgNbd::fit(&cells).unwrap();
    close(bg.log_likelihood, -9_582.429, 1e-3);
    all_close(parameters(&bg.model), [0.242_594_5, 4.413_601_9, 0.792_919_9, 2.425_888_1], 3e-4);
    close(ParetoNbd::fit(&cells).unwrap().log_likelihood, -9_594.976, 1e-3);
}

#[test]
fn the_full_fit_is_the_known_one() {
    let Some(lines) = datasets::lines("cdnow_full_cal_holdout.csv") else { return };
    let fit = BgNbd::fit(&datasets::cells(&lines)).unwrap();
    assert!(fit.converged && fit.warnings.is_empty(), "{fit:?}");
    all_close(parameters(&fit.model), [0.251_624, 4.788_943, 0.723_434, 2.161_088], 2e-6);
    close(fit.log_likelihood, -95_368.444, 5e-4);
    assert!(fit.standard_errors.unwrap().iter().all(|error| *error > 0.0));
}

#[test]
fn summaries_of_the_log_equal_the_known_ones() {
    let (Some(summaries), Some(known)) = (full(), datasets::lines("cdnow_full_cal_holdout.csv")) else {
        return;
    };
    assert_eq!((summaries.len(), known.len()), (23_570, 23_570));
    for line in known {
        let number = |column: usize| line[column].parse::<f64>().unwrap();
        let summary = &summaries[&line[0].parse().unwrap()];
        assert_eq!(f64::from(summary.frequency()), number(1), "customer {}", line[0]);
        assert_eq!(summary.recency_weeks(), number(2), "customer {}", line[0]);
        assert_eq!(summary.age_weeks(), number(3), "customer {}", line[0]);
        let mean = summary.mean_minor_per_repeat_day() / 100.0;
        assert!((mean - number(4)).abs() <= 1e-9 * number(4), "customer {}", line[0]);
    }
}

#[test]
fn cells_of_the_log_give_the_known_fit() {
    let Some(summaries) = full() else { return };
    let cells = compress(summaries.into_values());
    assert_eq!(cells.len(), 8_685);
    assert_eq!(cells.iter().map(|cell| cell.weight).sum::<u64>(), 23_570);
    let fit = BgNbd::fit(&cells).unwrap();
    assert!(fit.converged && fit.warnings.is_empty(), "{fit:?}");
    all_close(parameters(&fit.model), [0.251_624, 4.788_943, 0.723_434, 2.161_088], 2e-6);
    close(fit.log_likelihood, -95_368.444, 5e-4);
}

#[test]
fn the_spend_fit_is_the_published_one() {
    let Some(lines) = datasets::lines("cdnow_sample_rfm_monetary.csv") else { return };
    let spends = spends(&lines, 4);
    assert_eq!(spends.len(), 946);
    let fit = GammaGamma::fit(&spends).unwrap();
    assert!(fit.converged && fit.warnings.is_empty(), "{fit:?}");
    close(fit.model.p(), 6.25, 5e-3);
    close(fit.model.q(), 3.74, 5e-3);
    close(fit.model.v(), 15.44, 1e-2);
    // The maximum found by Newton's method in 30-digit arithmetic.
    close(fit.model.p(), 6.248_802_489_7, 1e-7);
    close(fit.model.q(), 3.744_588_453_3, 1e-7);
    close(fit.model.v(), 15.447_748_009_5, 1e-6);
    close(fit.log_likelihood, -4_055.923_243_502_9, 1e-8);
}

#[test]
fn the_sample_log_has_the_known_counts() {
    let Some(summaries) = summaries("cdnow_sample.csv", 2, 4) else { return };
    let repeats: u32 = summaries.values().map(Summary::frequency).sum();
    let without = summaries.values().filter(|summary| summary.frequency() == 0).count();
    assert_eq!((summaries.len(), without, repeats), (2_357, 1_411, 2_457));
    assert_eq!(compress(summaries.into_values()).len(), 1_016);
}

/// Errors of the forecast for the next 39 weeks as two other implementations have them.
#[test]
fn the_holdout_forecast_is_the_known_one() {
    let (Some(summaries), Some(known)) = (full(), datasets::lines("cdnow_full_cal_holdout.csv")) else { return };
    let spends: Vec<RepeatSpend> = summaries.values().filter_map(RepeatSpend::of).collect();
    let model = ValueModel {
        purchases: BgNbd::fit(&compress(summaries.values().copied())).unwrap().model,
        spend: GammaGamma::fit(&spends).unwrap().model,
        horizon: Horizon::from_weeks(39.0).unwrap(),
        discount: DiscountRate::ZERO,
    };
    let (mut absolute, mut squared, mut predicted, mut actual, mut dollars) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for line in &known {
        let value = model.value(&summaries[&line[0].parse().unwrap()]).unwrap();
        let bought: f64 = line[5].parse().unwrap();
        let error = value.expected_purchases - bought;
        absolute += error.abs();
        squared += error * error;
        predicted += value.expected_purchases;
        actual += bought;
        dollars += value.expected_minor / 100.0;
    }
    let customers = known.len() as f64;
    close(absolute / customers, 0.818_7, 5e-5);
    close((squared / customers).sqrt(), 1.732_9, 5e-5);
    close(predicted / actual - 1.0, -0.143, 5e-4);
    close(dollars, 642_340.0, 1.0);
}

/// What the Pareto/NBD says of the days after `end` of those who had bought by then, and what came, by customer.
fn looked_at(purchases: &BTreeMap<u32, Vec<(i32, i64)>>, end: i32, days: i32) -> Vec<(u32, Earlier)> {
    let summary = |all: &Vec<(i32, i64)>| Summary::from_purchases(all.iter().copied(), end);
    let known: Vec<(u32, Summary)> =
        purchases.iter().filter_map(|(customer, all)| Some((*customer, summary(all)?))).collect();
    let model = ParetoNbd::fit(&compress(known.iter().map(|one| one.1))).unwrap().model;
    let one = |(customer, summary): &(u32, Summary)| {
        let after: BTreeSet<i32> =
            purchases[customer].iter().map(|one| one.0).filter(|day| *day > end && *day <= end + days).collect();
        let paid: i64 = purchases[customer].iter().filter(|one| one.0 <= end).map(|one| one.1).sum();
        let seen = Earlier {
            expected: model.expected(&Cell::from(summary), f64::from(days) / 7.0),
            came: after.len() as f64,
            spend: paid as f64 / f64::from(summary.frequency() + 1),
        };
        (*customer, seen)
    };
    known.iter().map(one).collect()
}

/// The best of the published forecasts of these 39 weeks has a mean error of 0.7938 and a root mean square of 1.7262 and captures 0.6321
/// with its best fifth. What the first 39 weeks tell of spend, by looking back within them, makes all three better.
#[test]
fn spend_makes_the_holdout_forecast_better_than_any_published() {
    let Some(purchases) = purchases("cdnow_master.csv", 1, 3) else { return };
    let (first, end) = (day("1997-01-01"), day(CALIBRATION_END));
    let whole = end - first + 1;
    let round = |days: i32| looked_at(&purchases, end - days, days).into_iter().map(|one| one.1).collect();
    let tilt = SpendTilt::learn(&[round(whole / 2), round(whole / 3)]).unwrap();
    close(tilt.power(), 0.167_7, 2e-3);
    let base = looked_at(&purchases, end, 39 * 7);
    let tilted = tilt.of_base(&base.iter().map(|(_, one)| (one.expected, one.spend)).collect::<Vec<_>>());
    let judged = |of: &dyn Fn(usize) -> f64, whom: &dyn Fn(u32) -> bool| {
        let outcome = |at: usize| Outcome { predicted: of(at), actual: base[at].1.came, frequency: 0 };
        let all: Vec<Outcome> = (0..base.len()).filter(|at| whom(base[*at].0)).map(outcome).collect();
        let errors = Errors::of(&all);
        [errors.mae, errors.rmse, capture(&all, 0.2, |one| one.predicted).unwrap()]
    };
    let (plain, better) = (|at: usize| base[at].1.expected, |at: usize| tilted[at]);
    for (judged, known) in [
        (judged(&plain, &|_| true), [0.793_8, 1.726_2, 0.632_1]),
        (judged(&better, &|_| true), [0.790_6, 1.718_7, 0.634_1]),
    ] {
        judged.into_iter().zip(known).for_each(|(judged, known)| close(judged, known, 2e-4));
    }
    // Those who are not in the sample of one in ten.
    let sample: BTreeSet<u32> =
        datasets::lines("cdnow_sample.csv").unwrap().iter().map(|line| line[0].parse().unwrap()).collect();
    let others = |customer: u32| !sample.contains(&customer);
    let (plain, better) = (judged(&plain, &others), judged(&better, &others));
    assert!(better[0] < plain[0] && better[1] < plain[1] && better[2] > plain[2], "{plain:?} {better:?}");
}
