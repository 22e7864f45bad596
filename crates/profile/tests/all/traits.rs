//! Traits end to end: defined while serving, right at once, whatever came in before and comes in after.

use tenure_journal::Operate;
use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_proto::{
    collector::v1::{Channel, ContactDetail, OrderDetail, OrderLine, TouchpointType as Type, touchpoint::Detail},
    profile::v1::{
        DefineTraitRequest, DeleteTraitRequest, ExpressionTrait, GetProfileRequest, ListTraitsRequest, Profile,
        TraitAggregate as Aggregate, TraitDefinition, TraitMeasure as Measure, WindowedTrait, get_profile_request::By,
        trait_definition::Source, trait_value::Kind,
    },
};
use tenure_server::wire;
use tenure_store::testing::TestPlace;
use tonic::Status;

use crate::{
    suite::{NOW, Options, Suite, as_tenant, places, tenant},
    touchpoints::{DAY, Told, ago, record, seal, told},
};

const PERSON: PersonId = PersonId([1; 16]);
const OTHER: PersonId = PersonId([2; 16]);

pub(crate) fn windowed(name: &str, windowed: WindowedTrait) -> TraitDefinition {
    TraitDefinition { name: name.to_owned(), source: Some(Source::Windowed(windowed)), ..TraitDefinition::default() }
}

pub(crate) fn expression(name: &str, text: &str) -> TraitDefinition {
    let source = Source::Expression(ExpressionTrait { text: text.to_owned() });
    TraitDefinition { name: name.to_owned(), source: Some(source), ..TraitDefinition::default() }
}

/// How many orders there were in so many hours.
pub(crate) fn orders(hours: i32) -> WindowedTrait {
    let types = vec![Type::OrderPlaced.into()];
    WindowedTrait { aggregate: Aggregate::Count.into(), types, window_hours: hours, ..WindowedTrait::default() }
}

fn of(aggregate: Aggregate, measure: Measure, hours: i32) -> WindowedTrait {
    WindowedTrait { aggregate: aggregate.into(), measure: measure.into(), ..orders(hours) }
}

pub(crate) fn spent(hours: i32) -> WindowedTrait {
    WindowedTrait { currency_code: "EUR".to_owned(), ..of(Aggregate::Sum, Measure::Amount, hours) }
}

impl Suite {
    async fn define(&self, tenant: &Tenant, definition: TraitDefinition) -> Result<(TraitDefinition, String), Status> {
        let request = DefineTraitRequest { definition: Some(definition), ..DefineTraitRequest::default() };
        let answer = self.client.clone().define_trait(as_tenant(tenant, request)).await?.into_inner();
        Ok((answer.definition.expect("a definition"), answer.read_token))
    }

    /// Defines traits; answers the last read token.
    pub(crate) async fn with(&self, tenant: &Tenant, definitions: Vec<TraitDefinition>) -> String {
        let mut token = String::new();
        for definition in definitions {
            token = self.define(tenant, definition).await.expect("defined").1;
        }
        token
    }

    async fn told(&self, tenant: &Tenant, all: &[Told]) -> String {
        self.record(tenant, seal(&self.keyring, tenant, all).await).await
    }
}

/// The value of a trait, as a text.
pub(crate) fn value(profile: &Profile, name: &str) -> String {
    let found = profile.traits.iter().find(|one| one.name == name).expect("a trait");
    match found.value.as_ref().and_then(|value| value.kind.clone()) {
        None => "none".to_owned(),
        Some(Kind::Number(number)) => number.to_string(),
        Some(Kind::Money(money)) => format!("{} {}", money.currency_code, money.minor_units),
        Some(Kind::Duration(span)) => format!("{} s", span.seconds),
        Some(Kind::Time(at)) => format!("{} days ago", (NOW.0 - wire::timestamp(&at).expect("a time").0) / DAY),
        Some(Kind::Text(text)) => text,
        Some(Kind::Truth(truth)) => truth.to_string(),
    }
}

fn values(profile: &Profile) -> Vec<(String, String)> {
    profile.traits.iter().map(|one| (one.name.clone(), value(profile, &one.name))).collect()
}

pub(crate) fn order(number: u32, whose: RecordId, days: i64, cents: i64, products: &[&str]) -> Told {
    let line = |code: &&str| OrderLine { product_code: (*code).to_owned(), ..OrderLine::default() };
    let lines = products.iter().map(line).collect();
    let detail = Detail::Order(OrderDetail { lines, ..OrderDetail::default() });
    told(number, Type::OrderPlaced, whose, days).euros(cents).detail(detail)
}

fn call(number: u32, whose: RecordId, days: i64, waited: i64) -> Told {
    let detail = ContactDetail { wait_seconds: waited, handle_seconds: 2 * waited, ..ContactDetail::default() };
    told(number, Type::CallEnded, whose, days).channel(Channel::Phone).detail(Detail::Contact(detail))
}

fn definitions() -> Vec<TraitDefinition> {
    let all = |aggregate, measure| WindowedTrait { types: vec![], ..of(aggregate, measure, 0) };
    vec![
        windowed("orders", orders(0)),
        windowed("orders_30d", orders(30 * 24)),
        windowed("spent_30d", spent(30 * 24)),
        windowed("last_order", of(Aggregate::Last, Measure::Time, 0)),
        windowed("products", of(Aggregate::DistinctCount, Measure::Product, 0)),
        windowed("favourite", of(Aggregate::MostFrequent, Measure::Product, 0)),
        windowed("channel", all(Aggregate::Last, Measure::Channel)),
        windowed("longest_wait", all(Aggregate::Maximum, Measure::Waiting)),
        windowed(
            "motor",
            WindowedTrait { line_codes: vec!["motor".to_owned()], ..all(Aggregate::Last, Measure::Type) },
        ),
        expression("idle", "since(last_order) > 5d"),
        expression("share", "orders_30d / orders"),
        expression("worth_a_call", "idle and not exists(motor) or longest_wait > 2m"),
    ]
}

fn history() -> Vec<Told> {
    vec![
        order(1, record(1), 400, 5_000, &["hat"]),
        order(2, record(1), 20, 1_000, &["hat", "pen"]),
        order(3, record(2), 7, 2_000, &["car"]),
        call(4, record(2), 3, 90),
        order(5, record(1), 10, 999, &["pen"]),
        // Not three but thirty euros, and the pen was never ordered.
        order(6, record(2), 7, 3_000, &["car"]).corrects(3, 1),
        order(7, record(1), 10, 999, &["pen"]).retracts(5, 1),
    ]
}

fn expected() -> Vec<(String, String)> {
    [
        ("channel", "phone"),
        ("favourite", "hat"),
        ("idle", "true"),
        ("last_order", "7 days ago"),
        ("longest_wait", "90 s"),
        ("motor", "none"),
        ("orders", "3"),
        ("orders_30d", "2"),
        ("products", "3"),
        ("share", "0.6666666666666666"),
        ("spent_30d", "EUR 4000"),
        ("worth_a_call", "true"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trait_is_right_at_once_whatever_came_before_and_comes_after() {
    for place in places() {
        let (suite, acme) = (Suite::start(&place, Options::default()).await, tenant("acme"));
        let (late, early) = (tenant("late"), tenant("early"));
        for tenant in [&acme, &late, &early] {
            suite.changed(tenant, &[(record(1), 1, Some(PERSON)), (record(2), 1, Some(PERSON))], &[]).await;
        }
        // Defined after everything, before everything, and in between of a history that came in backwards.
        let token = suite.told(&late, &history()).await;
        suite.followed(&token).await;
        let token = suite.with(&late, definitions()).await;
        assert_eq!(values(&suite.profile_of(&late, record(1), &token).await), expected());
        suite.with(&early, definitions()).await;
        let token = suite.told(&early, &history()).await;
        assert_eq!(values(&suite.profile_of(&early, record(1), &token).await), expected());
        let mut backwards = history();
        backwards.reverse();
        let token = suite.told(&acme, &backwards[..3]).await;
        suite.followed(&token).await;
        suite.with(&acme, definitions()).await;
        suite.told(&acme, &backwards[3..]).await;
        let token = suite.told(&acme, &backwards[2..5]).await;
        let profile = suite.profile_of(&acme, record(1), &token).await;
        assert_eq!(values(&profile), expected());
        let window = profile.traits.iter().find(|one| one.name == "orders_30d").expect("a trait");
        let hour = NOW.0 - NOW.0.rem_euclid(DAY / 24);
        assert_eq!(window.window_start_time.as_ref().and_then(wire::timestamp).expect("a time").0, hour - 30 * DAY);
        assert_eq!(window.as_of_time.as_ref().and_then(wire::timestamp), Some(NOW));
        assert_eq!(window.version, 1);
        // Several at once are as each by itself.
        let several = suite.several(&acme, &[PERSON, PERSON], &["trait.orders", "trait.idle", "life"]).await;
        let shown: Vec<_> = several.iter().map(|(_, profile)| values(profile)).collect();
        let wanted: Vec<_> = expected().into_iter().filter(|(name, _)| name == "orders" || name == "idle").collect();
        assert_eq!(shown, [wanted.clone(), wanted]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_slide_with_the_clock_and_are_as_of_any_time() {
    for place in places() {
        let (suite, acme) = (Suite::start(&place, Options::default()).await, tenant("acme"));
        suite.changed(&acme, &[(record(1), 1, Some(PERSON))], &[]).await;
        suite.with(&acme, vec![windowed("day", orders(24)), windowed("week", spent(7 * 24))]).await;
        let all = [order(1, record(1), 6, 500, &[]).received(6), order(2, record(1), 1, 70, &[]).received(1)];
        let corrected = order(3, record(1), 1, 80, &[]).corrects(2, 1).received(0);
        let token = suite.told(&acme, &[&all[..], &[corrected]].concat()).await;
        let shown = |profile: &Profile| (value(profile, "day"), value(profile, "week"));
        assert_eq!(shown(&suite.profile_of(&acme, record(1), &token).await), ("1".into(), "EUR 580".into()));
        suite.clock.set(ago(-1));
        assert_eq!(shown(&suite.profile_of(&acme, record(1), "").await), ("0".into(), "EUR 580".into()));
        suite.clock.set(ago(-2));
        assert_eq!(shown(&suite.profile_of(&acme, record(1), "").await), ("0".into(), "EUR 80".into()));
        suite.clock.set(ago(-9));
        assert_eq!(shown(&suite.profile_of(&acme, record(1), "").await), ("0".into(), "EUR 0".into()));
        // What was then, and what was known of it then.
        let then = |as_of, known| suite.back_then(&acme, record(1), [Some(as_of), known]);
        assert_eq!(shown(&then(0, None).await), ("1".into(), "EUR 580".into()));
        assert_eq!(shown(&then(0, Some(1)).await), ("1".into(), "EUR 570".into()));
        assert_eq!(shown(&then(5, None).await), ("1".into(), "EUR 500".into()));
        assert_eq!(shown(&then(4, None).await), ("0".into(), "EUR 500".into()));
        assert_eq!(shown(&then(7, None).await), ("0".into(), "EUR 0".into()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn merges_splits_erasures_and_rebuilds_leave_traits_right() {
    for place in places() {
        let (suite, acme) = (Suite::start(&place, Options::default()).await, tenant("acme"));
        suite.with(&acme, vec![windowed("orders", orders(0))]).await;
        suite.changed(&acme, &[(record(1), 1, Some(PERSON)), (record(2), 1, Some(OTHER))], &[]).await;
        let all = [order(1, record(1), 9, 1, &[]), order(2, record(2), 8, 2, &[]), order(3, record(2), 8, 3, &[])];
        let token = suite.told(&acme, &all).await;
        let count = |profile: &Profile| value(profile, "orders");
        assert_eq!(count(&suite.profile_of(&acme, record(1), &token).await), "1");
        let token = suite.changed(&acme, &[(record(2), 2, Some(PERSON))], &[(OTHER, 1, Some(PERSON))]).await;
        assert_eq!(count(&suite.profile_of(&acme, record(1), &token).await), "3");
        let token = suite.changed(&acme, &[(record(2), 3, Some(OTHER))], &[(OTHER, 2, None)]).await;
        assert_eq!(count(&suite.profile_of(&acme, record(1), &token).await), "1");
        assert_eq!(count(&suite.profile_of(&acme, record(2), &token).await), "2");
        let before = suite.profile.canonical_export(&acme).await.expect("an export");
        let generation = suite.profile.following().rebuild().await.expect("a rebuild");
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
        let active = "SELECT active FROM projection WHERE name = 'profile'";
        while suite.number(active).await < generation {
            assert!(tokio::time::Instant::now() < deadline, "the rebuild does not end");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(suite.profile.canonical_export(&acme).await.expect("an export"), before);
        assert_eq!(count(&suite.profile_of(&acme, record(2), "").await), "2");
        let token = suite.erase(&acme, &[record(2)]).await;
        suite.followed(&token).await;
        let left = format!("SELECT COUNT(*) FROM record_bucket WHERE generation = {generation}");
        assert_eq!(suite.number(&left).await, 1);
        let exported = suite.export(&acme, vec![record(1).to_string()]).await.expect("an answer");
        assert!(exported[0].traits.is_empty(), "a record alone has none");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_kept_has_the_traits_that_are_defined() {
    for place in places() {
        let (suite, acme) = (Suite::start(&place, Options::default()).await, tenant("acme"));
        suite.changed(&acme, &[(record(1), 1, Some(PERSON))], &[]).await;
        let token = suite.told(&acme, &[order(1, record(1), 9, 1, &[])]).await;
        let names = |profile: Profile| -> Vec<String> { profile.traits.into_iter().map(|one| one.name).collect() };
        assert!(names(suite.profile_of(&acme, record(1), &token).await).is_empty());
        let (first, token) = suite.define(&acme, windowed("orders", orders(0))).await.expect("defined");
        assert_eq!(names(suite.profile_of(&acme, record(1), "").await), ["orders"]);
        // Another process of the service, which has read before.
        let mut replica = suite.replica(&place, Options::default()).await;
        let by = Some(By::RecordId(record(1).to_string()));
        let read = |read_after: &str| {
            let read_after = read_after.to_owned();
            as_tenant(&acme, GetProfileRequest { by: by.clone(), read_after, ..GetProfileRequest::default() })
        };
        let found = replica.get_profile(read(&token)).await.expect("a profile").into_inner();
        assert_eq!(names(found.profile.expect("set")), ["orders"]);
        let (second, token) = suite.define(&acme, windowed("orders", orders(24))).await.expect("defined");
        assert_eq!((first.version, second.version), (1, 2));
        let found = replica.get_profile(read(&token)).await.expect("a profile").into_inner().profile.expect("set");
        assert_eq!((found.traits[0].version, value(&found, "orders").as_str()), (2, "0"));
        let deleted = DeleteTraitRequest { name: "orders".to_owned() };
        let mut client = suite.client.clone();
        let token = client.delete_trait(as_tenant(&acme, deleted.clone())).await.expect("deleted").into_inner();
        client.delete_trait(as_tenant(&acme, deleted)).await.expect("it is deleted");
        assert!(names(suite.profile_of(&acme, record(1), "").await).is_empty());
        let found = replica.get_profile(read(&token.read_token)).await.expect("a profile").into_inner();
        assert!(names(found.profile.expect("set")).is_empty());
        let (again, _) = suite.define(&acme, windowed("orders", orders(24))).await.expect("defined");
        assert_eq!(again.version, 3, "versions go on");
        let told = "SELECT COUNT(*) FROM journal_entry WHERE type_name LIKE '%.Trait%'";
        assert_eq!(suite.number(told).await, 4, "each change has its entry");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_equal_definition_stays_as_it_is_and_all_are_listed_page_by_page() {
    let place = TestPlace::sqlite();
    let (suite, acme) = (Suite::start(&place, Options::default()).await, tenant("acme"));
    suite.with(&acme, definitions()).await;
    suite.with(&acme, definitions()).await;
    assert_eq!(suite.profile.journal().head().await.expect("a head"), 12);
    let (mut listed, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = as_tenant(&acme, ListTraitsRequest { page_size: 5, page_token });
        let page = suite.client.clone().list_traits(request).await.expect("a page").into_inner();
        listed.extend(page.definitions);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let mut expected = definitions();
    expected.sort_by(|one, other| one.name.cmp(&other.name));
    for (one, expected) in listed.iter().zip(&expected) {
        assert_eq!((one.version, one.define_time.as_ref().and_then(wire::timestamp)), (1, Some(NOW)));
        assert_eq!((&one.name, &one.source), (&expected.name, &expected.source));
    }
    assert_eq!(listed.len(), expected.len());
    // Who expects another version than there is, is told so; what others need can't go or change its kind.
    let request = |definition, expected_version| {
        as_tenant(&acme, DefineTraitRequest { definition: Some(definition), expected_version: Some(expected_version) })
    };
    let mut client = suite.client.clone();
    let other = windowed("orders", orders(48));
    client.define_trait(request(other.clone(), 0)).await.expect_err("there is one");
    client.define_trait(request(other.clone(), 2)).await.expect_err("there is an older one");
    let found = client.define_trait(request(other, 1)).await.expect("defined").into_inner();
    assert_eq!(found.definition.expect("set").version, 2);
}
