//! Backtests, to and from the wire.

use tenure_clv::backtest::Group;
use tenure_kernel::Timestamp;
use tenure_proto::value::v1 as pb;
use tenure_server::wire;

use crate::domain::backtest::{Backtest, Holdout, Judged};

/// A backtest as callers see it.
pub(crate) fn message(backtest: &Backtest) -> pb::Backtest {
    let interval = backtest.interval;
    pb::Backtest {
        customers: backtest.customers,
        model: Some(errors(&backtest.model)),
        past_rate: Some(errors(&backtest.past_rate)),
        mean_rate: Some(errors(&backtest.mean_rate)),
        oracle_capture: backtest.oracle,
        predicted_total: backtest.predicted,
        actual_total: backtest.actual,
        total_low: interval.map(|(low, _)| low),
        total_high: interval.map(|(_, high)| high),
        is_biased: backtest.is_biased(),
        by_prediction: backtest.by_prediction.iter().map(|one| group(one, None)).collect(),
        by_frequency: backtest.by_frequency.iter().map(|(repeats, one)| group(one, Some(*repeats))).collect(),
        calibration_end: Some(wire::to_wire(Timestamp::from_day(backtest.holdout.calibration_end))),
        holdout_weeks: backtest.holdout.weeks,
        value: backtest.money.map(|[value, _]| errors(&value)),
        past_spend: backtest.money.map(|[_, past]| errors(&past)),
    }
}

fn errors(judged: &Judged) -> pb::ForecastErrors {
    pb::ForecastErrors {
        mean_absolute_error: judged.mae,
        root_mean_squared_error: judged.rmse,
        bias: judged.bias,
        top_fifth_capture: judged.capture,
    }
}

fn group(group: &Group, frequency: Option<u32>) -> pb::ReliabilityGroup {
    pb::ReliabilityGroup {
        customers: i64::try_from(group.customers).unwrap_or(i64::MAX),
        predicted: group.predicted,
        actual: group.actual,
        frequency: frequency.and_then(|repeats| i32::try_from(repeats).ok()),
    }
}

/// A backtest that we wrote.
pub(super) fn read(message: pb::Backtest) -> Option<Backtest> {
    let groups = message.by_frequency.iter().map(|one| Some((u32::try_from(one.frequency?).ok()?, read_group(one)?)));
    let holdout =
        Holdout { calibration_end: wire::timestamp(&message.calibration_end?)?.day(), weeks: message.holdout_weeks };
    Some(Backtest {
        holdout,
        customers: message.customers,
        model: read_errors(message.model?),
        past_rate: read_errors(message.past_rate?),
        mean_rate: read_errors(message.mean_rate?),
        oracle: message.oracle_capture,
        predicted: message.predicted_total,
        actual: message.actual_total,
        interval: message.total_low.zip(message.total_high),
        by_prediction: message.by_prediction.iter().map(read_group).collect::<Option<_>>()?,
        by_frequency: groups.collect::<Option<_>>()?,
        money: message.value.zip(message.past_spend).map(|(value, past)| [read_errors(value), read_errors(past)]),
    })
}

fn read_errors(errors: pb::ForecastErrors) -> Judged {
    Judged {
        mae: errors.mean_absolute_error,
        rmse: errors.root_mean_squared_error,
        bias: errors.bias,
        capture: errors.top_fifth_capture,
    }
}

fn read_group(group: &pb::ReliabilityGroup) -> Option<Group> {
    let customers = usize::try_from(group.customers).ok()?;
    Some(Group { customers, predicted: group.predicted, actual: group.actual })
}
