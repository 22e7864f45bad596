//! Backtests on the wire.

use tenure_clv::PurchaseKind;
use tenure_kernel::{Reason, Refusal};
use tenure_proto::value::v1 as pb;
use tenure_server::Violations;

use super::field;
use crate::{
    app::{BacktestModel, Backtested, Judged},
    event,
};

/// The longest holdout, in weeks: ten years.
const MAX_HOLDOUT_WEEKS: i32 = 520;

pub(crate) fn backtest_model(request: pb::BacktestModelRequest) -> Result<BacktestModel, Refusal> {
    let mut wrong = Violations::new();
    let book = field::book(&mut wrong, &request.currency_code, &request.line_code);
    let end = wrong.required("calibration_end", request.calibration_end.as_ref());
    let calibration_end = end.and_then(|end| wrong.timestamp("calibration_end", Some(end)));
    if !(1..=MAX_HOLDOUT_WEEKS).contains(&request.holdout_weeks) {
        wrong.push("holdout_weeks", Reason::FieldOutOfRange, "must be 1 to 520");
    }
    let kind = kind(&mut wrong, request.kind);
    let (Some(book), Some(calibration_end), true) = (book, calibration_end, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    let (holdout_weeks, read_after) = (request.holdout_weeks, request.read_after);
    Ok(BacktestModel { book, calibration_end, holdout_weeks, kind, read_after })
}

/// `kind`; not set: BG/NBD.
fn kind(wrong: &mut Violations, kind: i32) -> Judged {
    let Ok(kind) = pb::PurchaseModelKind::try_from(kind) else {
        wrong.push("kind", Reason::FieldNotAllowed, field::NO_KIND);
        return Judged::Purchases(PurchaseKind::BgNbd);
    };
    let purchases = || Judged::Purchases(event::part::kind(kind).unwrap_or(PurchaseKind::BgNbd));
    event::contracts::kind(kind).map_or_else(purchases, Judged::Contracts)
}

pub(crate) fn backtest_model_response(backtest: &Backtested) -> pb::BacktestModelResponse {
    match backtest {
        Backtested::Purchases(one) => {
            pb::BacktestModelResponse { backtest: Some(event::backtest::message(one)), ..Default::default() }
        }
        Backtested::Contracts(one) => {
            pb::BacktestModelResponse { renewal_backtest: Some(event::contracts::backtest(one)), ..Default::default() }
        }
    }
}
