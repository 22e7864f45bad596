//! Says what groups of customers are worth.

use std::sync::Arc;

use tenure_kernel::{Refusal, Timestamp};
use tenure_server::Call;

use super::App;
use crate::{
    domain::{
        book::Book,
        deal::Told,
        group::{Found, GroupBy, Groups},
        model::Model,
        score::Question,
        summary::PersonSummary,
    },
    store::{pages::BuyersTold, person::Purchases},
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
        let groups = Groups::new(ask.by, ask.question, model.clone(), pricing);
        // Each customer takes many evaluations of the model.
        let take = |groups: &mut Groups, (person, told): (PersonSummary, Vec<Told>)| groups.take(&person, &told);
        let groups = self.look_through(BuyersTold(purchases, ask.by.needs_deals()), groups, take).await?;
        Ok(GroupValue { found: groups.found(), model, rates_version })
    }
}
