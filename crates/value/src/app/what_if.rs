//! Says what would be if fewer customers left, or they brought or cost more or less.

use std::sync::Arc;

use tenure_clv::what_if::WhatIfError;
use tenure_kernel::{Reason, Refusal, Timestamp};
use tenure_server::Call;

use super::{App, aside::aside};
use crate::{
    domain::{
        book::Book,
        ledger::Ledger,
        score::Question,
        what_if::{Base, Change, Impossible, Part},
        worth::Scorers,
    },
    store::{pages::Ledgers, person::Purchases},
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
    pub(crate) async fn what_if(&self, call: &Call, ask: WhatIf) -> Result<(Vec<Part>, Arc<Scorers>), Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let scorers = Arc::new(self.scorers(tenant, ask.book).await?);
        let through = self.day_behind(ask.as_of, scorers.period_end());
        let everybody = Ledgers(Purchases { tenant, book: ask.book, through, audience: self.sums(call) });
        let (known, question, change) = (scorers.clone(), ask.question, ask.change);
        let take = move |base: &mut Base, ledger: Ledger| base.take(&known, &ledger);
        let base = self.look_through(everybody, Base::new(ask.book), take).await?;
        let known = scorers.clone();
        let parts = aside(move || base.answer(&known, change, question.discount).map_err(impossible)).await?;
        Ok((parts, scorers))
    }
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
