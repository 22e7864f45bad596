//! Looks back: fits a model as of a day in the past, and compares what it says with what came.

use tenure_clv::PurchaseKind;
use tenure_kernel::{Reason, Refusal, Timestamp};
use tenure_server::Call;

use super::{App, aside::aside, fit_model::refusal};
use crate::{
    domain::{
        backtest::{Backtest, Holdout, Lived, backtest, calibrate},
        book::Book,
        contest::Histories,
    },
    store::person::Purchases,
};

const DAYS_A_WEEK: i32 = 7;

/// Where to look back from.
#[derive(Debug, Clone)]
pub(crate) struct BacktestModel {
    pub(crate) book: Book,
    /// The last day of purchases that the model learns from.
    pub(crate) calibration_end: Timestamp,
    pub(crate) holdout_weeks: i32,
    pub(crate) kind: PurchaseKind,
    pub(crate) read_after: String,
}

impl App {
    /// Backtests; keeps nothing.
    pub(crate) async fn backtest_model(&self, call: &Call, ask: BacktestModel) -> Result<Backtest, Refusal> {
        let tenant = call.tenant()?;
        let end = ask.calibration_end.day();
        let last = end.saturating_add(ask.holdout_weeks * DAYS_A_WEEK);
        if last > self.clock.now().day() {
            return Err(Refusal::field(
                "calibration_end",
                Reason::FieldOutOfRange,
                "must be past by holdout_weeks: what is foretold is not over yet",
            ));
        }
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let turn = self.turn().await?;
        let purchases = Purchases { tenant, book: ask.book, through: last };
        let base = self.histories(purchases, &[last, end]).await?;
        let lived = |one: &Histories| Some(Lived { before: one[1]?, after: one[0]? });
        let base: Vec<Lived> = base.iter().filter_map(lived).collect();
        let (kind, holdout) = (ask.kind, Holdout { calibration_end: end, weeks: ask.holdout_weeks });
        // The turn goes along: a caller that gives up does not stop the work.
        aside(move || {
            let found = calibrate(&base, kind).map(|fit| backtest(&base, &fit, holdout));
            drop(turn);
            found.map_err(refusal)
        })
        .await
    }
}
