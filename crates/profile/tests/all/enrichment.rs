//! What providers say: kept as facts with their provenance, asked for when it is to be, and never in anybody's way.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use tenure_journal::Operate as _;
use tenure_kernel::{PersonId, Purpose, RecordId, Timestamp};
use tenure_profile::{EnrichmentConfig, RemoteConfig};
use tenure_proto::{
    collector::v1::{ConsentDetail, TouchpointType as Type, touchpoint::Detail},
    enrichment::v1::{
        self as wire, EnrichmentMethod,
        enrichment_service_server::{EnrichmentService, EnrichmentServiceServer},
    },
    profile::v1::{
        EndRightRequest, EnrichmentFreshness, GetProfileRequest, Profile, RestrictPersonRequest,
        enrichment_freshness::State, field_evidence::Standing, get_profile_request::By,
    },
};
use tenure_store::testing::TestPlace;
use tokio::time::{Instant, sleep};
use tonic::{Request, Response, Status, metadata::MetadataValue, transport::server::TcpIncoming};

use crate::{
    suite::{NOW, Options, Suite, as_tenant, places, tenant},
    touchpoints::{Told, record, seal, told},
};

const PERSON: PersonId = PersonId([1; 16]);
const SECOND: i64 = 1_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Works,
    Hangs,
    Fails,
}

/// A provider elsewhere, which says of an e-mail address how long it is, for an hour.
struct Remote {
    mood: Mutex<Mood>,
    calls: AtomicUsize,
    purpose: &'static str,
}

#[derive(Clone)]
struct Served(Arc<Remote>);

#[tonic::async_trait]
impl EnrichmentService for Served {
    async fn describe_provider(
        &self,
        _: Request<wire::DescribeProviderRequest>,
    ) -> Result<Response<wire::DescribeProviderResponse>, Status> {
        let provider = wire::ProviderDescriptor {
            provider_id: "length".to_owned(),
            version: "7".to_owned(),
            inputs: vec![wire::ProviderInput { path: "contact.email".to_owned(), required: true }],
            outputs: vec![wire::ProviderOutput {
                path: "enriched.length".to_owned(),
                r#type: wire::ValueType::Integer.into(),
                default_ttl: Some(prost_types::Duration { seconds: 3_600, nanos: 0 }),
                ..Default::default()
            }],
            purpose_codes: vec![self.0.purpose.to_owned()],
            max_batch: 10,
            ..Default::default()
        };
        Ok(Response::new(wire::DescribeProviderResponse { provider: Some(provider) }))
    }

    async fn enrich(&self, request: Request<wire::EnrichRequest>) -> Result<Response<wire::EnrichResponse>, Status> {
        self.0.calls.fetch_add(1, SeqCst);
        let mood = *self.0.mood.lock().expect("a mood");
        match mood {
            Mood::Works => {}
            Mood::Hangs => std::future::pending().await,
            Mood::Fails => return Err(Status::internal("on its head")),
        }
        let result = |item: wire::EnrichItem| {
            let length = i64::try_from(item.inputs[0].value.len()).expect("short");
            wire::EnrichResult {
                item_id: item.item_id,
                status: wire::ItemStatus::Found.into(),
                facts: vec![wire::EnrichedFact {
                    path: "enriched.length".to_owned(),
                    value: Some(wire::EnrichedValue { kind: Some(wire::enriched_value::Kind::Integer(length)) }),
                    confidence: 0.75,
                    method: EnrichmentMethod::Model.into(),
                    licence: "CC0-1.0".to_owned(),
                    ..Default::default()
                }],
                negative_ttl: None,
            }
        };
        let results = request.into_inner().items.into_iter().map(result).collect();
        Ok(Response::new(wire::EnrichResponse { results }))
    }
}

impl Remote {
    fn start(purpose: &'static str) -> (Arc<Self>, SocketAddr) {
        let remote = Arc::new(Self { mood: Mutex::new(Mood::Works), calls: AtomicUsize::new(0), purpose });
        let incoming = TcpIncoming::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
        let address = incoming.local_addr().expect("an address");
        let service = EnrichmentServiceServer::new(Served(remote.clone()));
        tokio::spawn(tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming));
        (remote, address)
    }

    fn mood(&self, mood: Mood) {
        *self.mood.lock().expect("a mood") = mood;
    }

    fn calls(&self) -> usize {
        self.calls.load(SeqCst)
    }
}

fn with(providers: &[&str], remote: Option<SocketAddr>) -> Options {
    let one = |address: SocketAddr| {
        let addresses = vec![format!("http://{address}")];
        ("length".to_owned(), RemoteConfig { addresses, timeout_ms: 2_000, stale_hours: 2, ..RemoteConfig::default() })
    };
    let providers = providers.iter().map(|&id| id.to_owned()).collect();
    let enrichment = EnrichmentConfig { providers, remote: remote.map(one).into_iter().collect::<BTreeMap<_, _>>() };
    Options { ranges: 2, enrichment, ..Options::default() }
}

/// Record 1 is a person.
async fn started(place: &TestPlace, options: Options, said: &[Told]) -> Suite {
    let suite = Suite::start(place, options).await;
    let acme = tenant("acme");
    suite.changed(&acme, &[(record(1), 1, Some(PERSON)), (record(2), 1, Some(PERSON))], &[]).await;
    let token = suite.record(&acme, seal(&suite.keyring, &acme, said).await).await;
    suite.followed(&token).await;
    suite
}

async fn say(suite: &Suite, said: Told) {
    let acme = tenant("acme");
    let token = suite.record(&acme, seal(&suite.keyring, &acme, &[said]).await).await;
    suite.followed(&token).await;
}

async fn read(suite: &Suite, purpose: Purpose) -> Profile {
    let by = Some(By::RecordId(record(1).to_string()));
    let mut request = as_tenant(&tenant("acme"), GetProfileRequest { by, ..Default::default() });
    request.metadata_mut().insert("purpose", MetadataValue::from_static(purpose.as_str()));
    suite.client.clone().get_profile(request).await.expect("a profile").into_inner().profile.expect("a profile")
}

fn value<'a>(profile: &'a Profile, path: &str) -> Option<&'a str> {
    profile.fields.iter().find(|field| field.path == path).map(|field| field.value.as_str())
}

fn stands<'a>(profile: &'a Profile, provider: &str, whose: RecordId) -> Option<&'a EnrichmentFreshness> {
    let whose = whose.to_string();
    profile.enrichment.iter().find(|one| one.provider_id == provider && one.record_id == whose)
}

/// Waits until record 1 stands so with a provider.
async fn until(suite: &Suite, purpose: Purpose, provider: &str, state: State, reason: &str) -> Profile {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let profile = read(suite, purpose).await;
        let found = stands(&profile, provider, record(1));
        if found.is_some_and(|found| found.state() == state && found.reason_code == reason) {
            return profile;
        }
        assert!(Instant::now() < deadline, "{provider} is not {state:?} {reason}: {found:?}");
        sleep(Duration::from_millis(20)).await;
    }
}

fn at(suite: &Suite, seconds: i64) {
    suite.clock.set(Timestamp(NOW.0 + seconds * SECOND));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_providers_say_is_shown_with_its_source_and_explained() {
    for place in places() {
        let acme = tenant("acme");
        let said = [
            told(1, Type::OrderPlaced, record(1), 400).email("jan@gmail.com").family_name("Jansen"),
            told(2, Type::OrderPlaced, record(2), 20).given_name("Jan"),
        ];
        let suite = started(&place, with(&["email", "tenure", "salutation"], None), &said).await;
        let profile = until(&suite, Purpose::Service, "email", State::Fresh, "").await;
        let expected = [
            ("enriched.email.class", "free_mail"),
            ("enriched.email.domain", "gmail.com"),
            ("enriched.calendar.tenure_band", "1_to_2"),
            ("enriched.salutation.dutch", "Geachte heer, mevrouw Jansen"),
        ];
        for (path, expected) in expected {
            assert_eq!(value(&profile, path), Some(expected), "{path}");
        }
        let field = profile.fields.iter().find(|field| field.path == "enriched.email.class").expect("a field");
        let provenance = field.provenance.as_ref().expect("a provenance");
        assert_eq!((provenance.source.as_str(), provenance.touchpoint_id.as_str()), ("enrichment:email", ""));
        let by = provenance.enrichment.as_ref().expect("a provider");
        assert_eq!((by.provider_id.as_str(), by.method()), ("email", EnrichmentMethod::Derived));
        let seconds = |at: Option<prost_types::Timestamp>| at.expect("a time").seconds;
        assert!(seconds(provenance.expire_time) > seconds(by.refresh_time));
        // Nothing is asked of what is not there.
        assert_eq!(stands(&profile, "email", record(2)), None);
        // Another address: asked anew, and the former answer is amended.
        say(&suite, told(3, Type::OrderPlaced, record(1), 1).email("jan@bakkerij-jansen.nl")).await;
        let deadline = Instant::now() + Duration::from_secs(60);
        while value(&read(&suite, Purpose::Service).await, "enriched.email.class") != Some("corporate") {
            assert!(Instant::now() < deadline, "it is not asked anew");
            sleep(Duration::from_millis(20)).await;
        }
        let evidence = suite.explain(&acme, record(1), "enriched.email.class").await;
        let told: Vec<_> = evidence.iter().map(|one| (one.value.as_str(), one.standing())).collect();
        assert_eq!(told, [("corporate", Standing::Holds), ("free_mail", Standing::Amended)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_ends_in_the_same_and_asks_nobody() {
    for place in places() {
        let (acme, (remote, address)) = (tenant("acme"), Remote::start("service"));
        let said = [told(1, Type::OrderPlaced, record(1), 40).email("jan@example.nl")];
        let suite = started(&place, with(&["length"], Some(address)), &said).await;
        let profile = until(&suite, Purpose::Service, "length", State::Fresh, "").await;
        assert_eq!(value(&profile, "enriched.length"), Some("14"));
        let before = suite.profile.canonical_export(&acme).await.expect("a state");
        assert!(before.iter().any(|line| line.contains("enriched.length")));
        let generation = suite.profile.following().rebuild().await.expect("a rebuild");
        let deadline = Instant::now() + Duration::from_secs(60);
        while suite.number("SELECT active FROM projection WHERE name = 'profile'").await != generation {
            assert!(Instant::now() < deadline, "the rebuild does not end");
            sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(suite.profile.canonical_export(&acme).await.expect("a state"), before);
        // The records are looked after in the new generation; nothing is due that was answered.
        let due =
            format!("SELECT COUNT(*) FROM enrichment_due WHERE generation = {generation} AND due_at <= {}", NOW.0);
        while suite.number(&due).await > 0 {
            assert!(Instant::now() < deadline, "they are not looked after");
            sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(remote.calls(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_restricts_is_not_sent_and_what_was_said_is_withdrawn() {
    for place in places() {
        let acme = tenant("acme");
        let said = [told(1, Type::OrderPlaced, record(1), 40).email("jan@example.nl")];
        let suite = started(&place, with(&["email"], None), &said).await;
        until(&suite, Purpose::Service, "email", State::Fresh, "").await;
        let restrict = RestrictPersonRequest {
            request_id: "r1".into(),
            person_id: PERSON.to_string(),
            ground_code: "accuracy_contested".into(),
            ..Default::default()
        };
        let right = suite.client.clone().restrict_person(as_tenant(&acme, restrict)).await.expect("restricted");
        let profile = until(&suite, Purpose::Privacy, "email", State::Missing, "withheld.restricted").await;
        assert_eq!(value(&profile, "enriched.email.class"), None);
        assert!(read(&suite, Purpose::Service).await.enrichment.is_empty());
        let right_id = right.into_inner().right.expect("a right").right_id;
        let end = EndRightRequest { request_id: "r2".into(), right_id };
        suite.client.clone().end_right(as_tenant(&acme, end)).await.expect("ended");
        let profile = until(&suite, Purpose::Service, "email", State::Fresh, "").await;
        assert_eq!(value(&profile, "enriched.email.class"), Some("corporate"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_for_marketing_is_given_those_who_consent() {
    for place in places() {
        let (remote, address) = Remote::start("marketing");
        let said = [told(1, Type::OrderPlaced, record(1), 40).email("jan@example.nl")];
        let suite = started(&place, with(&["length"], Some(address)), &said).await;
        until(&suite, Purpose::Service, "length", State::Missing, "withheld.consent_missing").await;
        assert_eq!(remote.calls(), 0);
        let purposes = || ConsentDetail { purpose_code: "marketing".into(), ..Default::default() };
        // Said by another record of the person.
        let given = told(2, Type::ConsentGiven, record(2), 3).detail(Detail::Consent(purposes()));
        say(&suite, given).await;
        until(&suite, Purpose::Service, "length", State::Fresh, "").await;
        assert_eq!(remote.calls(), 1);
        let withdrawn = told(3, Type::ConsentWithdrawn, record(2), 2).detail(Detail::Consent(purposes()));
        say(&suite, withdrawn).await;
        let profile = until(&suite, Purpose::Service, "length", State::Missing, "withheld.consent_missing").await;
        assert_eq!(value(&profile, "enriched.length"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_provider_fails_what_it_said_is_stale_and_then_missing() {
    for place in places() {
        let (remote, address) = Remote::start("service");
        let said = [told(1, Type::OrderPlaced, record(1), 40).email("jan@example.nl")];
        let suite = started(&place, with(&["length", "email"], Some(address)), &said).await;
        until(&suite, Purpose::Service, "length", State::Fresh, "").await;
        remote.mood(Mood::Fails);
        at(&suite, 4_000);
        let profile = until(&suite, Purpose::Service, "length", State::Stale, "unavailable.error").await;
        assert_eq!(value(&profile, "enriched.length"), Some("14"));
        at(&suite, 3 * 3_600);
        let profile = until(&suite, Purpose::Service, "length", State::Missing, "unavailable.error").await;
        assert_eq!(value(&profile, "enriched.length"), None);
        // The other provider is none the worse.
        assert_eq!(stands(&profile, "email", record(1)).map(EnrichmentFreshness::state), Some(State::Fresh));
        remote.mood(Mood::Works);
        at(&suite, 5 * 3_600);
        let profile = until(&suite, Purpose::Service, "length", State::Fresh, "").await;
        assert_eq!(value(&profile, "enriched.length"), Some("14"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_provider_hangs_all_is_followed_and_read() {
    for place in places() {
        let (acme, (remote, address)) = (tenant("acme"), Remote::start("service"));
        remote.mood(Mood::Hangs);
        let said = [told(1, Type::OrderPlaced, record(1), 40).email("jan@example.nl")];
        let suite = started(&place, with(&["length"], Some(address)), &said).await;
        let deadline = Instant::now() + Duration::from_secs(60);
        while remote.calls() == 0 {
            assert!(Instant::now() < deadline, "it is not asked");
            sleep(Duration::from_millis(5)).await;
        }
        // It hangs; a hundred more touchpoints are followed, and every one is read back, before it is given up.
        for number in 2..102 {
            say(&suite, told(number, Type::OrderPlaced, record(2), 30).given_name(&format!("Jan {number}"))).await;
        }
        let profile = suite.profile_of(&acme, record(1), "").await;
        assert_eq!(profile.touchpoints[0].count, 101);
        let profile = until(&suite, Purpose::Service, "length", State::Missing, "unavailable.timeout").await;
        assert_eq!(value(&profile, "contact.email"), Some("jan@example.nl"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_erased_record_is_looked_after() {
    for place in places() {
        let acme = tenant("acme");
        let said = [
            told(1, Type::OrderPlaced, record(1), 40).email("jan@example.nl"),
            told(2, Type::OrderPlaced, record(2), 40).email("kim@example.nl"),
        ];
        let suite = started(&place, with(&["email"], None), &said).await;
        until(&suite, Purpose::Service, "email", State::Fresh, "").await;
        let token = suite.erase(&acme, &[record(2)]).await;
        suite.followed(&token).await;
        let profile = until(&suite, Purpose::Service, "email", State::Fresh, "").await;
        assert_eq!(stands(&profile, "email", record(2)), None);
        let deadline = Instant::now() + Duration::from_secs(60);
        while suite.number("SELECT COUNT(*) FROM enrichment_due").await != 1 {
            assert!(Instant::now() < deadline, "an erased record is looked after");
            sleep(Duration::from_millis(20)).await;
        }
    }
}
