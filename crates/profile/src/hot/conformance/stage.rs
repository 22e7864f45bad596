//! A store of hot profiles on a database that holds nothing but memberships.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tenure_journal::Followed;
use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_keyring::{Kek, Keyring};
use tenure_proto::profile::v1::{GetProfileResponse, Profile};
use tenure_records::{Changed, Move, Scope};
use tenure_store::{Query, Store, testing::TestPlace};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    Migrator,
    config::RedisConfig,
    hot::{COOLED, Claim, Concerned, Cooled, Entry, Found, HotStore, KEPT_FOR, Memory, Redis, Writing},
    metrics::Metrics,
};

pub(super) struct Stage {
    pub(super) hot: Arc<dyn HotStore>,
    pub(super) db: Store,
    pub(super) tenant: Tenant,
    cooled: Mutex<mpsc::Receiver<Cooled>>,
    _place: TestPlace,
    _stop: DropGuard,
}

pub(super) fn person(number: u8) -> PersonId {
    PersonId([number; 16])
}

pub(super) fn record(number: u8) -> RecordId {
    RecordId([100 + number; 16])
}

/// A profile of a name and some records.
pub(super) fn entry(name: &str, records: &[RecordId]) -> Arc<Entry> {
    let record_ids = records.iter().map(RecordId::to_string).collect();
    let profile = Profile { person_id: name.to_owned(), record_ids, ..Profile::default() };
    let answer = GetProfileResponse { profile: Some(profile), read_time: None };
    Arc::new(Entry { answer, until: None, followed: Followed::default(), change: 0 })
}

fn name(entry: &Entry) -> &str {
    entry.answer.profile.as_ref().map_or("", |profile| &profile.person_id)
}

async fn place() -> (TestPlace, Store) {
    let place = TestPlace::sqlite();
    let db = place.open::<Migrator>("profile").await;
    let tx = db.begin().await.expect("a transaction");
    let sql =
        "INSERT INTO projection (name, ranges, active, building, reconciling, reconciled) VALUES (?, 1, 1, 0, 0, ?)";
    tx.execute(sql, vec!["profile".into(), Vec::<u8>::new().into()]).await.expect("a projection");
    tx.commit().await.expect("committed");
    (place, db)
}

impl Stage {
    pub(super) async fn memory() -> Self {
        let (place, db) = place().await;
        let (warming, cooled) = mpsc::channel(COOLED);
        Self::of(Arc::new(Memory::new(1_000_000, warming)), cooled, (place, db)).await
    }

    pub(super) async fn redis(config: RedisConfig) -> Self {
        let (place, db) = place().await;
        let kek = Kek::new(&[7; 32]).expect("a key");
        let keyring = Keyring::open(&place.config, "keyring", kek).await.expect("a keyring");
        let (warming, cooled) = mpsc::channel(COOLED);
        let redis = Redis::open(&config, db.clone(), &keyring, (Metrics::default(), warming)).await.expect("a store");
        Self::of(Arc::new(redis), cooled, (place, db)).await
    }

    async fn of(hot: Arc<dyn HotStore>, cooled: mpsc::Receiver<Cooled>, (place, db): (TestPlace, Store)) -> Self {
        let stop = CancellationToken::new();
        let (running, until) = (hot.clone(), stop.clone());
        tokio::spawn(async move { running.run(until).await });
        let tenant = "acme".parse().expect("a tenant");
        let stage = Self { hot, db, tenant, cooled: cooled.into(), _place: place, _stop: stop.drop_guard() };
        stage.claim(person(99)).await;
        stage
    }

    /// The name of what is kept of a person.
    pub(super) async fn kept(&self, person: PersonId) -> Option<String> {
        match self.hot.find(&self.tenant, person, &|_| true).await {
            Found::Kept(entry) => Some(name(&entry).to_owned()),
            Found::Nothing(_) => None,
        }
    }

    /// A claim, which is to be had now or soon: the end of a write may be on its way.
    pub(super) async fn claim(&self, person: PersonId) -> Claim {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        loop {
            match self.hot.find(&self.tenant, person, &|_| false).await {
                Found::Nothing(Some(claim)) => return claim,
                _ => assert!(tokio::time::Instant::now() < deadline, "there is no claim to be had"),
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(super) async fn keep(&self, person: PersonId, claim: Claim, entry: &Arc<Entry>) {
        self.keep_for(person, (claim, KEPT_FOR), entry).await;
    }

    pub(super) async fn keep_for(&self, person: PersonId, claim: (Claim, Duration), entry: &Arc<Entry>) {
        self.hot.keep(&self.tenant, person, claim, entry).await;
    }

    /// Who is told of to have been warm, until somebody is.
    pub(super) async fn cooled(&self, until: PersonId) -> Vec<(PersonId, Duration)> {
        let mut told = Vec::new();
        while told.last().is_none_or(|(person, _)| *person != until) {
            let next = tokio::time::timeout(Duration::from_secs(20), async { self.cooled.lock().await.recv().await });
            let one = next.await.expect("somebody cooled").expect("the store is there");
            told.push((one.person, one.until.saturating_duration_since(tokio::time::Instant::now())));
        }
        told
    }

    /// Puts a profile in. The first try may be in vain, as a write's end may follow on a claim.
    pub(super) async fn put(&self, person: PersonId, name: &str, records: &[RecordId]) {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        while self.kept(person).await.as_deref() != Some(name) {
            assert!(tokio::time::Instant::now() < deadline, "nothing is kept");
            let claim = self.claim(person).await;
            self.keep(person, claim, &entry(name, records)).await;
        }
    }

    /// Says that records are a person's.
    pub(super) async fn belong(&self, person: PersonId, records: &[RecordId], version: i64) {
        let tx = self.db.begin().await.expect("a transaction");
        let moves = records.iter().map(|record| Move { record: *record, from: None, to: Some(person), version });
        let changed = Changed { moves: moves.collect(), redirects: Vec::new() };
        changed.save(&tx, Scope { tenant: &self.tenant, generation: 1 }).await.expect("moved");
        tx.commit().await.expect("committed");
    }

    /// Announces a write in a transaction that does nothing else.
    pub(super) async fn begin(&self, records: &[RecordId], persons: &[PersonId]) -> Writing {
        let concerned = Concerned {
            records: records.iter().copied().collect(),
            persons: persons.iter().copied().collect::<BTreeSet<_>>(),
        };
        let tx = self.db.begin().await.expect("a transaction");
        let writing = self.hot.begin(&tx, &self.tenant, concerned).await.expect("announced");
        let writings = [writing];
        self.hot.settle(&tx, &writings).await.expect("settled");
        tx.commit().await.expect("committed");
        writings.into_iter().next().expect("one")
    }
}
