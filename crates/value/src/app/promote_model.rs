//! Has a model score from now on.

use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, ModelId, Reason, Refusal, Tenant};
use tenure_server::Call;
use tenure_store::Query;

use super::{App, aside::aside};
use crate::{
    domain::{
        any_model::AnyModel,
        contest::{Contestant, Plan, Rounds},
        contract_model::ContractModel,
        model::Model,
        promotion::{Cause, Comparison, Promotion, compare},
    },
    event,
    store::{
        self,
        model::{Asked, lock},
        person::Purchases,
        promotion,
    },
};

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) struct PromoteModel {
    pub(crate) request_id: String,
    pub(crate) model: ModelId,
    /// The version that is expected to be promoted.
    pub(crate) expected: Option<i32>,
    /// Why it is promoted whatever the holdouts say.
    pub(crate) forced: Option<String>,
    pub(crate) read_after: String,
}

impl App {
    /// Promotes a model, or answers with the promotion that the request got before, or that holds already.
    pub(crate) async fn promote_model(&self, call: &Call, ask: PromoteModel) -> Result<Promotion, Refusal> {
        let tenant = call.tenant()?;
        if let Some(first) = answered(&self.store, tenant, &ask).await? {
            return Ok(first);
        }
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let model = store::model::get(&self.store, tenant, ask.model).await?.ok_or_else(Refusal::not_found)?;
        let of = (model.book(), model.subject());
        let in_use = promotion::in_use(&self.store, tenant, of).await?;
        ask.expects(in_use.as_ref())?;
        let comparison = match &in_use {
            Some(promotion) if promotion.model.0 == model.id() => return Ok(promotion.clone()),
            Some(promotion) => self.judged(tenant, &model, promotion, &ask).await?,
            None => None,
        };
        let cause = match (&ask.forced, &in_use) {
            (_, None) => Cause::First,
            (None, Some(_)) => Cause::NoWorse,
            (Some(reason), Some(_)) => Cause::Forced(reason.clone()),
        };
        let previous = in_use.map(|promotion| promotion.model);
        let ((book, subject), at) = (of, self.clock.now());
        let promotion =
            Promotion { model: (model.id(), model.version()), book, subject, previous, cause, comparison, at };
        self.keep_promotion(call, &ask, promotion).await
    }

    /// How a model compares with the promoted one.
    ///
    /// # Errors
    /// When it is worse, or they can't be compared; but not where it is forced.
    async fn judged(
        &self,
        tenant: &Tenant,
        model: &AnyModel,
        in_use: &Promotion,
        ask: &PromoteModel,
    ) -> Result<Option<Comparison>, Refusal> {
        let promoted = store::model::get(&self.store, tenant, in_use.model.0).await?;
        let promoted = promoted.ok_or_else(|| Refusal::new(Reason::Internal, "the promoted model is gone"))?;
        let found = self.compared(tenant, model.clone(), promoted).await?;
        match found {
            _ if ask.forced.is_some() => Ok(found.ok()),
            Ok(comparison) if comparison.is_no_worse() => Ok(Some(comparison)),
            Ok(comparison) => Err(worse(&comparison)),
            Err(lacking) => Err(Refusal::new(
                Reason::ModelNotCompared,
                "nothing shows whether the model is worse than the promoted one; see metadata lacking",
            )
            .with("lacking", lacking)
            .with("promoted_version", in_use.model.1.to_string())),
        }
    }

    /// Compares a model with the promoted one on the holdouts before the later end of their periods, or says what is lacking.
    async fn compared(
        &self,
        tenant: &Tenant,
        model: AnyModel,
        promoted: AnyModel,
    ) -> Result<Result<Comparison, String>, Refusal> {
        match (model, promoted) {
            (AnyModel::Purchases(model), AnyModel::Purchases(promoted)) => {
                self.compared_purchases(tenant, *model, *promoted).await
            }
            (AnyModel::Contracts(model), AnyModel::Contracts(promoted)) => {
                self.compared_contracts(tenant, *model, *promoted).await
            }
            _ => Err(Refusal::new(Reason::Internal, "models of different subjects")),
        }
    }

    async fn compared_purchases(
        &self,
        tenant: &Tenant,
        model: Model,
        promoted: Model,
    ) -> Result<Result<Comparison, String>, Refusal> {
        let turn = self.turn().await?;
        let through = model.period_end.max(promoted.period_end);
        let purchases = Purchases { tenant, book: model.book, through, audience: self.teachers() };
        let Some(plan) = purchases.first_day(&self.store).await?.and_then(|first| Plan::of(first, through)) else {
            return Ok(Err(Plan::lacking()));
        };
        let base = self.histories(purchases, &plan.days()).await?;
        // The turn goes along: a caller that gives up does not stop the work.
        aside(move || {
            let found = compare(&mut Rounds::new(&base, plan), Contestant::from(&model), &promoted);
            drop(turn);
            Ok(found.ok_or_else(|| "a holdout before which both could be fitted".to_owned()))
        })
        .await
    }

    async fn compared_contracts(
        &self,
        tenant: &Tenant,
        model: ContractModel,
        promoted: ContractModel,
    ) -> Result<Result<Comparison, String>, Refusal> {
        let turn = self.turn().await?;
        let through = model.period_end.max(promoted.period_end);
        let purchases = Purchases { tenant, book: model.book, through, audience: self.teachers() };
        let (plan, tallies) = self.renewals(purchases).await?;
        if plan.is_none() {
            return Ok(Err(Plan::lacking()));
        }
        aside(move || {
            let found = tallies.into_rounds(plan).compare(&model, &promoted);
            drop(turn);
            Ok(found.ok_or_else(|| "a renewal in a holdout before which both could be fitted".to_owned()))
        })
        .await
    }

    /// Stores the promotion and its journal entry in one transaction.
    async fn keep_promotion(&self, call: &Call, ask: &PromoteModel, new: Promotion) -> Result<Promotion, Refusal> {
        let tenant = call.tenant()?;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        lock(&tx, tenant).await?;
        if let Some(first) = answered(&tx, tenant, ask).await? {
            tx.rollback().await?;
            return Ok(first);
        }
        let in_use = promotion::in_use(&tx, tenant, (new.book, new.subject)).await?.map(|promotion| promotion.model);
        if in_use != new.previous {
            tx.rollback().await?;
            let version = in_use.map_or(0, |(_, version)| version);
            return Err(Refusal::new(Reason::EtagMismatch, "another model was promoted meanwhile")
                .with("promoted_version", version.to_string()));
        }
        promotion::add(&tx, tenant, &new, Some(ask.asked())).await?;
        let entry = EntryId(self.ids.next());
        let draft = Draft::new(entry, tenant.clone(), Route::All, &event::promotion::entry(&new), new.at)
            .traced(call.traceparent().map(str::to_owned));
        self.journal.commit(tx, vec![draft]).await?;
        self.metrics.promoted(&new);
        Ok(new)
    }
}

impl PromoteModel {
    fn expects(&self, in_use: Option<&Promotion>) -> Result<(), Refusal> {
        let version = in_use.map_or(0, |promotion| promotion.model.1);
        if self.expected.is_none_or(|expected| expected == version) {
            return Ok(());
        }
        Err(Refusal::new(Reason::EtagMismatch, "another model is promoted than expected_version")
            .with("promoted_version", version.to_string()))
    }

    fn asked(&self) -> Asked {
        let body = format!("{} {:?} {:?}", self.model, self.expected, self.forced);
        Asked { request_id: self.request_id.clone(), body }
    }
}

/// The answer that the request got before, if it is the same request.
async fn answered(query: &impl Query, tenant: &Tenant, ask: &PromoteModel) -> Result<Option<Promotion>, Refusal> {
    let Some((before, first)) = promotion::of_request(query, tenant, &ask.request_id).await? else {
        return Ok(None);
    };
    if before != ask.asked() {
        return Err(Refusal::new(Reason::RequestIdReused, "the request_id was used with another body"));
    }
    Ok(Some(first))
}

fn worse(found: &Comparison) -> Refusal {
    Refusal::new(Reason::ModelWorse, "the model foretells worse than the promoted one; see metadata, or force it")
        .with("holdout_error", format!("{:.6}", found.error))
        .with("promoted_holdout_error", format!("{:.6}", found.promoted_error))
        .with("promoted_version", found.promoted.1.to_string())
}
