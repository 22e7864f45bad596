//! Says what groups of customers are worth.

use std::sync::Arc;

use tenure_kernel::{Reason, Refusal, Timestamp};
use tenure_server::Call;

use super::{App, score_customer::unvalued};
use crate::{
    domain::{
        book::Book,
        group::{Found, GroupBy, Groups},
        model::Model,
        score::Question,
    },
    store::person::Purchases,
};

/// Which groups.
#[derive(Debug, Clone)]
pub(crate) struct GetGroupValue {
    pub(crate) book: Book,
    pub(crate) by: GroupBy,
    /// The last day that counts; `None`: the model's period end or now, whichever is later.
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) question: Question,
    pub(crate) read_after: String,
}

/// What they are worth.
pub(crate) struct GroupValue {
    pub(crate) found: Found,
    pub(crate) model: Arc<Model>,
    pub(crate) rates_version: i32,
}

impl App {
    /// Values a base by groups in one pass, page by page; what it keeps grows with the groups and not with the base.
    pub(crate) async fn get_group_value(&self, call: &Call, ask: GetGroupValue) -> Result<GroupValue, Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let model = Arc::new(self.promoted_model(&self.store, tenant, ask.book).await?);
        let pricing = self.pricing(tenant, &model).await?;
        let rates_version = pricing.rates().version;
        let through = self.day_of_scores(ask.as_of, &model);
        let purchases = Purchases { tenant, book: ask.book, through };
        let mut groups = Groups::new(ask.by, ask.question, model.clone(), pricing);
        let mut after = None;
        loop {
            let (page, last) = purchases.window_with_deals(&self.store, after, ask.by.needs_deals()).await?;
            // Each customer takes many evaluations of the model: not for a thread that serves.
            let working = tokio::task::spawn_blocking(move || {
                page.iter().try_for_each(|(person, told)| groups.take(person, told)).map(|()| groups)
            });
            let worked = working.await.map_err(|_| Refusal::new(Reason::Internal, "the valuation panicked"))?;
            groups = worked.map_err(unvalued)?;
            if last.is_none() {
                return Ok(GroupValue { found: groups.found(), model, rates_version });
            }
            after = last;
        }
    }
}
