//! Use cases, one a file.

mod aside;
mod backtest_model;
mod batch_score_customers;
mod export_records;
mod fit_contracts;
mod fit_model;
mod fixed;
mod get_acquisition_payback;
mod get_base_value;
mod get_group_value;
mod list_cost_rates;
mod list_models;
mod list_negative_value_customers;
mod list_promotions;
mod list_purchase_summaries;
mod list_rfm_segments;
mod profiles;
mod promote_model;
mod refit;
mod register_cost_rates;
mod score_customer;
mod stream_scores;
mod what_if;

use std::sync::Arc;

use tenure_journal::{Journal, ReadAfter};
use tenure_kernel::{Clock, IdSource, ModelId, PersonId, Reason, Refusal, Tenant, Timestamp};
use tenure_server::{Call, PageTokens};
use tenure_store::{Query, Store};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    domain::{
        any_model::AnyModel,
        book::{Book, Line},
        contest::Histories,
        model::Model,
        needs,
        promotion::Subject,
        standing::Audience,
        worth::Scorers,
    },
    metrics::Metrics,
    store::{self, person::Purchases},
};

pub(crate) use backtest_model::{BacktestModel, Backtested, Judged};
pub(crate) use batch_score_customers::{BatchScoreCustomers, Scored};
pub(crate) use export_records::Held;
pub(crate) use fit_model::{FitModel, Kept, What};
pub(crate) use get_acquisition_payback::{GetAcquisitionPayback, Payback};
pub(crate) use get_base_value::{BaseValue, GetBaseValue};
pub(crate) use get_group_value::{GetGroupValue, GroupValue};
pub(crate) use list_cost_rates::ListCostRates;
pub(crate) use list_models::ListModels;
pub(crate) use list_negative_value_customers::ListNegativeValueCustomers;
pub(crate) use list_promotions::ListPromotions;
pub(crate) use list_purchase_summaries::ListPurchaseSummaries;
pub(crate) use list_rfm_segments::ListRfmSegments;
pub(crate) use profiles::Profiles;
pub(crate) use promote_model::PromoteModel;
pub(crate) use refit::Refits;
pub(crate) use register_cost_rates::RegisterCostRates;
pub(crate) use score_customer::{ScoreCustomer, Who};
pub(crate) use stream_scores::{Chunk, StreamScores};
pub(crate) use what_if::WhatIf;

/// What the use cases work with.
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) journal: Journal,
    pub(crate) read_after: ReadAfter,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) tokens: PageTokens,
    /// A turn for each fit that may run at once.
    pub(crate) fits: Arc<Semaphore>,
    pub(crate) refits: Arc<Refits>,
    pub(crate) profiles: Profiles,
    pub(crate) metrics: Metrics,
}

/// A page of a list.
pub(crate) struct Paged<T> {
    pub(crate) items: Vec<T>,
    /// Empty on the last page.
    pub(crate) next_page_token: String,
}

impl App {
    /// Every person's purchases as of several days, the latest first, in the order of their ids; a merge that comes in
    /// between two pages may be seen in part.
    async fn histories(&self, purchases: Purchases<'_>, as_of: &[i32]) -> Result<Vec<Histories>, Refusal> {
        let (mut base, mut after): (Vec<Histories>, Option<PersonId>) = (Vec::new(), None);
        loop {
            let (some, last) = purchases.window_as_of(&self.store, after, as_of).await?;
            base.extend(some.into_iter().filter(|one: &Histories| one[0].is_some()));
            if last.is_none() {
                return Ok(base);
            }
            after = last;
        }
    }

    /// The same, with what the base needed.
    async fn histories_and_needs(
        &self,
        purchases: Purchases<'_>,
        as_of: &[i32],
        needs: &mut needs::Tally,
    ) -> Result<Vec<Histories>, Refusal> {
        let (mut base, mut after): (Vec<Histories>, Option<PersonId>) = (Vec::new(), None);
        loop {
            let (some, last) = purchases.window_with_past(&self.store, after, as_of).await?;
            for (person, histories) in some {
                needs.take(&person);
                base.push(histories);
            }
            if last.is_none() {
                return Ok(base);
            }
            after = last;
        }
    }

    /// A turn to fit or judge; before a base is read, so that those that wait hold none in memory.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let closed = |_| Refusal::new(Reason::Internal, "no turn to fit");
        self.fits.clone().acquire_owned().await.map_err(closed)
    }

    /// The model that scores a book.
    async fn promoted_model(&self, query: &impl Query, tenant: &Tenant, book: Book) -> Result<Model, Refusal> {
        let model =
            store::model::promoted(query, tenant, (book, Subject::Purchases)).await?.and_then(AnyModel::purchases);
        model.ok_or_else(|| missing(book))
    }

    /// The models that score a book, one at least, each with the newest rates.
    async fn scorers(&self, tenant: &Tenant, book: Book) -> Result<Scorers, Refusal> {
        let of = |subject| store::model::promoted(&self.store, tenant, (book, subject));
        let purchases = of(Subject::Purchases).await?.and_then(AnyModel::purchases);
        let contracts = of(Subject::Contracts).await?.and_then(AnyModel::contracts);
        if purchases.is_none() && contracts.is_none() {
            return Err(missing(book));
        }
        let rates = self.newest_rates(tenant, book.currency).await?;
        Ok(Scorers::new(purchases, contracts, rates))
    }

    /// A model that a token names, if it names one.
    async fn model(&self, tenant: &Tenant, id: Option<ModelId>) -> Result<Option<AnyModel>, Refusal> {
        let Some(id) = id else { return Ok(None) };
        let model = store::model::get(&self.store, tenant, id).await?;
        let gone = || Refusal::new(Reason::ModelMissing, "the token's model is gone; begin anew");
        model.ok_or_else(gone).map(Some)
    }

    /// Who looks at sums, in which nobody is told apart.
    fn sums(&self, call: &Call) -> Audience {
        Audience { purpose: call.said_purpose(), tells_apart: false, now: self.clock.now() }
    }

    /// Who looks at persons.
    fn persons(&self, call: &Call) -> Audience {
        Audience { tells_apart: true, ..self.sums(call) }
    }

    /// What models are fitted on, and judged by.
    fn teachers(&self) -> Audience {
        Audience { purpose: None, tells_apart: false, now: self.clock.now() }
    }

    /// The day through which purchases count when a model scores: as asked, or the model's period end or now, whichever is
    /// later.
    fn day_of_scores(&self, as_of: Option<Timestamp>, model: &Model) -> i32 {
        self.day_behind(as_of, model.period_end)
    }

    fn day_behind(&self, as_of: Option<Timestamp>, period_end: i32) -> i32 {
        as_of.map_or_else(|| self.clock.now().day().max(period_end), Timestamp::day)
    }
}

/// What a page token of a list holds for that may be of one line.
fn filter(line: Option<&Line>) -> Vec<u8> {
    line.map_or_else(Vec::new, |line| [b"line ", line.code().as_bytes()].concat())
}

fn missing(book: Book) -> Refusal {
    let none = "no model of the currency and product line is promoted yet; call FitModel first";
    Refusal::new(Reason::ModelMissing, none)
        .with("currency_code", book.currency.code())
        .with("line_code", book.line.code())
}
