//! Scores one person.

use std::collections::BTreeSet;

use tenure_kernel::{PersonId, Reason, RecordId, Refusal, Tenant, Timestamp};
use tenure_server::Call;

use super::{
    App,
    aside::{aside, unvalued},
};
use crate::{
    domain::{
        book::Book,
        score::Question,
        standing::Bar,
        worth::{Scorers, Worth},
    },
    store::{MEMBERSHIPS, person::Purchases},
};

/// Whom to score.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Who {
    Person(PersonId),
    Record(RecordId),
}

/// That a person's rights keep it from being scored.
fn withheld(bar: Bar) -> Refusal {
    let words = match bar {
        Bar::Restricted => "the person's processing is restricted",
        Bar::Objected => "the person objects to being judged so",
    };
    Refusal::new(Reason::PersonWithheld, words).with("cause", bar.as_str())
}

/// What to score.
#[derive(Debug, Clone)]
pub(crate) struct ScoreCustomer {
    pub(crate) who: Who,
    pub(crate) book: Book,
    /// The last day of purchases that count; `None`: the model's period end or now, whichever is later.
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) question: Question,
    /// How likely the intervals are to hold; `None`: there are none.
    pub(crate) level: Option<f64>,
    pub(crate) read_after: String,
}

impl App {
    /// Scores a person by the promoted models of the book.
    pub(crate) async fn score_customer(&self, call: &Call, ask: ScoreCustomer) -> Result<(Worth, Scorers), Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let person = self.find(tenant, ask.who).await?;
        let scorers = self.scorers(tenant, ask.book).await?;
        let through = self.day_behind(ask.as_of, scorers.period_end());
        let purchases = Purchases { tenant, book: ask.book, through, audience: self.persons(call) };
        if let Some(bar) = purchases.barred(&self.store, &BTreeSet::from([person])).await?.remove(&person) {
            return Err(withheld(bar));
        }
        let with_contracts = scorers.contracts.is_some();
        let known = purchases.known_of(&self.store, &BTreeSet::from([person]), with_contracts).await?.pop();
        let (summary, ledger) = known.ok_or_else(Refusal::not_found)?;
        let level = ask.level;
        let judge = move || {
            let known = (summary, ledger.as_ref());
            let worth = scorers.worth(&ask.question, known, through, level).map_err(unvalued)?;
            Ok((worth, scorers))
        };
        // Intervals take a thousand times as long.
        if level.is_some() { aside(judge).await } else { judge() }
    }

    async fn find(&self, tenant: &Tenant, who: Who) -> Result<PersonId, Refusal> {
        match who {
            Who::Person(person) => Ok(MEMBERSHIPS.resolve(&self.store, tenant, person).await?),
            Who::Record(record) => {
                MEMBERSHIPS.person_of(&self.store, tenant, record).await?.ok_or_else(Refusal::not_found)
            }
        }
    }
}
