//! Learns a model of contracts from a base.

use std::time::Instant;

use tenure_clv::RetentionKind;
use tenure_kernel::Refusal;

use super::{App, aside::aside, fit_model::refusal};
use crate::{
    domain::{
        any_model::AnyModel,
        contest::Plan,
        contract_model::ContractsLearned,
        contract_rounds::{RenewalBacktest, Tallies},
        ledger::Ledger,
        model::LookedBack,
        promotion::Subject,
    },
    store::{self, pages::Ledgers, person::Purchases},
};

/// What contracts taught, and what the past says of it.
pub(super) type Taught = (ContractsLearned, LookedBack<RetentionKind, RenewalBacktest>);

impl App {
    /// Learns from a base, and compares what it learned with the promoted model.
    pub(super) async fn learn_contracts(
        &self,
        base: Purchases<'_>,
        kind: Option<RetentionKind>,
    ) -> Result<Taught, Refusal> {
        let turn = self.turn().await?;
        let promoted = store::model::promoted(&self.store, base.tenant, (base.book, Subject::Contracts)).await?;
        let promoted = promoted.and_then(AnyModel::contracts);
        let (plan, tallies) = self.renewals(base).await?;
        let kinds = kind.map_or_else(|| RetentionKind::ALL.to_vec(), |kind| vec![kind]);
        let begun = Instant::now();
        // The turn goes along: a caller that gives up does not stop the work.
        let taught = aside(move || {
            let taught = tallies.choose(plan, &kinds, promoted.as_ref());
            drop(turn);
            Ok(taught)
        })
        .await?;
        self.metrics.fitted(begun.elapsed(), taught.is_ok());
        taught.map_err(refusal)
    }

    /// The renewals of a base, as of a day and before it.
    pub(super) async fn renewals(&self, base: Purchases<'_>) -> Result<(Option<Plan>, Tallies), Refusal> {
        let first = base.first_contract(&self.store).await?;
        let plan = first.and_then(|first| Plan::of(first, base.through));
        let days = plan.map_or_else(|| vec![base.through], |plan| plan.days());
        Ok((plan, self.tallies(base, days).await?))
    }

    /// The contracts of a base as of several days, the latest first.
    pub(super) async fn tallies(&self, base: Purchases<'_>, days: Vec<i32>) -> Result<Tallies, Refusal> {
        let take = |tallies: &mut Tallies, ledger: Ledger| {
            tallies.take(&ledger);
            Ok(())
        };
        self.look_through(Ledgers(base), Tallies::new(base.book, days), take).await
    }
}
