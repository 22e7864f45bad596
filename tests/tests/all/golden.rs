//! The golden corpus: payloads of every revision ever written must be read for ever. Entries of a small history stand in
//! `golden/`, with the keyring that they are sealed under; every follower applies them, parks none, and ends in the state that
//! stands beside them.
//!
//! When a payload gets a new revision, add a folder (`TENURE_UPDATE_GOLDEN=r2`) and keep the old ones.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::{StreamExt, future::BoxFuture, stream, stream::BoxStream};
use prost::Message as _;
use tenure_identity::Identity;
use tenure_journal::{Operate as _, ReadToken, Source};
use tenure_kernel::{RandomIds, SystemClock, Tenant};
use tenure_keyring::{Kek, Keyring};
use tenure_profile::{Profile, ProfileConfig};
use tenure_proto::journal::v1::{InputProgress, JournalEntry, TailRequest, TailResponse};
use tenure_server::PageTokens;
use tenure_store::{Query as _, testing::TestPlace};
use tenure_tests::host::Host;
use tenure_value::{Value, ValueConfig};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::journeys::permutation;

const EPOCH: [u8; 16] = [7; 16];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/all/golden")
}

/// A journal that was written long ago.
struct Kept(Vec<JournalEntry>);

impl Source for Kept {
    fn tail(
        &self,
        request: TailRequest,
    ) -> BoxFuture<'static, Result<BoxStream<'static, Result<TailResponse, Status>>, Status>> {
        let entries: Vec<_> = self.0.iter().filter(|entry| entry.sequence > request.after).cloned().collect();
        let high_water = self.0.last().map_or(0, |entry| entry.sequence);
        // Whatever of the collector is kept was applied before the last entry here.
        let inputs = vec![InputProgress { journal: "collector".to_owned(), epoch: EPOCH.to_vec(), sequence: i64::MAX }];
        let frame = TailResponse { epoch: EPOCH.to_vec(), entries, high_water, inputs };
        Box::pin(async move { Ok(stream::once(async move { Ok(frame) }).chain(stream::pending()).boxed()) })
    }
}

fn read(file: &Path) -> Vec<JournalEntry> {
    let bytes = fs::read(file).expect("a corpus");
    let (mut rest, mut entries) = (bytes.as_slice(), Vec::new());
    while !rest.is_empty() {
        entries.push(JournalEntry::decode_length_delimited(&mut rest).expect("an entry"));
    }
    entries
}

#[tokio::test(flavor = "multi_thread")]
async fn every_revision_ever_written_is_still_read() {
    if let Ok(revision) = std::env::var("TENURE_UPDATE_GOLDEN") {
        write(&folder().join(revision)).await;
    }
    let mut revisions = 0;
    for revision in fs::read_dir(folder()).expect("a folder") {
        let revision = revision.expect("an entry").path();
        let expected = fs::read_to_string(revision.join("state.txt")).expect("a state");
        assert_eq!(replay(&revision).await.join("\n"), expected.trim_end(), "{}", revision.display());
        revisions += 1;
    }
    assert!(revisions >= 1, "there is a corpus");
}

async fn keyring(place: &TestPlace) -> Keyring {
    Keyring::open(&place.config, "keyring", Kek::new(&[7; 32]).expect("a key")).await.expect("a keyring")
}

/// The followers of a corpus.
struct Followers {
    identity: Identity,
    profile: Profile,
    value: Value,
}

impl Followers {
    async fn open(place: &TestPlace, kept: &BTreeMap<&'static str, Vec<JournalEntry>>) -> Self {
        let sources = || -> BTreeMap<&'static str, Arc<dyn Source>> {
            kept.iter()
                .map(|(journal, entries)| (*journal, Arc::new(Kept(entries.clone())) as Arc<dyn Source>))
                .collect()
        };
        let keyring = keyring(place).await;
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds::default()));
        let identity = tenure_identity::Parts {
            store: place.open::<tenure_identity::Migrator>("identity").await,
            keyring: keyring.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            tokens: PageTokens::new([1; 32]),
            sources: sources(),
            ranges: 1,
        };
        let profile = tenure_profile::Parts {
            store: place.open::<tenure_profile::Migrator>("profile").await,
            keyring,
            clock: clock.clone(),
            ids: ids.clone(),
            sources: sources(),
            ranges: 1,
        };
        let value = tenure_value::Parts {
            store: place.open::<tenure_value::Migrator>("value").await,
            clock,
            ids,
            tokens: PageTokens::new([1; 32]),
            sources: sources(),
            ranges: 1,
        };
        Self {
            identity: Identity::open(identity).await.expect("identity"),
            profile: Profile::open(profile, &ProfileConfig::default()).await.expect("profile"),
            value: Value::open(value, &ValueConfig::default()).await.expect("value"),
        }
    }

    /// Waits until all have followed a journal to its end. Identity does not follow itself.
    async fn at_the_end_of(&self, journal: &str, sequence: i64) {
        let token = ReadToken { journal: journal.to_owned(), epoch: EPOCH, sequence }.encode();
        if journal == "collector" {
            self.identity.following().read_after().wait(&token, None).await.expect("identity follows");
        }
        self.profile.following().read_after().wait(&token, None).await.expect("profile follows");
        self.value.following().read_after().wait(&token, None).await.expect("value follows");
    }

    async fn state(&self) -> Vec<String> {
        let tenant: Tenant = "acme".parse().expect("a tenant");
        let mut state = self.identity.canonical_export(&tenant).await.expect("identity's state");
        state.extend(self.profile.canonical_export(&tenant).await.expect("profile's state"));
        state.extend(self.value.canonical_export(&tenant).await.expect("value's state"));
        state
    }

    async fn parked(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        for store in
            [self.identity.following().store(), self.profile.following().store(), self.value.following().store()]
        {
            let rows = store.all("SELECT reason FROM parked", vec![]).await.expect("a query");
            reasons.extend(rows.iter().map(|row| row.get::<String>(0).expect("a reason")));
        }
        reasons
    }
}

/// Has every follower apply a corpus: the state that they end in.
async fn replay(revision: &Path) -> Vec<String> {
    let place = TestPlace::sqlite();
    let data = place.config.url.strip_prefix("sqlite:").expect("a folder").to_owned();
    fs::copy(revision.join("keyring.db"), Path::new(&data).join("keyring.db")).expect("copied");
    let journals = ["collector", "identity"];
    let kept = journals.map(|journal| (journal, read(&revision.join(format!("{journal}.binpb"))))).into();
    let followers = Followers::open(&place, &kept).await;
    let stop = CancellationToken::new();
    let running = [
        tokio::spawn(followers.identity.clone().run(stop.clone())),
        tokio::spawn(followers.profile.clone().run(stop.clone())),
        tokio::spawn(followers.value.clone().run(stop.clone())),
    ];
    for (journal, entries) in &kept {
        followers.at_the_end_of(journal, entries.last().map_or(0, |entry| entry.sequence)).await;
    }
    let (state, parked) = (followers.state().await, followers.parked().await);
    assert!(parked.is_empty(), "{parked:?}");
    stop.cancel();
    for task in running {
        task.await.expect("an orderly end");
    }
    state
}

/// Writes a corpus from a history that is run through a suite.
async fn write(revision: &Path) {
    fs::create_dir_all(revision).expect("a folder");
    let secrets = TestPlace::sqlite();
    let shared = keyring(&secrets).await;
    let host = Host::with_keyring(TestPlace::sqlite(), shared).await;
    permutation::in_some_order(&host, 0).await;
    for journal in ["collector", "identity"] {
        let store = match journal {
            "collector" => host.suite.collector.journal().store().clone(),
            _ => host.suite.identity.following().store().clone(),
        };
        let page = tenure_journal::read_page(&store, 0, &std::collections::BTreeSet::new()).await.expect("entries");
        let mut bytes = Vec::new();
        for entry in page.entries {
            entry.encode_length_delimited(&mut bytes).expect("encoded");
        }
        fs::write(revision.join(format!("{journal}.binpb")), bytes).expect("written");
    }
    // VACUUM INTO copies what stands in the write-ahead log too.
    let copy = revision.join("keyring.db");
    let _ = fs::remove_file(&copy);
    let store = secrets.open::<tenure_keyring::Migrator>("keyring").await;
    store.all(&format!("VACUUM INTO '{}'", copy.display()), vec![]).await.expect("copied");
    let state = replay(revision).await.join("\n");
    fs::write(revision.join("state.txt"), format!("{state}\n")).expect("written");
}
