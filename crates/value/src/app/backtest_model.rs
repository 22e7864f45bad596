//! Looks back: fits a model as of a day in the past, and compares what it says with what came.

use tenure_clv::Summary;
use tenure_kernel::{PersonId, Reason, Refusal, Timestamp};
use tenure_server::Call;

use super::{App, fit_model::refusal};
use crate::{
    domain::{
        backtest::{Backtest, Lived, backtest},
        currency::Currency,
    },
    store::person::Purchases,
};

const DAYS_A_WEEK: i32 = 7;

/// Where to look back from.
#[derive(Debug, Clone)]
pub(crate) struct BacktestModel {
    pub(crate) currency: Currency,
    /// The last day of purchases that the model learns from.
    pub(crate) calibration_end: Timestamp,
    pub(crate) holdout_weeks: i32,
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
        let closed = |_| Refusal::new(Reason::Internal, "no turn to fit");
        // Before the base is read: those that wait for their turn hold none in memory.
        let turn = self.fits.clone().acquire_owned().await.map_err(closed)?;
        let mut before: Vec<(PersonId, Summary)> = Vec::new();
        let purchases = |through| Purchases { tenant, currency: ask.currency, through };
        self.scan(purchases(end), |person| {
            before.push((person.person, person.history));
            Ok(())
        })
        .await?;
        let (mut base, mut known) = (Vec::with_capacity(before.len()), before.into_iter().peekable());
        // Both come by person id. Who was merged away meanwhile is left out.
        self.scan(purchases(last), |person| {
            while known.next_if(|(id, _)| *id < person.person).is_some() {}
            if let Some((_, before)) = known.next_if(|(id, _)| *id == person.person) {
                base.push(Lived { before, after: person.history });
            }
            Ok(())
        })
        .await?;
        let weeks = f64::from(ask.holdout_weeks);
        // The turn goes along: a caller that gives up does not stop the work.
        let looking = tokio::task::spawn_blocking(move || {
            let found = backtest(&base, weeks);
            drop(turn);
            found
        });
        let found = looking.await.map_err(|_| Refusal::new(Reason::Internal, "the backtest panicked"))?;
        found.map_err(refusal)
    }
}
