//! Says what would be if fewer customers left, or they brought or cost more or less.

use std::sync::Arc;

use tenure_clv::what_if::WhatIfError;
use tenure_kernel::{Reason, Refusal, Timestamp};
use tenure_server::Call;

use super::{App, score_customer::unvalued};
use crate::{
    domain::{
        book::Book,
        model::Model,
        score::Question,
        what_if::{Base, Change, Impossible, Part},
    },
    store::person::Purchases,
};

/// What changes.
#[derive(Debug, Clone)]
pub(crate) struct WhatIf {
    pub(crate) book: Book,
    /// The last day that counts; `None`: the model's period end or now, whichever is later.
    pub(crate) as_of: Option<Timestamp>,
    /// Its horizon says nothing here: a base is valued for ever.
    pub(crate) question: Question,
    pub(crate) change: Change,
    pub(crate) read_after: String,
}

impl App {
    /// Answers in one pass; what it keeps grows with how unlike customers are and not with how many.
    pub(crate) async fn what_if(&self, call: &Call, ask: WhatIf) -> Result<(Vec<Part>, Arc<Model>), Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let model = Arc::new(self.promoted_model(&self.store, tenant, ask.book).await?);
        let pricing = Arc::new(self.pricing(tenant, &model).await?);
        let through = self.day_of_scores(ask.as_of, &model);
        let purchases = Purchases { tenant, book: ask.book, through };
        let (mut base, mut after, question) = (Base::new(ask.book), None, ask.question);
        loop {
            let (page, last) = purchases.ledgers(&self.store, after).await?;
            let (model, pricing) = (model.clone(), pricing.clone());
            let working = tokio::task::spawn_blocking(move || {
                page.iter().try_for_each(|ledger| base.take(&model, &pricing, ledger)).map(|()| base)
            });
            base = working.await.map_err(panicked)?.map_err(unvalued)?;
            if last.is_none() {
                break;
            }
            after = last;
        }
        let (known, discount, change) = (model.clone(), question.discount, ask.change);
        let working = tokio::task::spawn_blocking(move || base.answer(&known, change, discount));
        let parts = working.await.map_err(panicked)?.map_err(impossible)?;
        Ok((parts, model))
    }
}

fn panicked(_: tokio::task::JoinError) -> Refusal {
    Refusal::new(Reason::Internal, "the valuation panicked")
}

fn impossible(Impossible { term_months, error }: Impossible) -> Refusal {
    let whose = match term_months {
        None => "customers without a contract".to_owned(),
        Some(months) => format!("contracts of {months} months"),
    };
    match error {
        WhatIfError::OutOfRange { now, least, most } => Refusal::field(
            "retention_change",
            Reason::FieldOutOfRange,
            format!("retention of {whose} is {now:.4}, and may change by {least:.4} to {most:.4}"),
        ),
        WhatIfError::Endless => Refusal::field(
            "discount_rate",
            Reason::FieldOutOfRange,
            "must be above 0: there is no end to look ahead to",
        ),
        error => Refusal::field("retention_change", Reason::FieldOutOfRange, format!("{whose}: {error}")),
    }
}
