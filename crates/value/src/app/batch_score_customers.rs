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
        score::Question,
        standing::Bar,
        worth::{Scorers, Worth},
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
    /// With the place of the id that each is of, or why there is none; ids of nobody have neither.
    pub(crate) scores: Vec<(usize, Result<Worth, Bar>)>,
    pub(crate) scorers: Scorers,
}

impl App {
    /// Scores persons by the promoted models of the book, in the order of their ids.
    pub(crate) async fn batch_score_customers(&self, call: &Call, ask: BatchScoreCustomers) -> Result<Scored, Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let scorers = self.scorers(tenant, ask.book).await?;
        let through = self.day_behind(ask.as_of, scorers.period_end());
        let homes = MEMBERSHIPS.resolve_all(&self.store, tenant, &ask.persons).await?;
        let mut persons: BTreeSet<PersonId> = homes.values().copied().collect();
        let purchases = Purchases { tenant, book: ask.book, through, audience: self.persons(call) };
        let barred = purchases.barred(&self.store, &persons).await?;
        persons.retain(|person| !barred.contains_key(person));
        let found = purchases.known_of(&self.store, &persons, scorers.contracts.is_some()).await?;
        let found: BTreeMap<PersonId, _> = found.into_iter().map(|one| (one.0.person, one)).collect();
        let level = ask.level;
        let judge = move || {
            let mut scores = Vec::new();
            for (place, id) in ask.persons.iter().enumerate() {
                let Some(home) = homes.get(id) else { continue };
                if let Some(bar) = barred.get(home) {
                    scores.push((place, Err(*bar)));
                } else if let Some((summary, ledger)) = found.get(home) {
                    let known = (summary.clone(), ledger.as_ref());
                    let worth = scorers.worth(&ask.question, known, through, level).map_err(unvalued)?;
                    scores.push((place, Ok(worth)));
                }
            }
            Ok(Scored { scores, scorers })
        };
        if level.is_some() { aside(judge).await } else { judge() }
    }
}
