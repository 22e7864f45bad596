//! A provider that does as it is told, and what is asked of it.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use tenure_enrichment::{
    Answer, Failed, Guarded, Limits, Provider, Question,
    domain::{
        descriptor::{Descriptor, Input, Inputs, Output},
        fact::{Said, ValueType},
        outcome::{Answered, Outcome, Unavailable},
    },
};
use tenure_kernel::{Purpose, Timestamp, clock::SetClock};
use tokio::sync::Semaphore;

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Works,
    FindsNothing,
    Fails,
    FailsOnce,
    Hangs,
    /// Answers when the gate lets it.
    Waits,
    LeavesOut,
}

pub(crate) struct Fake {
    pub(crate) mood: Mutex<Mood>,
    pub(crate) calls: AtomicUsize,
    pub(crate) items: AtomicUsize,
    pub(crate) version: Mutex<String>,
    pub(crate) gate: Semaphore,
}

pub(crate) fn inputs(value: &str) -> Inputs {
    Inputs::from([("contact.phone".to_owned(), value.to_owned())])
}

pub(crate) fn descriptor(version: &str) -> Descriptor {
    Descriptor {
        id: "fake".to_owned(),
        version: version.to_owned(),
        inputs: vec![Input { path: "contact.phone".to_owned(), required: true }],
        outputs: vec![Output {
            path: "enriched.fake".to_owned(),
            kind: ValueType::Code,
            ttl: Duration::from_secs(1_000),
        }],
        purposes: vec![Purpose::Service],
        max_batch: 10,
    }
}

#[tonic::async_trait]
impl Provider for Fake {
    async fn describe(&self) -> Result<Descriptor, Failed> {
        let version = self.version.lock().expect("a version").clone();
        if version.is_empty() { Err(Failed::Error) } else { Ok(descriptor(&version)) }
    }

    async fn enrich(&self, questions: &[Question]) -> Result<Vec<Answer>, Failed> {
        self.calls.fetch_add(1, SeqCst);
        self.items.fetch_add(questions.len(), SeqCst);
        let mood = *self.mood.lock().expect("a mood");
        match mood {
            Mood::Hangs => std::future::pending::<()>().await,
            Mood::Fails => return Err(Failed::Error),
            Mood::FailsOnce => {
                *self.mood.lock().expect("a mood") = Mood::Works;
                return Err(Failed::Error);
            }
            Mood::Waits => self.gate.acquire().await.expect("open").forget(),
            Mood::Works | Mood::FindsNothing | Mood::LeavesOut => {}
        }
        let answered = || match mood {
            Mood::FindsNothing => Answered::not_found(),
            _ => Answered::Found(vec![Said::code("enriched.fake", "known")]),
        };
        let kept = questions.iter().filter(|_| mood != Mood::LeavesOut);
        Ok(kept.map(|one| Answer { id: one.id.clone(), answered: Some(answered()) }).collect())
    }
}

pub(crate) struct Stage {
    pub(crate) fake: Arc<Fake>,
    pub(crate) guarded: Arc<Guarded>,
    pub(crate) clock: Arc<SetClock>,
}

pub(crate) fn limits() -> Limits {
    Limits { timeout: Duration::from_millis(30), ..Limits::remote() }
}

pub(crate) fn stage(mood: Mood, limits: Limits) -> Stage {
    let fake = Arc::new(Fake {
        mood: Mutex::new(mood),
        calls: AtomicUsize::new(0),
        items: AtomicUsize::new(0),
        version: Mutex::new("1".to_owned()),
        gate: Semaphore::new(0),
    });
    let clock = Arc::new(SetClock::new(Timestamp(0)));
    let guarded = Arc::new(Guarded::new("fake", fake.clone(), limits, clock.clone()));
    Stage { fake, guarded, clock }
}

impl Stage {
    pub(crate) fn mood(&self, mood: Mood) {
        *self.fake.mood.lock().expect("a mood") = mood;
    }

    pub(crate) fn at(&self, seconds: i64) {
        self.clock.set(Timestamp(seconds * 1_000_000));
    }

    pub(crate) fn calls(&self) -> usize {
        self.fake.calls.load(SeqCst)
    }

    /// What came of one question, and whether it is stale.
    pub(crate) async fn ask(&self, value: &str) -> (String, Option<Unavailable>) {
        let reply = self.guarded.enrich(&descriptor("1"), &[inputs(value)]).await.remove(0);
        let told = match reply.outcome {
            Outcome::Found(facts) => facts[0].value.clone(),
            Outcome::Unavailable(reason) => reason.as_str().to_owned(),
            other => other.as_str().to_owned(),
        };
        (told, reply.stale)
    }

    pub(crate) async fn told(&self, value: &str) -> String {
        self.ask(value).await.0
    }
}
