//! Says when what customers cost to win comes back.

use std::{collections::BTreeMap, sync::Arc};

use tenure_kernel::{Refusal, Timestamp};
use tenure_server::Call;

use super::{App, score_customer::unvalued};
use crate::{
    domain::{
        book::Book,
        group::GroupBy,
        model::Model,
        payback::{Groups, Terms},
        score::Question,
    },
    store::person::Purchases,
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
    pub(crate) model: Arc<Model>,
    pub(crate) rates_version: i32,
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
        let model = Arc::new(self.promoted_model(&self.store, tenant, ask.book).await?);
        let pricing = self.pricing(tenant, &model).await?;
        let through = self.day_of_scores(ask.as_of, &model);
        let purchases = Purchases { tenant, book: ask.book, through };
        let Self { store, .. } = self;
        let terms = Terms { book: ask.book, by: ask.by, through, months: ask.months, costs: ask.costs };
        let (mut groups, mut after) = (Groups::new(terms), None);
        let mut values = ask.question.values(&model);
        loop {
            let (page, last) = purchases.ledgers(store, after).await?;
            for ledger in &page {
                let mut expected = 0.0;
                if let Some(person) = &ledger.summary {
                    let value = values.value(&person.history).map_err(unvalued)?;
                    expected = pricing.net(&model, person, &value).value();
                }
                groups.take(&pricing, ledger, expected);
            }
            if last.is_none() {
                return Ok(Payback { groups, rates_version: pricing.rates().version, model });
            }
            after = last;
        }
    }
}
