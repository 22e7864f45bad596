//! Says when what customers cost to win comes back.

use std::collections::BTreeMap;

use tenure_clv::{BaseValues, PurchaseModel, gamma_gamma::SpendError};
use tenure_kernel::{Refusal, Timestamp};
use tenure_server::Call;

use super::App;
use crate::{
    domain::{
        book::Book,
        cost::Pricing,
        group::GroupBy,
        ledger::Ledger,
        model::Model,
        payback::{Groups, Terms},
        score::Question,
    },
    store::{pages::Ledgers, person::Purchases},
};

/// Whose.
#[derive(Debug, Clone)]
pub(crate) struct GetAcquisitionPayback {
    pub(crate) book: Book,
    pub(crate) by: GroupBy,
    /// The last day that counts; `None`: the model's period end or now, whichever is later.
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) months: usize,
    pub(crate) question: Question,
    /// What winning a customer of a group costs, in minor units.
    pub(crate) costs: BTreeMap<String, i64>,
    pub(crate) read_after: String,
}

/// What became of them.
pub(crate) struct Payback {
    pub(crate) groups: Groups,
    pub(crate) model: Model,
    pub(crate) rates_version: i32,
}

/// What is kept of a base that is looked through.
struct Seen {
    values: BaseValues<PurchaseModel>,
    model: Model,
    pricing: Pricing,
    groups: Groups,
}

impl Seen {
    fn take(&mut self, ledger: Ledger) -> Result<(), SpendError> {
        let mut expected = 0.0;
        if let Some(person) = &ledger.summary {
            let value = self.values.value(&person.history)?;
            expected = self.pricing.net(&self.model, person, &value).value();
        }
        self.groups.take(&self.pricing, &ledger, expected);
        Ok(())
    }
}

impl App {
    /// Looks through a base by groups in one pass, page by page.
    pub(crate) async fn get_acquisition_payback(
        &self,
        call: &Call,
        ask: GetAcquisitionPayback,
    ) -> Result<Payback, Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let model = self.promoted_model(&self.store, tenant, ask.book).await?;
        let pricing = self.pricing(tenant, &model).await?;
        let through = self.day_of_scores(ask.as_of, &model);
        let purchases = Purchases { tenant, book: ask.book, through };
        let terms = Terms { book: ask.book, by: ask.by, through, months: ask.months, costs: ask.costs };
        let seen = Seen { values: ask.question.values(&model), model, pricing, groups: Groups::new(terms) };
        let Seen { groups, model, pricing, .. } = self.look_through(Ledgers(purchases), seen, Seen::take).await?;
        Ok(Payback { groups, rates_version: pricing.rates().version, model })
    }
}
