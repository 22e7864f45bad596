//! A provider behind its guards.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tenure_kernel::{Clock, Timestamp};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};
use tracing::Instrument as _;

use super::{
    breaker::{Allowed, Breaker},
    bucket::{Bucket, Budget},
    cache::{Answers, Kept, Use},
    flight::{Duty, Flights, Place, heard},
    limits::Limits,
};
use crate::{
    domain::{
        check::{Refused, believe},
        descriptor::{Descriptor, Inputs},
        fingerprint::Fingerprint,
        outcome::{Answered, Outcome, Unavailable},
    },
    metrics,
    provider::{Answer, Failed, Provider, Question},
};

/// How long what a provider says of itself is taken for true.
const DESCRIBED_FOR: i64 = 5 * 60 * 1_000_000;
/// How long to wait before it is asked again what it is, if it did not say.
const UNDESCRIBED_FOR: i64 = 10 * 1_000_000;

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What was asked.
    pub asked: Fingerprint,
    /// What is known.
    pub outcome: Outcome,
    /// Set if that expired and could not be asked anew: why not.
    pub stale: Option<Unavailable>,
    /// When to ask anew; `None` if it can't be known now.
    pub fresh_until: Option<Timestamp>,
}

struct Gate {
    breaker: Breaker,
    bucket: Bucket,
    budget: Budget,
}

/// A provider behind its guards.
pub struct Guarded {
    id: String,
    provider: Arc<dyn Provider>,
    limits: Limits,
    clock: Arc<dyn Clock>,
    gate: Mutex<Gate>,
    /// What it last said of itself.
    known: Mutex<Option<Arc<Descriptor>>>,
    /// When to ask again what it is.
    describe_at: tokio::sync::Mutex<Timestamp>,
    bulkhead: Semaphore,
    answers: Answers,
    flights: Flights,
}

impl Guarded {
    /// A provider that says that it has this id.
    #[must_use]
    pub fn new(id: &str, provider: Arc<dyn Provider>, limits: Limits, clock: Arc<dyn Clock>) -> Self {
        let open_for = i64::try_from(limits.open_for.as_micros()).unwrap_or(i64::MAX);
        let gate = Gate {
            breaker: Breaker::new(open_for),
            bucket: Bucket::new(limits.items_per_second, clock.now()),
            budget: Budget::default(),
        };
        Self {
            id: id.to_owned(),
            provider,
            gate: Mutex::new(gate),
            known: Mutex::default(),
            describe_at: tokio::sync::Mutex::default(),
            bulkhead: Semaphore::new(limits.concurrency),
            answers: Answers::new(limits.cache_entries),
            flights: Flights::default(),
            limits,
            clock,
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How long an answer that expired will do while the provider can't be asked.
    #[must_use]
    pub fn stale_for(&self) -> Duration {
        self.limits.stale_for
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the provider is, as it last said; `None` as long as it said nothing that makes sense. Asks it from time to time.
    pub async fn descriptor(&self) -> Option<Arc<Descriptor>> {
        let mut describe_at = self.describe_at.lock().await;
        let now = self.clock.now();
        if now >= *describe_at {
            let started = Instant::now();
            let told = timeout(self.limits.timeout, self.provider.describe()).await;
            let told = told.unwrap_or(Err(Failed::Timeout)).ok().filter(|told| self.is_sane(told));
            metrics::call(&self.id, started.elapsed(), if told.is_some() { "described" } else { "undescribed" });
            let pause = if told.is_some() { DESCRIBED_FOR } else { UNDESCRIBED_FOR };
            *describe_at = Timestamp(now.0.saturating_add(pause));
            if let Some(told) = told {
                *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(told));
            }
        }
        self.described()
    }

    /// The same without asking it.
    #[must_use]
    pub fn described(&self) -> Option<Arc<Descriptor>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_sane(&self, told: &Descriptor) -> bool {
        let mut wrong = told.wrong();
        if told.id != self.id {
            wrong.push("provider_id: is not the one that is configured".to_owned());
        }
        if !wrong.is_empty() {
            tracing::warn!(
                tenure.provider = self.id,
                wrong = wrong.join("; "),
                "the provider says of itself what can't be"
            );
        }
        wrong.is_empty()
    }

    /// Asks, each question once: what is known and holds is not asked, nor what somebody asks already. The replies are in the order of the
    /// questions. It always answers, and within the time limit of each call that it takes.
    pub async fn enrich(&self, descriptor: &Descriptor, wanted: &[Inputs]) -> Vec<Reply> {
        let asked: Vec<Fingerprint> = wanted.iter().map(|inputs| Fingerprint::of(descriptor, inputs)).collect();
        let (mut known, mut mine, mut waits) = (BTreeMap::new(), Vec::new(), Vec::new());
        for (asked, inputs) in asked.iter().zip(wanted).collect::<BTreeMap<_, _>>() {
            if let Some(reply) = self.fresh(*asked, "kept") {
                known.insert(*asked, reply);
                continue;
            }
            match self.flights.join(*asked) {
                // Somebody's answer may have come between.
                Place::First(duty) => match self.fresh(*asked, "kept") {
                    Some(reply) => drop(known.insert(*asked, reply)),
                    None => mine.push((duty, inputs)),
                },
                Place::Waits(wait) => waits.push((*asked, wait)),
            }
        }
        while !mine.is_empty() {
            let rest = mine.split_off(mine.len().min(descriptor.max_batch));
            let (duties, inputs): (Vec<Duty>, Vec<&Inputs>) = mine.into_iter().unzip();
            let outcomes = self.ask(descriptor, &duties, &inputs).await;
            for (duty, outcome) in duties.into_iter().zip(outcomes) {
                known.insert(duty.asked(), self.reply(duty.asked(), outcome.clone(), "asked"));
                duty.answer(outcome);
            }
            mine = rest;
        }
        for (asked, wait) in waits {
            let outcome = heard(wait).await.unwrap_or(Outcome::Unavailable(Unavailable::Error));
            known.insert(asked, self.reply(asked, outcome, "joined"));
        }
        let reply = |asked: &Fingerprint| known.get(asked).cloned();
        let nothing = |asked| Reply {
            asked,
            outcome: Outcome::Unavailable(Unavailable::Declined),
            stale: None,
            fresh_until: None,
        };
        asked.iter().map(|asked| reply(asked).unwrap_or_else(|| nothing(*asked))).collect()
    }

    fn fresh(&self, asked: Fingerprint, how: &'static str) -> Option<Reply> {
        let (kept, _) = self.answers.find(asked, self.clock.now()).filter(|(_, will)| *will == Use::Fresh)?;
        metrics::item(&self.id, &kept.outcome, how);
        Some(Reply { asked, outcome: kept.outcome, stale: None, fresh_until: Some(kept.fresh_until) })
    }

    /// What came of a question, or if it could not be asked what was known before.
    fn reply(&self, asked: Fingerprint, outcome: Outcome, how: &'static str) -> Reply {
        let now = self.clock.now();
        let kept = self.answers.find(asked, now).map(|(kept, _)| kept);
        let (stale, kept) = match outcome {
            Outcome::Unavailable(reason) => (kept.is_some().then_some(reason), kept),
            // What is kept is this; where nothing is kept, it is as if.
            _ => (None, kept.or_else(|| Kept::of(asked, &outcome, None, (now, self.limits.stale_for)))),
        };
        metrics::item(&self.id, &outcome, if stale.is_some() { "stale" } else { how });
        let fresh_until = kept.as_ref().map(|kept| kept.fresh_until);
        Reply { asked, outcome: kept.map_or(outcome, |kept| kept.outcome), stale, fresh_until }
    }

    /// Asks a batch, if it may be asked now. What is not granted by the quota is not asked.
    async fn ask(&self, descriptor: &Descriptor, duties: &[Duty], inputs: &[&Inputs]) -> Vec<Outcome> {
        let not = |reason| vec![Outcome::Unavailable(reason); duties.len()];
        let Ok(_permit) = self.bulkhead.try_acquire() else { return not(Unavailable::Busy) };
        let (allowed, granted) = {
            let (mut gate, now) = (self.gate(), self.clock.now());
            let allowed = gate.breaker.allow(now);
            metrics::breaker(&self.id, gate.breaker.level());
            if allowed == Allowed::No {
                return not(Unavailable::Breaker);
            }
            let granted = gate.bucket.take(duties.len(), now);
            if granted == 0 {
                gate.breaker.take_back(allowed, now);
                return not(Unavailable::Quota);
            }
            (allowed, granted)
        };
        let question = |(place, inputs): (usize, &&Inputs)| Question {
            id: place.to_string(),
            inputs: (*inputs).clone(),
            purposes: descriptor.purposes.clone(),
        };
        let questions: Vec<Question> = inputs.iter().take(granted).enumerate().map(question).collect();
        let mut outcomes = match self.call(&questions, allowed).await {
            Ok(answers) => self.take(descriptor, &duties[..granted], answers),
            Err(reason) => vec![Outcome::Unavailable(reason); granted],
        };
        outcomes.resize(duties.len(), Outcome::Unavailable(Unavailable::Quota));
        outcomes
    }

    /// Calls, and once more if it failed at once and the budget allows.
    async fn call(&self, questions: &[Question], allowed: Allowed) -> Result<Vec<Answer>, Unavailable> {
        self.gate().budget.earn();
        match self.call_once(questions, allowed).await {
            Err(Unavailable::Error) => {
                let again = {
                    let (mut gate, now) = (self.gate(), self.clock.now());
                    let again = if gate.budget.spend() { gate.breaker.allow(now) } else { Allowed::No };
                    metrics::breaker(&self.id, gate.breaker.level());
                    again
                };
                match again {
                    Allowed::No => Err(Unavailable::Error),
                    again => self.call_once(questions, again).await,
                }
            }
            other => other,
        }
    }

    async fn call_once(&self, questions: &[Question], allowed: Allowed) -> Result<Vec<Answer>, Unavailable> {
        let started = Instant::now();
        let span = tracing::debug_span!("enrich", tenure.provider = self.id, tenure.items = questions.len());
        let told = timeout(self.limits.timeout, self.provider.enrich(questions).instrument(span)).await;
        let (told, ended) = match told {
            Ok(Ok(answers)) => (Ok(answers), "ok"),
            Ok(Err(Failed::Error)) => (Err(Unavailable::Error), "error"),
            Ok(Err(Failed::Timeout)) | Err(_) => (Err(Unavailable::Timeout), "timeout"),
        };
        metrics::call(&self.id, started.elapsed(), ended);
        let mut gate = self.gate();
        gate.breaker.record(allowed, told.is_err(), self.clock.now());
        metrics::breaker(&self.id, gate.breaker.level());
        told
    }

    /// Believes of the answers what can be, and keeps it.
    fn take(&self, descriptor: &Descriptor, duties: &[Duty], answers: Vec<Answer>) -> Vec<Outcome> {
        let (now, mut refused, mut seen) = (self.clock.now(), Vec::new(), BTreeSet::new());
        let mut outcomes = vec![Outcome::Unavailable(Unavailable::Declined); duties.len()];
        for answer in answers {
            let place = answer.id.parse::<usize>().ok().filter(|place| *place < duties.len());
            let Some((place, duty)) = place.and_then(|place| Some((place, duties.get(place)?))) else {
                refused.push(Refused::ItemUnasked);
                continue;
            };
            if !seen.insert(place) {
                refused.push(Refused::ItemRepeated);
                continue;
            }
            let (outcome, ttl) = taken(descriptor, duty.asked(), answer.answered, now, &mut refused);
            if let Some(kept) = Kept::of(duty.asked(), &outcome, ttl, (now, self.limits.stale_for)) {
                self.answers.keep(duty.asked(), kept);
            }
            outcomes[place] = outcome;
        }
        metrics::refused(&self.id, &refused);
        outcomes
    }
}

/// What is believed of an answer, and how long it stays so that there is nothing.
fn taken(
    descriptor: &Descriptor,
    asked: Fingerprint,
    answered: Option<Answered>,
    now: Timestamp,
    refused: &mut Vec<Refused>,
) -> (Outcome, Option<Duration>) {
    match answered {
        None => {
            refused.push(Refused::StatusInvalid);
            (Outcome::Unavailable(Unavailable::Refused), None)
        }
        Some(Answered::Declined) => (Outcome::Unavailable(Unavailable::Declined), None),
        Some(Answered::Without(outcome, ttl)) => (outcome, ttl),
        Some(Answered::Found(said)) => {
            if said.is_empty() {
                refused.push(Refused::StatusInvalid);
            }
            let (facts, reasons) = believe(descriptor, asked, said, now);
            refused.extend(reasons);
            let nothing = facts.is_empty();
            (if nothing { Outcome::Unavailable(Unavailable::Refused) } else { Outcome::Found(facts) }, None)
        }
    }
}
