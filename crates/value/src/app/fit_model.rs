//! Fits a model on the base and keeps it.

use std::time::Instant;

use tenure_clv::PurchaseKind;
use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, ModelId, Reason, Refusal, Tenant, Timestamp};
use tenure_server::Call;
use tenure_store::{Query, Tx};

use super::{App, aside::aside};
use crate::{
    domain::{
        book::Book,
        choose::choose,
        contest::{Contestant, Histories, Plan, Rounds},
        model::{Learned, LookedBack, Model, NotIdentified},
        needs,
        promotion::{Compared, Promotion, compare},
    },
    event,
    store::{self, model::Asked, person::Purchases},
};

/// What to fit.
#[derive(Debug, Clone)]
pub(crate) struct FitModel {
    pub(crate) request_id: String,
    pub(crate) book: Book,
    /// The last day of purchases to use; `None`: today.
    pub(crate) period_end: Option<Timestamp>,
    /// `None`: the best of all.
    pub(crate) kind: Option<PurchaseKind>,
    /// Whether it is not promoted by itself.
    pub(crate) hold_back: bool,
    pub(crate) read_after: String,
}

/// A model that was kept.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) model: Model,
    /// Its promotion, if it was promoted by itself.
    pub(crate) promotion: Option<Promotion>,
}

impl App {
    /// Fits a model, or answers with the one that the request got before.
    pub(crate) async fn fit_model(&self, call: &Call, ask: FitModel) -> Result<Kept, Refusal> {
        let tenant = call.tenant()?;
        if let Some(first) = answered(&self.store, tenant, &ask).await? {
            return Ok(first);
        }
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        self.fit_and_keep(tenant, call.traceparent(), &ask).await
    }

    /// The same of what was followed so far.
    pub(super) async fn fit_and_keep(
        &self,
        tenant: &Tenant,
        traceparent: Option<&str>,
        ask: &FitModel,
    ) -> Result<Kept, Refusal> {
        let period_end = ask.period_end.unwrap_or_else(|| self.clock.now()).day();
        let purchases = Purchases { tenant, book: ask.book, through: period_end };
        let learned = self.learn(purchases, ask.kind).await?;
        self.keep((tenant, traceparent), ask, period_end, learned).await
    }

    /// Learns from a base, and compares what it learned with the promoted model.
    async fn learn(
        &self,
        purchases: Purchases<'_>,
        kind: Option<PurchaseKind>,
    ) -> Result<(Learned, LookedBack), Refusal> {
        let turn = self.turn().await?;
        let promoted = store::model::promoted(&self.store, purchases.tenant, purchases.book).await?;
        let first = purchases.first_day(&self.store).await?;
        let plan = first.and_then(|first| Plan::of(first, purchases.through));
        let days = plan.map_or_else(|| vec![purchases.through], |plan| plan.days());
        let mut needs = needs::Tally::default();
        let base = self.histories_and_needs(purchases, &days, &mut needs).await?;
        let kinds = kind.map_or_else(|| PurchaseKind::ALL.to_vec(), |kind| vec![kind]);
        let begun = Instant::now();
        // The turn goes along: a caller that gives up does not stop the work.
        let fitting = move || {
            let mut learned = learn_from(&base, plan, &kinds, promoted.as_ref());
            if let Ok((learned, _)) = &mut learned {
                learned.needs = needs.needs();
            }
            drop(turn);
            Ok(learned)
        };
        let learned = aside(fitting).await?;
        self.metrics.fitted(begun.elapsed(), learned.is_ok());
        learned.map_err(refusal)
    }

    /// Stores the model, its promotion if it may be promoted, and the journal entries of both in one transaction.
    async fn keep(
        &self,
        (tenant, traceparent): (&Tenant, Option<&str>),
        ask: &FitModel,
        period_end: i32,
        (learned, looked_back): (Learned, LookedBack),
    ) -> Result<Kept, Refusal> {
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        store::model::lock(&tx, tenant).await?;
        if let Some(first) = answered(&tx, tenant, ask).await? {
            tx.rollback().await?;
            return Ok(first);
        }
        let now = self.clock.now();
        let version = store::model::next_version(&tx, tenant, ask.book).await?;
        let id = ModelId(self.ids.next());
        let mut model = Model { id, version, book: ask.book, period_end, fitted_at: now, learned, looked_back };
        model.learned.boundaries.version = u64::try_from(version).unwrap_or_default();
        store::model::insert(&tx, tenant, &model, asked(ask)).await?;
        let draft = |payload: Draft| payload.traced(traceparent.map(str::to_owned));
        let entry = EntryId(self.ids.next());
        let mut drafts = vec![draft(Draft::new(entry, tenant.clone(), Route::All, &event::model_fitted(&model), now))];
        self.refits.schedule(&tx, tenant, ask.book, now).await?;
        let promotion = self.promotion(&tx, tenant, ask, &model).await?;
        if let Some(promotion) = &promotion {
            store::promotion::add(&tx, tenant, promotion, None).await?;
            let entry = EntryId(self.ids.next());
            drafts.push(draft(Draft::new(entry, tenant.clone(), Route::All, &event::promotion::entry(promotion), now)));
        }
        self.journal.commit(tx, drafts).await?;
        self.metrics.looked_back(&model);
        promotion.iter().for_each(|promotion| self.metrics.promoted(promotion));
        Ok(Kept { model, promotion })
    }

    /// The promotion of a model that was just fitted, if it may be promoted by itself.
    async fn promotion(
        &self,
        tx: &Tx,
        tenant: &Tenant,
        ask: &FitModel,
        model: &Model,
    ) -> Result<Option<Promotion>, Refusal> {
        let in_use = store::promotion::in_use(tx, tenant, ask.book).await?.map(|promotion| promotion.model);
        let compared = &model.looked_back.compared;
        let cause = compared.promotes(in_use.map(|(id, _)| id)).filter(|_| !ask.hold_back);
        Ok(cause.map(|cause| Promotion {
            model: (model.id, model.version),
            book: model.book,
            previous: in_use,
            cause,
            comparison: compared.comparison(),
            at: model.fitted_at,
        }))
    }
}

/// Learns, and compares what was learned with the promoted model.
fn learn_from(
    base: &[Histories],
    plan: Option<Plan>,
    kinds: &[PurchaseKind],
    promoted: Option<&Model>,
) -> Result<(Learned, LookedBack), NotIdentified> {
    let mut rounds = plan.map(|plan| Rounds::new(base, plan));
    let (learned, mut looked_back) = choose(base, &mut rounds, kinds)?;
    if let Some(promoted) = promoted {
        // As of each holdout: whoever learned from all of it would know what came.
        let anew = Contestant::from(learned.purchases.model.kind());
        looked_back.compared = match rounds.as_mut().map(|rounds| compare(rounds, anew, promoted)) {
            Some(Some(comparison)) => Compared::With(comparison),
            Some(None) => Compared::Not("a holdout before which both could be fitted".to_owned()),
            None => Compared::Not(Plan::lacking()),
        };
    }
    Ok((learned, looked_back))
}

/// The answer that the request got before, if it is the same request. The read token is no part of what is asked.
async fn answered(query: &impl Query, tenant: &Tenant, ask: &FitModel) -> Result<Option<Kept>, Refusal> {
    let Some((before, model)) = store::model::of_request(query, tenant, &ask.request_id).await? else {
        return Ok(None);
    };
    if before != asked(ask) {
        return Err(Refusal::new(Reason::RequestIdReused, "the request_id was used with another body"));
    }
    let promotion = store::promotion::by_itself(query, tenant, model.book, model.id).await?;
    Ok(Some(Kept { model, promotion }))
}

fn asked(ask: &FitModel) -> Asked {
    let end = ask.period_end.map_or_else(|| "now".to_owned(), |end| end.0.to_string());
    let kind = ask.kind.map_or("best", PurchaseKind::name);
    Asked { request_id: ask.request_id.clone(), body: format!("{:?} {end} {kind} {}", ask.book, ask.hold_back) }
}

pub(super) fn refusal(lacks: NotIdentified) -> Refusal {
    Refusal::new(Reason::ModelNotIdentified, "the purchases do not identify the model; see metadata lacking")
        .with("model", lacks.part.name())
        .with("lacking", lacks.lacking)
        .with("customers", lacks.customers.to_string())
        .with("repeaters", lacks.repeaters.to_string())
}
