//! Scores one person.

use tenure_kernel::{PersonId, RecordId, Refusal, Tenant, Timestamp};
use tenure_server::Call;

use super::{
    App,
    aside::{aside, unvalued},
};
use crate::{
    domain::{
        book::Book,
        model::Model,
        score::{Question, Score},
    },
    store::{MEMBERSHIPS, person::Purchases},
};

/// Whom to score.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Who {
    Person(PersonId),
    Record(RecordId),
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
    /// Scores a person by the promoted model of the book.
    pub(crate) async fn score_customer(&self, call: &Call, ask: ScoreCustomer) -> Result<(Score, Model), Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let person = self.find(tenant, ask.who).await?;
        let model = self.promoted_model(&self.store, tenant, ask.book).await?;
        let through = self.day_of_scores(ask.as_of, &model);
        let summary = Purchases { tenant, book: ask.book, through }.of(&self.store, person).await?;
        let summary = summary.ok_or_else(Refusal::not_found)?;
        let pricing = self.pricing(tenant, &model).await?;
        let level = ask.level;
        let judge = move || {
            let score = ask.question.whole((&model, &pricing), summary, level).map_err(unvalued)?;
            Ok((score, model))
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
