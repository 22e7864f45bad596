//! Fits a model on the base and keeps it.

use std::time::Instant;

use tenure_clv::{PurchaseKind, RetentionKind};
use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, ModelId, Reason, Refusal, Tenant, Timestamp};
use tenure_server::Call;
use tenure_store::{Query, Tx};

use super::{App, aside::aside, fit_contracts::Taught};
use crate::{
    domain::{
        any_model::AnyModel,
        book::Book,
        choose::choose,
        contest::{Contestant, Histories, Plan, Rounds},
        contract_model::ContractModel,
        model::{Learned, LookedBack, Model, NotIdentified, Part},
        needs,
        promotion::{Compared, Promotion, Subject, compare},
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
    pub(crate) what: What,
    /// Whether it is not promoted by itself.
    pub(crate) hold_back: bool,
    pub(crate) read_after: String,
}

/// What a model is of, and its kind; `None`: the best of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Purchases(Option<PurchaseKind>),
    Contracts(Option<RetentionKind>),
}

impl What {
    /// The best of a subject.
    pub(crate) fn best(subject: Subject) -> Self {
        match subject {
            Subject::Purchases => Self::Purchases(None),
            Subject::Contracts => Self::Contracts(None),
        }
    }

    fn subject(self) -> Subject {
        match self {
            Self::Purchases(_) => Subject::Purchases,
            Self::Contracts(_) => Subject::Contracts,
        }
    }
}

/// What was learned.
enum Learnt {
    Purchases(Box<(Learned, LookedBack)>),
    Contracts(Box<Taught>),
}

/// A model that was kept.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) model: AnyModel,
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
        let purchases = Purchases { tenant, book: ask.book, through: period_end, audience: self.teachers() };
        let learned = match ask.what {
            What::Purchases(kind) => Learnt::Purchases(Box::new(self.learn(purchases, kind).await?)),
            What::Contracts(kind) => Learnt::Contracts(Box::new(self.learn_contracts(purchases, kind).await?)),
        };
        self.keep((tenant, traceparent), ask, period_end, learned).await
    }

    /// Learns from a base, and compares what it learned with the promoted model.
    async fn learn(
        &self,
        purchases: Purchases<'_>,
        kind: Option<PurchaseKind>,
    ) -> Result<(Learned, LookedBack), Refusal> {
        let turn = self.turn().await?;
        let of = (purchases.book, Subject::Purchases);
        let promoted = store::model::promoted(&self.store, purchases.tenant, of).await?.and_then(AnyModel::purchases);
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
        learnt: Learnt,
    ) -> Result<Kept, Refusal> {
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        store::model::lock(&tx, tenant).await?;
        if let Some(first) = answered(&tx, tenant, ask).await? {
            tx.rollback().await?;
            return Ok(first);
        }
        let now = self.clock.now();
        let of = (ask.book, ask.what.subject());
        let version = store::model::next_version(&tx, tenant, of).await?;
        let model = learnt.model(ModelId(self.ids.next()), version, ask.book, (period_end, now));
        store::model::insert(&tx, tenant, &model, asked(ask)).await?;
        let draft = |payload: Draft| payload.traced(traceparent.map(str::to_owned));
        let entry = EntryId(self.ids.next());
        let mut drafts = vec![draft(Draft::new(entry, tenant.clone(), Route::All, &event::fitted(&model), now))];
        self.refits.schedule(&tx, tenant, of, now).await?;
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
        model: &AnyModel,
    ) -> Result<Option<Promotion>, Refusal> {
        let of = (model.book(), model.subject());
        let in_use = store::promotion::in_use(tx, tenant, of).await?.map(|promotion| promotion.model);
        let compared = model.compared();
        let cause = compared.promotes(in_use.map(|(id, _)| id)).filter(|_| !ask.hold_back);
        Ok(cause.map(|cause| Promotion {
            model: (model.id(), model.version()),
            book: model.book(),
            subject: model.subject(),
            previous: in_use,
            cause,
            comparison: compared.comparison(),
            at: model.fitted_at(),
        }))
    }
}

impl Learnt {
    fn model(self, id: ModelId, version: i32, book: Book, (period_end, fitted_at): (i32, Timestamp)) -> AnyModel {
        match self {
            Self::Purchases(learnt) => {
                let (mut learned, looked_back) = *learnt;
                learned.boundaries.version = u64::try_from(version).unwrap_or_default();
                let model = Model { id, version, book, period_end, fitted_at, learned, looked_back };
                AnyModel::Purchases(Box::new(model))
            }
            Self::Contracts(learnt) => {
                let (learned, looked_back) = *learnt;
                let model = ContractModel { id, version, book, period_end, fitted_at, learned, looked_back };
                AnyModel::Contracts(Box::new(model))
            }
        }
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
    let promotion = store::promotion::by_itself(query, tenant, (model.book(), model.subject()), model.id()).await?;
    Ok(Some(Kept { model, promotion }))
}

fn asked(ask: &FitModel) -> Asked {
    let end = ask.period_end.map_or_else(|| "now".to_owned(), |end| end.0.to_string());
    let kind = match ask.what {
        What::Purchases(kind) => kind.map_or("best", PurchaseKind::name),
        What::Contracts(kind) => kind.map_or("best of contracts", RetentionKind::name),
    };
    Asked { request_id: ask.request_id.clone(), body: format!("{:?} {end} {kind} {}", ask.book, ask.hold_back) }
}

pub(super) fn refusal(lacks: NotIdentified) -> Refusal {
    let name = lacks.part.name();
    let (what, counts) = match lacks.part {
        Part::Contracts(_) => ("contracts", ["contracts", "renewals_due"]),
        Part::Purchases(_) | Part::Spend => ("purchases", ["customers", "repeaters"]),
    };
    let text = format!("the {what} do not identify the model; see metadata lacking");
    Refusal::new(Reason::ModelNotIdentified, text)
        .with("model", name)
        .with("lacking", lacks.lacking)
        .with(counts[0], lacks.customers.to_string())
        .with(counts[1], lacks.repeaters.to_string())
}
