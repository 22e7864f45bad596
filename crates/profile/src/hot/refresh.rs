//! Reads what is kept anew before it runs out, so that who reads somebody all the time never waits for the database.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use tenure_kernel::{PersonId, Timestamp};

use super::{
    Entry, Found,
    answers::{Asked, Hot, Key, Load, Question},
};

/// How old an answer is, in microseconds, when whoever reads it has it read anew: younger than any that has run out.
const EARLY: i64 = 20_000_000;

/// Who is being read anew.
#[derive(Debug, Clone, Default)]
pub(super) struct Refreshes(Arc<Mutex<HashSet<Key>>>);

impl Refreshes {
    /// The right to read a person anew, which nobody else has meanwhile.
    fn begin(&self, key: Key) -> Option<Refresh> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(key.clone()).then(|| Refresh { all: self.clone(), key })
    }
}

struct Refresh {
    all: Refreshes,
    key: Key,
}

impl Drop for Refresh {
    fn drop(&mut self) {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

fn is_early(entry: &Entry, now: Timestamp) -> bool {
    now.0.saturating_sub(entry.read_at().0) >= EARLY
}

impl Hot {
    /// Has a person read anew, behind whoever found this, if it runs out soon and nobody does so yet. What is written meanwhile keeps it out,
    /// as it does every answer.
    pub(super) fn refresh_early(
        self: &Arc<Self>,
        question: Question<'_>,
        person: PersonId,
        found: &Entry,
        load: &impl Load,
    ) {
        if !is_early(found, question.now) || self.loads.available_permits() == 0 {
            return;
        }
        let Some(refresh) = self.refreshes.begin((question.tenant.clone(), person)) else { return };
        let (hot, load) = (self.clone(), load.clone());
        let (tenant, now, change) = (question.tenant.clone(), question.now, question.change);
        tokio::spawn(async move {
            let Some(kept) = &hot.kept else { return };
            // What another process has read anew will do.
            let Found::Nothing(Some(claim)) = kept.find(&tenant, person, &|entry| !is_early(entry, now)).await else {
                return;
            };
            let asked = Asked::Person(person);
            let question = Question { tenant: &tenant, asked, now, read_after: "", change, not_before: None };
            if hot.load(question, person, Some(claim), &load).await.is_ok() {
                hot.metrics.refreshed();
            }
            drop(refresh);
        });
    }
}
