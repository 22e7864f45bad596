//! Following what changes of profiles: each change once, in order for each person, from any token on.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures::StreamExt as _;
use tenure_journal::Operate as _;
use tenure_kernel::{PersonId, Purpose, Tenant, Timestamp};
use tenure_proto::{
    collector::v1::{ConsentDetail, TouchpointType as Type, touchpoint::Detail},
    profile::v1::{
        ProfileChange, RestrictPersonRequest, WatchProfilesRequest, WatchProfilesResponse,
        profile_service_client::ProfileServiceClient,
    },
};
use tenure_server::Peer;
use tenure_store::testing::TestPlace;
use tokio::time::{Instant, sleep, timeout};
use tonic::{Streaming, metadata::MetadataValue};

use crate::{
    dice::Dice,
    segments::{PERSONS, SEGMENTS, indexed, live, person},
    suite::{NOW, Options, Suite, as_tenant, places, tenant},
    touchpoints::{DAY, Told, record, seal, told},
    traits::{order, orders, windowed},
};

const PATIENCE: Duration = Duration::from_secs(20);

impl Suite {
    async fn watch(
        &self,
        tenant: &Tenant,
        purpose: Purpose,
        request: WatchProfilesRequest,
    ) -> Streaming<WatchProfilesResponse> {
        watch(&self.client, tenant, purpose, request).await
    }

    async fn say(&self, tenant: &Tenant, all: &[Told]) {
        let token = self.record(tenant, seal(&self.keyring, tenant, all).await).await;
        self.followed(&token).await;
        self.settled(tenant).await;
    }
}

async fn watch(
    client: &ProfileServiceClient<Peer>,
    tenant: &Tenant,
    purpose: Purpose,
    request: WatchProfilesRequest,
) -> Streaming<WatchProfilesResponse> {
    let mut request = as_tenant(tenant, request);
    request.metadata_mut().insert("purpose", MetadataValue::from_static(purpose.as_str()));
    client.clone().watch_profiles(request).await.expect("a stream").into_inner()
}

fn from(after: &str) -> WatchProfilesRequest {
    WatchProfilesRequest { after: after.to_owned(), ..WatchProfilesRequest::default() }
}

async fn next(stream: &mut Streaming<WatchProfilesResponse>) -> WatchProfilesResponse {
    after(stream, &[]).await
}

async fn after(stream: &mut Streaming<WatchProfilesResponse>, told: &[WatchProfilesResponse]) -> WatchProfilesResponse {
    let next = timeout(PATIENCE, stream.next()).await;
    let next = next.unwrap_or_else(|_| panic!("nothing comes after {:?}", outline(told)));
    next.expect("a message").expect("no error")
}

/// What is told until somebody's change fits.
async fn until(
    stream: &mut Streaming<WatchProfilesResponse>,
    fits: impl Fn(&ProfileChange) -> bool,
) -> Vec<WatchProfilesResponse> {
    let mut told = Vec::new();
    loop {
        let next = after(stream, &told).await;
        told.push(next);
        if told.iter().flat_map(|one| &one.changes).any(&fits) {
            told.retain(|one| !one.changes.is_empty());
            return told;
        }
    }
}

/// Without values, which are as of when they are told.
fn outline(told: &[WatchProfilesResponse]) -> Vec<String> {
    let change = |change: &ProfileChange| {
        let paths: Vec<&str> = change.fields.iter().map(|field| field.path.as_str()).collect();
        let traits: Vec<&str> = change.traits.iter().map(|one| one.name.as_str()).collect();
        let (entered, left, cause) = (&change.entered_segments, &change.left_segments, change.cause());
        let of = (&change.person_id, change.revision, cause, change.gone);
        format!("{of:?} {paths:?} {traits:?} {entered:?} {left:?}")
    };
    told.iter().flat_map(|one| &one.changes).map(change).collect()
}

type Applied = (BTreeSet<(String, String)>, BTreeMap<(String, String), Vec<String>>);

/// The segments, and the fields, that whoever applies what is told has in the end.
fn applied(told: &[WatchProfilesResponse]) -> Applied {
    let mut segments: BTreeSet<(String, String)> = BTreeSet::new();
    let mut fields: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for change in told.iter().flat_map(|one| &one.changes).cloned() {
        let id = change.person_id;
        if change.gone {
            segments.retain(|(_, of)| *of != id);
            fields.retain(|(of, _), _| *of != id);
        }
        segments.extend(change.entered_segments.into_iter().map(|segment| (segment, id.clone())));
        change.left_segments.into_iter().for_each(|segment| assert!(segments.remove(&(segment, id.clone()))));
        for field in change.fields {
            let values = field.values.into_iter().map(|field| field.value).collect();
            fields.insert((id.clone(), field.path), values);
        }
    }
    (segments, fields)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_told_once_and_in_order_wherever_the_stream_is_cut() {
    for place in places() {
        let suite = Suite::start(&place, Options { ranges: 4, ..Options::default() }).await;
        let acme = tenant("acme");
        let mut stream = suite.watch(&acme, Purpose::Service, from("")).await;
        let first = next(&mut stream).await;
        assert!(first.changes.is_empty() && !first.read_token.is_empty());
        let moves: Vec<_> = (1..=PERSONS).map(|one| (record(one), 1, Some(person(one)))).collect();
        suite.changed(&acme, &moves, &[]).await;
        suite.with(&acme, crate::segments::traits()).await;
        for (name, condition) in SEGMENTS {
            suite.segment(&acme, name, condition).await.expect("defined");
        }
        live(&suite, &acme, &mut Dice::new(7)).await;
        for days in 1..10_i64 {
            suite.settled(&acme).await;
            suite.clock.set(Timestamp(NOW.0 + days * DAY));
        }
        let token = suite.erase(&acme, &[record(3)]).await;
        suite.followed(&token).await;
        suite.changed(&acme, &[(record(7), 90, Some(PersonId([200; 16])))], &[]).await;
        suite.say(&acme, &[order(999, record(7), 0, 5, &[]).given_name("Last")]).await;
        let last = |change: &ProfileChange| {
            let named = change.fields.iter().flat_map(|field| &field.values).any(|field| field.value == "Last");
            change.person_id == PersonId([200; 16]).to_string() && named
        };
        let told = until(&mut stream, last).await;
        let changes: usize = told.iter().map(|one| one.changes.len()).sum();
        assert!(told.len() > 5 && changes > 15, "{told:?}");
        let everybody: Vec<PersonId> = (1..=PERSONS).map(person).chain([PersonId([200; 16])]).collect();
        let profiles = suite.several(&acme, &everybody, &[]).await;
        // Each revision of each person once, in order; an id that comes back begins anew. Of who is gone by now, that may be all.
        let mut revisions: BTreeMap<&str, i64> = BTreeMap::new();
        for change in told.iter().flat_map(|one| &one.changes) {
            let known = revisions.entry(&change.person_id).or_default();
            let is_there = profiles.iter().any(|(_, profile)| profile.person_id == change.person_id);
            assert!(change.revision == *known + 1 || (!is_there && change.revision > *known), "{known} {change:?}");
            *known = if change.gone { 0 } else { change.revision };
        }
        let (segments, mut fields) = applied(&told);
        fields.retain(|_, values| !values.is_empty());
        let kept = suite.kept(&acme).await.into_iter().filter(|(name, _)| SEGMENTS.iter().any(|one| one.0 == name));
        assert_eq!(segments, kept.map(|(name, person)| (name, person.to_string())).collect());
        let mut expected: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for (_, profile) in profiles {
            for field in profile.fields {
                let of = expected.entry((profile.person_id.clone(), field.path)).or_default();
                if !of.contains(&field.value) {
                    of.push(field.value);
                }
            }
        }
        assert_eq!(fields, expected);
        // From any token on comes what came behind it, and nothing else, whichever process is asked.
        let replica = suite.replica(&place, Options { ranges: 4, ..Options::default() }).await;
        for cut in 0..told.len() - 1 {
            let mut again = watch(&replica, &acme, Purpose::Service, from(&told[cut].read_token)).await;
            assert_eq!(outline(&until(&mut again, last).await), outline(&told[cut + 1..]), "from {cut}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_is_for_a_purpose_and_of_some_and_tells_nothing_of_who_is_erased() {
    let place = TestPlace::sqlite();
    let (suite, acme) = (Suite::start(&place, Options::default()).await, tenant("acme"));
    let moves: Vec<_> = (1..=3).map(|one| (record(one), 1, Some(person(one)))).collect();
    suite.with(&acme, vec![indexed(windowed("orders", orders(0)))]).await;
    suite.segment(&acme, "buyers", "orders > 1").await.expect("defined");
    let token = suite.changed(&acme, &moves, &[]).await;
    suite.followed(&token).await;
    suite.settled(&acme).await;
    let watch = |purpose, request| suite.watch(&acme, purpose, request);
    let mut service = watch(Purpose::Service, from("")).await;
    let mut aml = watch(Purpose::Aml, from("")).await;
    let mut care = watch(Purpose::Care, from("")).await;
    let mut marketing = watch(Purpose::Marketing, from("")).await;
    let only = WatchProfilesRequest { segment: "buyers".to_owned(), ..from("") };
    let mut buyers = watch(Purpose::Service, only).await;
    let one = WatchProfilesRequest { person_ids: vec![person(2).to_string()], paths: vec!["name".into()], ..from("") };
    let mut second = watch(Purpose::Service, one).await;
    // Nobody reads this one: it holds up no other.
    let _slow = watch(Purpose::Service, from("")).await;
    for stream in [&mut service, &mut aml, &mut marketing, &mut buyers, &mut second] {
        next(stream).await;
    }
    let consent = Detail::Consent(ConsentDetail { purpose_code: "marketing".into(), ..ConsentDetail::default() });
    suite.say(&acme, &[told(1, Type::KycPassed, record(1), 3).given_name("Secret")]).await;
    suite.say(&acme, &[order(2, record(1), 2, 1, &[]).given_name("Jan"), order(3, record(2), 2, 1, &[])]).await;
    let one_named = r#"("one", 2, Touchpoint, false) ["name.given_name"] ["orders"] [] []"#;
    let two_ordered = r#"("two", 2, Touchpoint, false) [] ["orders"] [] []"#;
    for stream in [&mut service, &mut aml] {
        assert_eq!(lines(stream, ("two", 2)).await, [one_named, two_ordered]);
    }
    let head = suite.profile.journal().head().await.expect("a head");
    let seen = through(&mut marketing, &suite.profile.journal().token(head)).await;
    assert!(seen.is_empty(), "without consent nobody markets: {seen:?}");
    suite
        .say(&acme, &[told(4, Type::ConsentGiven, record(2), 1).detail(consent), order(5, record(2), 1, 1, &[])])
        .await;
    let consented = r#"("two", 3, Touchpoint, false) ["consent.marketing"] ["orders"] ["buyers"] []"#;
    for stream in [&mut service, &mut aml, &mut marketing, &mut buyers] {
        assert_eq!(lines(stream, ("two", 3)).await, [consented]);
    }
    let vulnerable = told(8, Type::VulnerabilitySignalled, record(2), 1);
    let renamed = told(6, Type::NameChanged, record(2), 1).given_name("Kim").email("kim@example.nl");
    suite.say(&acme, &[vulnerable, renamed]).await;
    let named = r#"("two", 4, Touchpoint, false) ["contact.email", "name.given_name"] [] [] []"#;
    for stream in [&mut service, &mut aml, &mut marketing] {
        assert_eq!(lines(stream, ("two", 4)).await, [named]);
    }
    let noted = "SELECT COUNT(*) FROM sensitive_read";
    let by_law = suite.number(noted).await;
    assert!(by_law > 0, "what is shown of the law's reads is noted");
    assert_eq!(
        lines(&mut care, ("two", 4)).await.last().map(String::as_str),
        Some(named),
        "what is special is not told"
    );
    assert!(suite.number(noted).await > by_law);
    let narrow = r#"("two", 4, Touchpoint, false) ["name.given_name"] [] [] []"#;
    assert_eq!(lines(&mut second, ("two", 4)).await, [narrow]);
    rights_are_told_of(&suite, &acme, [service, aml, marketing, buyers, second]).await;
}

async fn rights_are_told_of(suite: &Suite, acme: &Tenant, streams: [Streaming<WatchProfilesResponse>; 5]) {
    let [mut service, mut aml, mut marketing, mut buyers, mut second] = streams;
    let restrict = RestrictPersonRequest {
        request_id: "r".to_owned(),
        person_id: person(1).to_string(),
        ground_code: "court_case".to_owned(),
        ..RestrictPersonRequest::default()
    };
    suite.client.clone().restrict_person(as_tenant(acme, restrict)).await.expect("restricted");
    suite.settled(acme).await;
    for stream in [&mut service, &mut aml, &mut marketing] {
        let seen = lines(stream, ("one", 3)).await;
        assert!(seen.len() == 1 && seen[0].contains(r#"3, Right, false) ["restriction."#), "{seen:?}");
    }
    suite.say(acme, &[order(7, record(1), 1, 1, &[]).family_name("Jansen")]).await;
    let of_law = r#"("one", 4, Touchpoint, false) ["name.family_name"] ["orders"] ["buyers"] []"#;
    assert_eq!(lines(&mut aml, ("one", 4)).await, [of_law], "the law goes on to see");
    let token = suite.erase(acme, &[record(2)]).await;
    suite.followed(&token).await;
    let gone = r#"("two", 5, Erasure, true) [] [] [] []"#;
    for stream in [&mut service, &mut aml, &mut marketing, &mut buyers, &mut second] {
        assert_eq!(lines(stream, ("two", 5)).await, [gone]);
    }
}

/// What is told up to a token.
async fn through(stream: &mut Streaming<WatchProfilesResponse>, token: &str) -> Vec<ProfileChange> {
    let mut told = Vec::new();
    loop {
        let one = next(stream).await;
        told.extend(one.changes);
        if one.read_token == token {
            return told;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_changes_nothing_of_whom_it_finds_as_they_were() {
    for place in places() {
        let (suite, acme) = (Suite::start(&place, Options::default()).await, tenant("acme"));
        suite.changed(&acme, &[(record(1), 1, Some(person(1)))], &[]).await;
        suite.say(&acme, &[told(1, Type::NameChanged, record(1), 3).given_name("Jan")]).await;
        let mut stream = suite.watch(&acme, Purpose::Service, from("")).await;
        let generation = suite.profile.following().rebuild().await.expect("a rebuild");
        let deadline = Instant::now() + PATIENCE;
        while suite.number("SELECT active FROM projection WHERE name = 'profile'").await != generation {
            assert!(Instant::now() < deadline, "the rebuild does not end");
            sleep(Duration::from_millis(20)).await;
        }
        suite.settled(&acme).await;
        suite.say(&acme, &[told(2, Type::NameChanged, record(1), 2).given_name("Kim")]).await;
        let change = |change: &ProfileChange| !change.fields.is_empty();
        let told = outline(&until(&mut stream, change).await);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains(r#"", 2, "#) && told[0].ends_with(r#"["name.given_name"] [] [] []"#), "{told:?}");
    }
}

/// What is told until a revision of a person, who is called so here.
async fn lines(stream: &mut Streaming<WatchProfilesResponse>, (who, revision): (&str, i64)) -> Vec<String> {
    let id = if who == "one" { person(1) } else { person(2) }.to_string();
    let told = until(stream, |change| (change.person_id.as_str(), change.revision) == (&id, revision)).await;
    let text = outline(&told).join("\n");
    assert!(!text.contains("Secret"));
    let named = text.replace(&person(1).to_string(), "one").replace(&person(2).to_string(), "two");
    named.lines().map(str::to_owned).collect()
}
