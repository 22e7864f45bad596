//! Backtests on the wire.

use tenure_clv::backtest::Group;
use tenure_kernel::{Reason, Refusal};
use tenure_proto::value::v1 as pb;
use tenure_server::Violations;

use super::field;
use crate::{
    app::BacktestModel,
    domain::backtest::{Backtest, Judged},
};

/// The longest holdout, in weeks: ten years.
const MAX_HOLDOUT_WEEKS: i32 = 520;

pub(crate) fn backtest_model(request: pb::BacktestModelRequest) -> Result<BacktestModel, Refusal> {
    let mut wrong = Violations::new();
    let currency = field::currency(&mut wrong, &request.currency_code);
    let end = wrong.required("calibration_end", request.calibration_end.as_ref());
    let calibration_end = end.and_then(|end| wrong.timestamp("calibration_end", Some(end)));
    if !(1..=MAX_HOLDOUT_WEEKS).contains(&request.holdout_weeks) {
        wrong.push("holdout_weeks", Reason::FieldOutOfRange, "must be 1 to 520");
    }
    let (Some(currency), Some(calibration_end), true) = (currency, calibration_end, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    let (holdout_weeks, read_after) = (request.holdout_weeks, request.read_after);
    Ok(BacktestModel { currency, calibration_end, holdout_weeks, read_after })
}

pub(crate) fn message(backtest: &Backtest) -> pb::Backtest {
    pb::Backtest {
        customers: count(backtest.customers),
        model: Some(errors(&backtest.model)),
        past_rate: Some(errors(&backtest.past_rate)),
        mean_rate: Some(errors(&backtest.mean_rate)),
        oracle_capture: backtest.oracle,
        predicted_total: backtest.predicted,
        actual_total: backtest.actual,
        total_low: backtest.interval.0,
        total_high: backtest.interval.1,
        is_biased: backtest.is_biased(),
        by_prediction: backtest.by_prediction.iter().map(|one| group(one, None)).collect(),
        by_frequency: backtest.by_frequency.iter().map(|(repeats, one)| group(one, Some(*repeats))).collect(),
    }
}

fn errors(judged: &Judged) -> pb::ForecastErrors {
    pb::ForecastErrors {
        mean_absolute_error: judged.errors.mae,
        root_mean_squared_error: judged.errors.rmse,
        bias: judged.errors.bias,
        top_fifth_capture: judged.capture,
    }
}

fn group(group: &Group, frequency: Option<u32>) -> pb::ReliabilityGroup {
    pb::ReliabilityGroup {
        customers: count(group.customers),
        predicted: group.predicted,
        actual: group.actual,
        frequency: frequency.and_then(|repeats| i32::try_from(repeats).ok()),
    }
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}
