//! Enrichment providers in another language: one that works, one that hangs, one that lies, one that fails every other time.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use tempfile::TempDir;
use tenure_kernel::{Timestamp, clock::SetClock};
use tenure_profile::RemoteConfig;
use tenure_proto::{
    collector::v1::{IdentifierKind, RecordTouchpointsRequest, outcome::Status},
    profile::v1::{GetProfileRequest, Profile, enrichment_freshness::State, get_profile_request::By},
};
use tenure_store::testing::TestPlace;
use tenure_tests::{
    caller::Caller,
    host::Host,
    touchpoints::{NEW_YEAR, purchase, with_identifier},
};
use tokio::time::{Instant, sleep};

/// The providers, until it is dropped.
struct Providers {
    child: Child,
    addresses: BTreeMap<String, String>,
    _stubs: TempDir,
}

impl Providers {
    fn start(python: OsString) -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let stubs = TempDir::new().expect("a folder");
        let mut child = Command::new(python)
            .arg(here.join("tests/all/foreign/provider.py"))
            .arg("--proto")
            .arg(here.join("../proto"))
            .arg("--stubs")
            .arg(stubs.path())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python");
        let mut addresses = BTreeMap::new();
        for line in BufReader::new(child.stdout.take().expect("its output")).lines() {
            let line = line.expect("a line");
            if let Some((id, port)) = line.strip_prefix("provider ").and_then(|rest| rest.split_once(' ')) {
                addresses.insert(id.to_owned(), format!("http://127.0.0.1:{port}"));
            }
            if addresses.len() == 4 {
                break;
            }
        }
        assert_eq!(addresses.len(), 4, "the providers do not start");
        Self { child, addresses, _stubs: stubs }
    }
}

impl Drop for Providers {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const CUSTOMERS: usize = 30;

fn email(customer: usize) -> String {
    format!("{}@example.nl", "k".repeat(customer + 1))
}

/// Records the customers, a few at a time; answers their records and the last read token.
async fn record(caller: &mut Caller) -> (Vec<String>, String) {
    let (mut records, mut token) = (Vec::new(), String::new());
    for batch in (0..CUSTOMERS).collect::<Vec<_>>().chunks(3) {
        let said = |customer: &usize| {
            let id = customer.to_string();
            let placed = purchase("shop", &id, &id, 3, 1_000);
            with_identifier(placed, IdentifierKind::Email, &email(*customer))
        };
        let request = RecordTouchpointsRequest { touchpoints: batch.iter().map(said).collect(), ..Default::default() };
        let answer = caller.collector.record_touchpoints(request).await.expect("acknowledged").into_inner();
        assert!(answer.outcomes.iter().all(|one| one.status() == Status::Accepted), "{:?}", answer.outcomes);
        records.extend(answer.outcomes.into_iter().map(|one| one.record_id));
        token = answer.read_token;
    }
    (records, token)
}

async fn read(caller: &mut Caller, record: &str, read_after: &str) -> Profile {
    let by = Some(By::RecordId(record.to_owned()));
    let request = GetProfileRequest { by, read_after: read_after.to_owned(), ..Default::default() };
    caller.profile.get_profile(request).await.expect("a profile").into_inner().profile.expect("a profile")
}

fn value<'a>(profile: &'a Profile, path: &str) -> Option<&'a str> {
    profile.fields.iter().find(|field| field.path == path).map(|field| field.value.as_str())
}

/// How a profile stands with a provider, and why.
fn stands(profile: &Profile, provider: &str) -> (State, String) {
    let found = profile.enrichment.iter().find(|one| one.provider_id == provider);
    found.map_or((State::Unspecified, String::new()), |found| (found.state(), found.reason_code.clone()))
}

fn is_settled(profile: &Profile) -> bool {
    let (hangs, why) = stands(profile, "hangs");
    ["works", "lies", "half"].into_iter().all(|provider| stands(profile, provider).0 == State::Fresh)
        && hangs == State::Missing
        && why.starts_with("unavailable.")
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_that_hang_lie_and_fail_are_in_nobodys_way() {
    let Some(python) = super::python() else { return };
    let providers = tokio::task::spawn_blocking(move || Providers::start(python)).await.expect("providers");
    for place in TestPlace::each() {
        let mut now = Timestamp((NEW_YEAR + 103 * 86_400) * 1_000_000);
        let clock = Arc::new(SetClock::new(now));
        let remote = |address: &String| RemoteConfig { addresses: vec![address.clone()], ..RemoteConfig::default() };
        let host = Host::configured(place, clock.clone(), None, |config| {
            config.profile.enrichment.providers = providers.addresses.keys().cloned().collect();
            let remotes = providers.addresses.iter().map(|(id, address)| (id.clone(), remote(address)));
            config.profile.enrichment.remote = remotes.collect();
        })
        .await;
        let mut caller = host.caller("acme");
        // All are acknowledged, followed and shown, whatever the providers do.
        let (records, token) = record(&mut caller).await;
        assert_eq!(records.len(), CUSTOMERS);
        for (customer, record) in records.iter().enumerate() {
            let profile = read(&mut caller, record, &token).await;
            assert_eq!(value(&profile, "contact.email"), Some(email(customer).as_str()));
        }
        // Each is asked again after a while: what can be known is, and of the rest it is said why not.
        let deadline = Instant::now() + Duration::from_secs(120);
        for (customer, record) in records.iter().enumerate() {
            let mut profile = read(&mut caller, record, "").await;
            while !is_settled(&profile) {
                assert!(Instant::now() < deadline, "{:?}", profile.enrichment);
                now = now.plus(Duration::from_secs(60));
                clock.set(now);
                sleep(Duration::from_millis(100)).await;
                profile = read(&mut caller, record, "").await;
            }
            let letters = (customer + 1).to_string();
            for provider in ["works", "half"] {
                assert_eq!(value(&profile, &format!("enriched.letters.{provider}")), Some(letters.as_str()));
            }
            // Of the lies nothing is left but what was none.
            let said: Vec<_> = profile.fields.iter().filter(|one| one.path.contains("lies")).collect();
            assert_eq!(said.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(), ["enriched.letters.lies_code"]);
            assert_eq!(value(&profile, "name.family_name"), None);
            assert_eq!(value(&profile, "enriched.letters.undeclared"), None);
        }
    }
    drop(providers);
}
