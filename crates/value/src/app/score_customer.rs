//! Scores one person.

use tenure_kernel::{PersonId, Reason, RecordId, Refusal, Tenant, Timestamp};
use tenure_server::Call;

use super::App;
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
        without_holding_up(level.is_some(), judge).await
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

/// Works something out, where it may take long not on a thread that serves.
pub(super) async fn without_holding_up<T: Send + 'static>(
    long: bool,
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    if !long {
        return work();
    }
    let working = tokio::task::spawn_blocking(work);
    working.await.map_err(|_| Refusal::new(Reason::Internal, "the work panicked"))?
}

/// Amounts are checked on the way in and models before they are kept.
pub(super) fn unvalued(error: tenure_clv::gamma_gamma::SpendError) -> Refusal {
    Refusal::new(Reason::Internal, error.to_string())
}
