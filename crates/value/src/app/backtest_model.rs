//! Looks back: fits a model as of a day in the past, and compares what it says with what came.

use tenure_clv::{PurchaseKind, RetentionKind};
use tenure_kernel::{Reason, Refusal, Timestamp};
use tenure_server::Call;

use super::{App, aside::aside, fit_model::refusal};
use crate::{
    domain::{
        backtest::{Backtest, Holdout, Lived, backtest, calibrate},
        book::Book,
        contest::Histories,
        contract_rounds::RenewalBacktest,
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
    pub(crate) kind: Judged,
    pub(crate) read_after: String,
}

/// Which kind is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Judged {
    Purchases(PurchaseKind),
    Contracts(RetentionKind),
}

/// What came of it.
pub(crate) enum Backtested {
    Purchases(Box<Backtest>),
    Contracts(RenewalBacktest),
}

impl App {
    /// Backtests; keeps nothing.
    pub(crate) async fn backtest_model(&self, call: &Call, ask: BacktestModel) -> Result<Backtested, Refusal> {
        let tenant = call.tenant()?;
        let holdout = Holdout { calibration_end: ask.calibration_end.day(), weeks: ask.holdout_weeks };
        let last = holdout.calibration_end.saturating_add(ask.holdout_weeks * DAYS_A_WEEK);
        if last > self.clock.now().day() {
            return Err(Refusal::field(
                "calibration_end",
                Reason::FieldOutOfRange,
                "must be past by holdout_weeks: what is foretold is not over yet",
            ));
        }
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let base = Purchases { tenant, book: ask.book, through: last, audience: self.teachers() };
        match ask.kind {
            Judged::Purchases(kind) => {
                self.of_purchases(base, kind, holdout).await.map(Box::new).map(Backtested::Purchases)
            }
            Judged::Contracts(kind) => self.of_contracts(base, kind, holdout).await.map(Backtested::Contracts),
        }
    }

    async fn of_purchases(
        &self,
        base: Purchases<'_>,
        kind: PurchaseKind,
        holdout: Holdout,
    ) -> Result<Backtest, Refusal> {
        let turn = self.turn().await?;
        let base = self.histories(base, &[base.through, holdout.calibration_end]).await?;
        let lived = |one: &Histories| Some(Lived { before: one[1]?, after: one[0]? });
        let base: Vec<Lived> = base.iter().filter_map(lived).collect();
        // The turn goes along: a caller that gives up does not stop the work.
        aside(move || {
            let found = calibrate(&base, kind).map(|fit| backtest(&base, &fit, holdout));
            drop(turn);
            found.map_err(refusal)
        })
        .await
    }

    async fn of_contracts(
        &self,
        base: Purchases<'_>,
        kind: RetentionKind,
        holdout: Holdout,
    ) -> Result<RenewalBacktest, Refusal> {
        let turn = self.turn().await?;
        let tallies = self.tallies(base, vec![base.through, holdout.calibration_end]).await?;
        aside(move || {
            let found = tallies.backtest(kind, holdout);
            drop(turn);
            found.map_err(refusal)
        })
        .await
    }
}
