//! A turn at looking after providers: takes records that are due, asks, and states what was answered.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures::future::join_all;
use tenure_enrichment::{
    Reply,
    domain::{descriptor::Inputs, need::pause},
};
use tenure_journal::{Draft, Journal};
use tenure_kernel::{Clock, IdSource, PersonId, RecordId, Tenant, Timestamp};
use tenure_keyring::Keyring;
use tenure_records::Scope;
use tenure_store::{Store, StoreError};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{
    Providers,
    asking::{Described, Done, Todo},
};
use crate::{
    domain::{enriched, person::Profile, summary::Summary},
    enriched_event,
    store::{
        enrichment_due::{self, Taken},
        membership, summary,
    },
};

/// How many records are taken at once.
const RECORDS: i64 = 200;
/// How long nobody else takes them.
const TAKEN_FOR: Duration = Duration::from_secs(60);
/// How long to wait where nothing is due.
const IDLE: Duration = Duration::from_millis(250);
/// How long to wait after an error.
const PAUSE: Duration = Duration::from_secs(1);

/// Looks after providers.
#[derive(Clone)]
pub(crate) struct Enricher {
    pub(crate) store: Store,
    pub(crate) keyring: Keyring,
    pub(crate) journal: Journal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) providers: Providers,
}

/// What is known of a tenant's records.
struct Known {
    failures: BTreeMap<RecordId, u32>,
    members: BTreeMap<PersonId, BTreeMap<RecordId, Summary>>,
    now: Timestamp,
}

impl Known {
    fn failures(&self, record: RecordId) -> u32 {
        self.failures.get(&record).copied().unwrap_or_default()
    }
}

impl Enricher {
    /// Takes turns until told to stop.
    pub(crate) async fn run(&self, stop: &CancellationToken) {
        if self.providers.is_empty() {
            return;
        }
        while !stop.is_cancelled() {
            let span = tracing::debug_span!("look after providers");
            let pause = match self.turn().instrument(span).await {
                Ok(0) => IDLE,
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!(%error, "providers could not be looked after");
                    PAUSE
                }
            };
            tokio::select! { () = sleep(pause) => {}, () = stop.cancelled() => {} }
        }
    }

    /// Answers how many records were due.
    async fn turn(&self) -> Result<usize, StoreError> {
        // Also where nothing is due, so that profiles can say what is missing.
        let described = join_all(self.providers.iter().map(|one| async move { (one, one.descriptor().await) })).await;
        let now = self.clock.now();
        if !enrichment_due::any(&self.store, now).await? {
            return Ok(0);
        }
        let tx = self.store.begin().await?;
        let mut taken = enrichment_due::take(&tx, (now, now.plus(TAKEN_FOR)), RECORDS).await?;
        tx.commit().await?;
        let records = std::mem::take(&mut taken.records);
        let total = records.values().map(BTreeMap::len).sum();
        let described: Vec<_> = described
            .iter()
            .filter_map(|(guarded, told)| Some(Described { guarded, descriptor: told.as_deref()? }))
            .collect();
        let unknown = described.len() < self.providers.iter().count();
        for (tenant, failures) in records {
            self.look_after(&tenant, failures, &taken, (&described, unknown)).await?;
        }
        Ok(total)
    }

    /// All records of the persons whose records are due: what one of them says of consent is about all.
    async fn look_after(
        &self,
        tenant: &Tenant,
        failures: BTreeMap<RecordId, u32>,
        taken: &Taken,
        (described, unknown): (&[Described<'_>], bool),
    ) -> Result<(), StoreError> {
        let mut done = Done::default();
        failures.keys().for_each(|record| done.again(*record, None, 0));
        let owners = membership::persons_of(&self.store, tenant, failures.keys()).await?;
        let persons: BTreeSet<PersonId> = owners.into_values().collect();
        let mut members = BTreeMap::new();
        for (person, kept) in membership::members(&self.store, tenant, &persons).await? {
            members.insert(person, summary::open(&self.keyring, tenant, kept).await?);
        }
        let known = Known { failures, members, now: self.clock.now() };
        let asked = plan(&known, described, &mut done);
        let replies = join_all(described.iter().zip(&asked).map(|(one, asked)| async move {
            let inputs: Vec<Inputs> = asked.iter().map(|(_, inputs)| inputs.clone()).collect();
            one.guarded.enrich(one.descriptor, &inputs).await
        }));
        for ((one, asked), replies) in described.iter().zip(&asked).zip(replies.await) {
            take(one, &known, (asked, &replies), &mut done);
        }
        if unknown {
            // Some provider has not said what it is: it may by then.
            for record in known.members.values().flat_map(BTreeMap::keys) {
                let failures = known.failures(*record);
                done.again(*record, Some(known.now.plus(pause(failures))), failures + 1);
            }
        }
        self.state(tenant, taken, &done, known.now).await
    }

    /// States what is new, and when to look again.
    async fn state(&self, tenant: &Tenant, taken: &Taken, done: &Done, now: Timestamp) -> Result<(), StoreError> {
        let keys = self.keyring.data_keys(tenant, done.answers.keys().map(|record| record.0), false).await?;
        let draft = |(record, answers): (&RecordId, &Vec<_>)| -> Option<Draft> {
            enriched_event::draft(tenant, (self.ids.next(), *record), answers, &keys, now)
        };
        let drafts = done.answers.iter().filter_map(draft).collect();
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        let scope = Scope { tenant, generation: taken.generation };
        enrichment_due::settle(&tx, scope, taken.until, &done.next).await?;
        self.journal.commit(tx, drafts).await.map(|_| ())
    }
}

/// What each provider is to be asked, about which record; what needs no asking is noted.
fn plan(known: &Known, described: &[Described<'_>], done: &mut Done) -> Vec<Vec<(RecordId, Inputs)>> {
    let mut asked: Vec<Vec<(RecordId, Inputs)>> = described.iter().map(|_| Vec::new()).collect();
    for (person, members) in &known.members {
        let (whole, since) = (Profile::of(Some(*person), members, known.now), enriched::since(members.values()));
        let of = (&whole, since.as_deref());
        for (record, summary) in members {
            done.again(*record, enriched::next_change(summary, known.now), 0);
            for (one, asked) in described.iter().zip(&mut asked) {
                match one.todo(of, summary, known.now) {
                    Todo::Wait(at) => done.again(*record, at, 0),
                    Todo::State(answer) => done.state(*record, answer),
                    Todo::Ask(inputs) => asked.push((*record, inputs)),
                }
            }
        }
    }
    asked
}

/// Takes the replies of a provider.
fn take(one: &Described<'_>, known: &Known, (asked, replies): (&[(RecordId, Inputs)], &[Reply]), done: &mut Done) {
    let summaries: BTreeMap<&RecordId, &Summary> = known.members.values().flatten().collect();
    for ((record, _), reply) in asked.iter().zip(replies) {
        let Some(summary) = summaries.get(record) else { continue };
        let failures = known.failures(*record);
        let (answer, at, failed) = one.replied(summary, reply, failures, known.now);
        answer.into_iter().for_each(|answer| done.state(*record, answer));
        done.again(*record, Some(at), if failed { failures + 1 } else { 0 });
    }
}
