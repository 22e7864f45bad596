//! Single flight: what is asked already is not asked again; who comes later waits for the answer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use crate::domain::{fingerprint::Fingerprint, outcome::Outcome};

type Heard = Option<Outcome>;

/// The questions that are under way.
#[derive(Default)]
pub(super) struct Flights(Arc<Mutex<HashMap<Fingerprint, watch::Receiver<Heard>>>>);

/// The duty to answer a question. Dropped without an answer, who waits is told that there is none.
pub(super) struct Duty {
    flights: Arc<Mutex<HashMap<Fingerprint, watch::Receiver<Heard>>>>,
    asked: Fingerprint,
    say: watch::Sender<Heard>,
}

/// Who asks.
pub(super) enum Place {
    First(Duty),
    Waits(watch::Receiver<Heard>),
}

impl Flights {
    /// Joins those who ask, or is the first.
    pub(super) fn join(&self, asked: Fingerprint) -> Place {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = flights.get(&asked) {
            return Place::Waits(there.clone());
        }
        let (say, hear) = watch::channel(None);
        flights.insert(asked, hear);
        Place::First(Duty { flights: self.0.clone(), asked, say })
    }
}

impl Duty {
    pub(super) fn asked(&self) -> Fingerprint {
        self.asked
    }

    pub(super) fn answer(self, outcome: Outcome) {
        self.say.send_replace(Some(outcome));
    }
}

impl Drop for Duty {
    fn drop(&mut self) {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.asked);
    }
}

/// What the first one heard; `None` if it gave up.
pub(super) async fn heard(mut wait: watch::Receiver<Heard>) -> Option<Outcome> {
    wait.wait_for(Option::is_some).await.ok()?.clone()
}
