//! Segments and lists: what is kept of persons is what a look at each of them finds, whatever came in which order, and whatever time it is.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tenure_journal::{Operate, Timer};
use tenure_kernel::{PersonId, Purpose, Tenant, Timestamp};
use tenure_proto::{
    collector::v1::{ConsentDetail, TouchpointType as Type, touchpoint::Detail},
    profile::v1::{
        DefineSegmentRequest, DeleteSegmentRequest, ListProfilesRequest, ListProfilesResponse, ListSegmentsRequest,
        Profile, SegmentDefinition, TraitCondition, TraitDefinition, TraitValue, trait_value::Kind,
    },
};
use tenure_server::wire;
use tenure_store::{Query, testing::TestPlace};
use tokio::time::{Instant, sleep};
use tonic::{Status, metadata::MetadataValue};

use crate::{
    dice::Dice,
    suite::{NOW, Options, Suite, as_tenant, places, tenant},
    touchpoints::{Told, record, told},
    traits::{expression, order, orders, spent, value, windowed},
};

pub(crate) fn person(number: u8) -> PersonId {
    PersonId([number.wrapping_mul(83); 16])
}

pub(crate) fn indexed(definition: TraitDefinition) -> TraitDefinition {
    TraitDefinition { indexed: true, ..definition }
}

impl Suite {
    pub(crate) async fn segment(&self, tenant: &Tenant, name: &str, condition: &str) -> Result<i32, Status> {
        let (name, condition) = (name.to_owned(), condition.to_owned());
        let definition = Some(SegmentDefinition { name, condition, ..SegmentDefinition::default() });
        let request = DefineSegmentRequest { definition, ..DefineSegmentRequest::default() };
        let answer = self.client.clone().define_segment(as_tenant(tenant, request)).await?.into_inner();
        Ok(answer.definition.expect("a definition").version)
    }

    /// Waits until nobody is due, and everybody was looked at since the last change.
    pub(crate) async fn settled(&self, tenant: &Tenant) {
        let until = Instant::now() + Duration::from_secs(60);
        let head = self.profile.journal().token(self.profile.journal().head().await.expect("a head"));
        self.followed(&head).await;
        loop {
            let now = tenure_kernel::Clock::now(self.clock.as_ref());
            if Timer::due(&self.store, tenant, now).await.expect("a number") == 0 {
                return;
            }
            assert!(Instant::now() < until, "somebody stays due");
            sleep(Duration::from_millis(10)).await;
        }
    }

    async fn page(
        &self,
        tenant: &Tenant,
        purpose: Purpose,
        request: ListProfilesRequest,
    ) -> Result<ListProfilesResponse, Status> {
        let mut request = as_tenant(tenant, request);
        request.metadata_mut().insert("purpose", MetadataValue::from_static(purpose.as_str()));
        Ok(self.client.clone().list_profiles(request).await?.into_inner())
    }

    /// All pages.
    async fn listed(&self, tenant: &Tenant, request: ListProfilesRequest) -> Vec<Profile> {
        let (mut listed, mut request) = (Vec::new(), request);
        loop {
            let page = self.page(tenant, Purpose::Service, request.clone()).await.expect("a page");
            assert!(page.complete, "everybody was looked at");
            listed.extend(page.profiles);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return listed;
            }
        }
    }

    async fn persons_in(&self, tenant: &Tenant, segment: &str) -> Vec<String> {
        let segment = segment.to_owned();
        let request = ListProfilesRequest { segment, page_size: 2, ..ListProfilesRequest::default() };
        self.listed(tenant, request).await.into_iter().map(|one| one.person_id).collect()
    }

    /// What the tables of states hold.
    pub(crate) async fn kept(&self, tenant: &Tenant) -> BTreeSet<(String, PersonId)> {
        let mut kept = BTreeSet::new();
        for table in ["person_segment", "person_trait"] {
            let name = if table == "person_trait" { "name" } else { "segment" };
            let sql = format!("SELECT {name}, person_id FROM {table} WHERE tenant = ? /* whole */");
            for row in self.store.all(&sql, vec![tenant.as_str().into()]).await.expect("rows") {
                kept.insert((row.get(0).expect("a name"), PersonId(row.id(1).expect("an id"))));
            }
        }
        kept
    }
}

fn of_number(name: &str, bound: impl FnOnce(&mut TraitCondition, TraitValue), number: f64) -> ListProfilesRequest {
    let mut condition = TraitCondition { name: name.to_owned(), ..TraitCondition::default() };
    bound(&mut condition, TraitValue { kind: Some(Kind::Number(number)) });
    ListProfilesRequest { r#trait: Some(condition), page_size: 2, ..ListProfilesRequest::default() }
}

pub(crate) const PERSONS: u8 = 7;
pub(crate) const SEGMENTS: [(&str, &str); 5] = [
    ("busy", "orders_2d > 1"),
    ("idle", "since(last_order) > 3d"),
    ("anybody", "orders >= 0"),
    ("covered", "count('contract.*.status', 'active') > 0 or field('life.retired') = 'true'"),
    ("big", "spent_9d >= money(2000, 'EUR') and not idle_long"),
];

pub(crate) fn traits() -> Vec<TraitDefinition> {
    let last = tenure_proto::profile::v1::WindowedTrait {
        aggregate: tenure_proto::profile::v1::TraitAggregate::Last.into(),
        measure: tenure_proto::profile::v1::TraitMeasure::Time.into(),
        ..orders(0)
    };
    vec![
        indexed(windowed("orders", orders(0))),
        windowed("orders_2d", orders(48)),
        indexed(windowed("spent_9d", spent(9 * 24))),
        windowed("last_order", last),
        expression("idle_long", "since(last_order) > 8d"),
    ]
}

/// What everybody is in, and everybody's indexed traits, as each one's own profile has it.
async fn looked(suite: &Suite, tenant: &Tenant) -> (BTreeSet<(String, PersonId)>, BTreeMap<String, Profile>) {
    let (mut found, mut profiles) = (BTreeSet::new(), BTreeMap::new());
    let ids: Vec<PersonId> = (1..=PERSONS).map(person).collect();
    for (place, profile) in suite.several(tenant, &ids, &[]).await {
        let id = ids[usize::try_from(place).expect("a place")];
        if profile.person_id != id.to_string() {
            continue;
        }
        let (count, spent) = (value(&profile, "orders"), value(&profile, "spent_9d"));
        let worked_out = profile.segments.iter().map(|one| one.name.clone());
        found.extend(worked_out.chain(["orders".to_owned(), "spent_9d".to_owned()]).map(|name| (name, id)));
        assert!(count != "none" && spent != "none");
        profiles.insert(profile.person_id.clone(), profile);
    }
    (found, profiles)
}

/// A history of orders, contracts, corrections, merges and splits, in an order of its own.
pub(crate) async fn live(suite: &Suite, tenant: &Tenant, dice: &mut Dice) {
    let mut all: Vec<Told> = Vec::new();
    for number in 1..=40_u32 {
        let whose = 1 + u8::try_from(dice.roll(usize::from(PERSONS))).expect("small");
        let days = i64::try_from(dice.roll(12)).expect("small");
        all.push(order(number, record(whose), days, 700, &[]).earlier(i64::try_from(dice.roll(600)).expect("small")));
        if dice.roll(4) == 0 {
            all.push(order(100 + number, record(whose), days, 900, &[]).corrects(number, 1));
        }
        if dice.roll(5) == 0 {
            all.push(told(200 + number, Type::OrderPlaced, record(whose), days).retracts(number, 2));
        }
        if dice.roll(6) == 0 {
            all.push(told(300 + number, Type::RetirementReported, record(whose), 1).effective(-i64::from(number % 9)));
        }
    }
    dice.shuffle(&mut all);
    let mut version = 1;
    for chunk in all.chunks(9) {
        suite.record(tenant, crate::touchpoints::seal(&suite.keyring, tenant, chunk).await).await;
        version += 1;
        let (one, into) = (1 + dice.roll(usize::from(PERSONS)), 1 + dice.roll(usize::from(PERSONS)));
        let (one, into) = (u8::try_from(one).expect("small"), u8::try_from(into).expect("small"));
        suite.changed(tenant, &[(record(one), version, Some(person(into)))], &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn states_are_what_a_look_at_everybody_finds_whatever_happens_and_as_time_passes() {
    for place in places() {
        let suite = Suite::start(&place, Options { ranges: 2, ..Options::default() }).await;
        let mut dice = Dice::new(31);
        for (number, name) in ["early", "late"].into_iter().enumerate() {
            let tenant = tenant(name);
            let moves: Vec<_> = (1..=PERSONS).map(|one| (record(one), 1, Some(person(one)))).collect();
            suite.changed(&tenant, &moves, &[]).await;
            let define = async || {
                suite.with(&tenant, traits()).await;
                for (name, condition) in SEGMENTS {
                    suite.segment(&tenant, name, condition).await.expect("defined");
                }
            };
            if number == 0 {
                define().await;
            }
            live(&suite, &tenant, &mut dice).await;
            let token = suite.changed(&tenant, &[(record(1), 90, Some(person(2)))], &[]).await;
            suite.followed(&token).await;
            if number == 1 {
                define().await;
            }
            let token = suite.erase(&tenant, &[record(3)]).await;
            suite.followed(&token).await;
        }
        let mut differing = BTreeSet::new();
        for days in 0..10_i64 {
            suite.clock.set(Timestamp(NOW.0 + days * 86_400_000_000 + days * 777_777));
            for name in ["early", "late"] {
                let tenant = tenant(name);
                suite.settled(&tenant).await;
                let (expected, profiles) = looked(&suite, &tenant).await;
                assert_eq!(suite.kept(&tenant).await, expected, "{name} after {days} days");
                for (segment, _) in SEGMENTS {
                    let listed: Vec<String> = suite.persons_in(&tenant, segment).await;
                    let is_in = |(_, one): &(&String, &Profile)| one.segments.iter().any(|one| one.name == segment);
                    let expected: Vec<String> = profiles.iter().filter(is_in).map(|(id, _)| id.clone()).collect();
                    differing.insert((segment, expected.len()));
                    let mut sorted = listed.clone();
                    sorted.sort();
                    assert_eq!(sorted, expected, "{segment} of {name} after {days} days");
                }
            }
        }
        assert!(differing.len() > 9, "time changes something: {differing:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_ordered_by_the_trait_and_paged() {
    for place in places() {
        let (suite, acme) = (Suite::start(&place, Options::default()).await, tenant("acme"));
        let moves: Vec<_> = (1..=6).map(|one| (record(one), 1, Some(person(one)))).collect();
        suite.changed(&acme, &moves, &[]).await;
        suite.with(&acme, vec![indexed(windowed("orders", orders(0))), indexed(windowed("day", orders(24)))]).await;
        suite.segment(&acme, "some", "orders > 1").await.expect("defined");
        let many = |whose: u8, count: u32| {
            (0..count).map(move |one| order(u32::from(whose) * 10 + one, record(whose), 2, 1, &[]))
        };
        let all: Vec<Told> = [(1, 3), (2, 1), (3, 3), (4, 2), (5, 5)]
            .into_iter()
            .flat_map(|(whose, count)| many(whose, count))
            .collect();
        let token = suite.record(&acme, crate::touchpoints::seal(&suite.keyring, &acme, &all).await).await;
        suite.followed(&token).await;
        suite.settled(&acme).await;
        let at_least = |condition: &mut TraitCondition, value| condition.at_least = Some(value);
        let counts = async |request: ListProfilesRequest| {
            suite.listed(&acme, request).await.iter().map(|one| value(one, "orders")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(counts(of_number("orders", at_least, 0.0)).await, "0 1 2 3 3 5");
        let down = ListProfilesRequest { descending: true, ..of_number("orders", at_least, 2.0) };
        assert_eq!(counts(down.clone()).await, "5 3 3 2");
        assert_eq!(counts(of_number("orders", |one, value| one.equal_to = Some(value), 3.0)).await, "3 3");
        assert_eq!(counts(of_number("orders", |one, value| one.less_than = Some(value), 3.0)).await, "0 1 2");
        let both = ListProfilesRequest { segment: "some".to_owned(), ..of_number("orders", at_least, 0.0) };
        assert_eq!(counts(both).await, "2 3 3 5");
        // Of what is wanted, and a token for nothing but its own list.
        let narrow = ListProfilesRequest { paths: vec!["segment.some".to_owned()], ..down.clone() };
        let page = suite.page(&acme, Purpose::Service, narrow.clone()).await.expect("a page");
        assert!(page.profiles.iter().all(|one| one.traits.is_empty() && one.segments.len() == 1));
        assert_eq!(page.profiles[0].segments[0].enter_time.as_ref().and_then(wire::timestamp), Some(NOW));
        let other =
            ListProfilesRequest { page_token: page.next_page_token.clone(), descending: false, ..narrow.clone() };
        suite.page(&acme, Purpose::Service, other).await.expect_err("another list");
        // Who comes to fit another definition is listed once everybody was looked at; a deleted one lists nobody.
        suite.segment(&acme, "some", "orders > 2").await.expect("defined");
        suite.settled(&acme).await;
        assert_eq!(suite.persons_in(&acme, "some").await.len(), 3);
        suite.with(&acme, vec![windowed("day", orders(24))]).await;
        suite.settled(&acme).await;
        let gone = suite.page(&acme, Purpose::Service, of_number("day", at_least, 0.0)).await;
        assert_eq!(gone.expect_err("it is not indexed").code(), tonic::Code::NotFound);
        let delete = DeleteSegmentRequest { name: "some".to_owned() };
        suite.client.clone().delete_segment(as_tenant(&acme, delete.clone())).await.expect("deleted");
        suite.client.clone().delete_segment(as_tenant(&acme, delete)).await.expect("it is deleted");
        suite.settled(&acme).await;
        assert_eq!(suite.number("SELECT COUNT(*) FROM person_segment").await, 0);
        assert_eq!(suite.segment(&acme, "some", "orders > 2").await.expect("defined"), 3, "versions go on");
        suite.settled(&acme).await;
        // A rebuild leaves all as it was.
        let before = suite.kept(&acme).await;
        suite.profile.following().rebuild().await.expect("begun");
        let until = Instant::now() + Duration::from_secs(60);
        while suite.number("SELECT active FROM projection WHERE name = 'profile'").await < 2 {
            assert!(Instant::now() < until, "the rebuild does not end");
            sleep(Duration::from_millis(20)).await;
        }
        suite.settled(&acme).await;
        assert_eq!(suite.kept(&acme).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_purpose_does_not_see_is_left_out_and_pages_are_filled() {
    let place = TestPlace::sqlite();
    let (suite, acme) = (Suite::start(&place, Options::default()).await, tenant("acme"));
    let moves: Vec<_> = (1..=50).map(|one| (record(one), 1, Some(PersonId([one; 16])))).collect();
    suite.changed(&acme, &moves, &[]).await;
    suite.with(&acme, vec![windowed("orders", orders(0))]).await;
    suite.segment(&acme, "buyers", "orders > 0").await.expect("defined");
    let consent = Detail::Consent(ConsentDetail { purpose_code: "marketing".into(), ..ConsentDetail::default() });
    let mut all: Vec<Told> = (1..=50).map(|one| order(u32::from(one), record(one), 2, 1, &[])).collect();
    all.extend(
        [7, 8, 47].map(|one| told(100 + u32::from(one), Type::ConsentGiven, record(one), 1).detail(consent.clone())),
    );
    let token = suite.record(&acme, crate::touchpoints::seal(&suite.keyring, &acme, &all).await).await;
    suite.followed(&token).await;
    suite.settled(&acme).await;
    let of = |page_size, page_token: &str| ListProfilesRequest {
        segment: "buyers".to_owned(),
        page_size,
        page_token: page_token.to_owned(),
        ..ListProfilesRequest::default()
    };
    let ids = |page: &ListProfilesResponse| page.profiles.iter().map(|one| one.person_id.clone()).collect::<Vec<_>>();
    let expected = [7, 8, 47].map(|one| PersonId([one; 16]).to_string());
    let page = suite.page(&acme, Purpose::Marketing, of(3, "")).await.expect("a page");
    assert_eq!(ids(&page), expected, "whoever is not seen does not count");
    // Very many in a row that are not seen end a page early; its token tells nobody of them, and goes on where it ended.
    let mut token = String::new();
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let page = suite.page(&acme, Purpose::Marketing, of(1, &token)).await.expect("a page");
        found.extend(ids(&page));
        pages += 1;
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(found, expected);
    assert!(pages > 3, "one was short");
    assert_eq!(ids(&suite.page(&acme, Purpose::Service, of(100, "")).await.expect("a page")).len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_equal_segment_stays_as_it_is_and_all_are_listed_page_by_page() {
    let place = TestPlace::sqlite();
    let (suite, acme) = (Suite::start(&place, Options::default()).await, tenant("acme"));
    suite.with(&acme, vec![windowed("orders", orders(0))]).await;
    for version in [1, 1] {
        for number in 0..7 {
            let found = suite.segment(&acme, &format!("s{number}"), "orders > 1").await.expect("defined");
            assert_eq!(found, version);
        }
    }
    assert_eq!(suite.profile.journal().head().await.expect("a head"), 8, "each change has its entry");
    let (mut names, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = as_tenant(&acme, ListSegmentsRequest { page_size: 3, page_token });
        let page = suite.client.clone().list_segments(request).await.expect("a page").into_inner();
        names.extend(page.definitions.into_iter().map(|one| one.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names, (0..7).map(|number| format!("s{number}")).collect::<Vec<_>>());
    assert_eq!(suite.segment(&acme, "s3", "orders > 2").await.expect("defined"), 2);
}
