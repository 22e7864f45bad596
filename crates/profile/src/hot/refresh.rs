//! Reads what is kept anew before it runs out, so that who reads somebody all the time never waits for the database.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tenure_kernel::{PersonId, Timestamp};
use tokio::time::Instant;

use super::{
    Claim, Cooled, Entry, Found, KEPT_FOR,
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
            if hot.load(question, person, Some(full(claim)), &load).await.is_ok() {
                hot.metrics.refreshed("early");
            }
            drop(refresh);
        });
    }

    /// The next who was warm when something of it was written.
    pub(crate) async fn cooled(&self) -> Option<Cooled> {
        self.cooled.lock().await.recv().await
    }

    /// Reads who cooled anew, unless somebody did already or it is being written again.
    pub(crate) async fn warm(&self, cooled: &Cooled, (now, change): (Timestamp, i64), load: &impl Load) {
        let (tenant, person) = (&cooled.tenant, cooled.person);
        let life = cooled.until.saturating_duration_since(Instant::now());
        let Some(kept) = self.kept.as_ref().filter(|_| !life.is_zero() && self.loads.available_permits() > 0) else {
            return;
        };
        let Found::Nothing(Some(claim)) = kept.find(tenant, person, &|_| true).await else { return };
        let asked = Asked::Person(person);
        let question = Question { tenant, asked, now, read_after: "", change, not_before: None };
        if self.load(question, person, Some((claim, life)), load).await.is_ok() {
            self.metrics.refreshed("change");
        }
    }
}

/// A claim to keep an answer for as long as answers are, cut by up to a fifth, so that what was read at once does not end at once.
pub(super) fn full(claim: Claim) -> (Claim, Duration) {
    (claim, KEPT_FOR - KEPT_FOR.mul_f64(0.2 * rand::random::<f64>()))
}
