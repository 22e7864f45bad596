//! Scores many persons.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, Refusal, Timestamp};
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
#[derive(Debug, Clone)]
pub(crate) struct BatchScoreCustomers {
    pub(crate) persons: Vec<PersonId>,
    pub(crate) book: Book,
    /// The last day of purchases that count; `None`: the model's period end or now, whichever is later.
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) question: Question,
    /// How likely the intervals are to hold; `None`: there are none.
    pub(crate) level: Option<f64>,
    pub(crate) read_after: String,
}

/// The scores.
#[derive(Debug)]
pub(crate) struct Scored {
    /// With the place of the id that each is of; some have none.
    pub(crate) scores: Vec<(usize, Score)>,
    pub(crate) model: Model,
}

impl App {
    /// Scores persons by the promoted model of the book, in the order of their ids.
    pub(crate) async fn batch_score_customers(&self, call: &Call, ask: BatchScoreCustomers) -> Result<Scored, Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let model = self.promoted_model(&self.store, tenant, ask.book).await?;
        let pricing = self.pricing(tenant, &model).await?;
        let through = self.day_of_scores(ask.as_of, &model);
        let homes = MEMBERSHIPS.resolve_all(&self.store, tenant, &ask.persons).await?;
        let persons: BTreeSet<PersonId> = homes.values().copied().collect();
        let found = Purchases { tenant, book: ask.book, through }.of_all(&self.store, &persons).await?;
        let summaries: BTreeMap<PersonId, _> = found.into_iter().map(|one| (one.person, one)).collect();
        let level = ask.level;
        let judge = move || {
            let mut scores = Vec::new();
            for (place, id) in ask.persons.iter().enumerate() {
                let Some(summary) = homes.get(id).and_then(|home| summaries.get(home)) else { continue };
                let score = ask.question.whole((&model, &pricing), summary.clone(), level).map_err(unvalued)?;
                scores.push((place, score));
            }
            Ok(Scored { scores, model })
        };
        if level.is_some() { aside(judge).await } else { judge() }
    }
}
