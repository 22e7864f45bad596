//! Law 3 end to end: the same entries in twenty orders, cut into batches at random, through real journals.

use std::collections::BTreeMap;

use tenure_journal::Draft;
use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_proto::collector::v1::{Channel, ConsentDetail, TouchpointType as Type, touchpoint::Detail};
use tenure_store::testing::TestPlace;

use crate::{
    dice::Dice,
    entries::{Moved, Redirected, append, collector_draft, erased_draft, identity_draft},
    suite::{Options, Suite, places, tenant},
    touchpoints::{Told, record, told},
};

const ORDERS: usize = 20;
const RECORDS: u8 = 6;

#[derive(Clone)]
enum Step {
    Touchpoint(Box<Told>),
    Changed(Vec<Moved>, Vec<Redirected>),
    Erased(RecordId),
}

fn person(number: u8) -> PersonId {
    PersonId([number; 16])
}

fn consent(channel: &str) -> Detail {
    let detail = ConsentDetail { purpose_code: "marketing".into(), channel_code: channel.into(), ..Default::default() };
    Detail::Consent(detail)
}

/// What a touchpoint says, by a roll of the dice.
fn say(told: Told, dice: &mut Dice) -> Told {
    let names = ["Jan", "Johan", "J.", "Joop"];
    let told = told.source(["crm", "web"][dice.roll(2)], i32::try_from(dice.roll(3)).expect("small"));
    let told = told.earlier(i64::try_from(dice.roll(400)).expect("small"));
    let told = if dice.roll(2) == 0 { told.euros(100 + i64::try_from(dice.roll(900)).expect("small")) } else { told };
    let told = told.channel([Channel::Web, Channel::App][dice.roll(2)]).line(["", "motor"][dice.roll(2)]);
    match dice.roll(6) {
        0 => told.given_name(names[dice.roll(4)]),
        1 => told.family_name(names[dice.roll(4)]).email(&format!("{}@example.nl", dice.roll(3))),
        2 => told.email(&format!("{}@example.nl", dice.roll(3))).effective(-1),
        3 => told.detail(consent(["", "email"][dice.roll(2)])),
        4 => told.and(record(1 + u8::try_from(dice.roll(usize::from(RECORDS))).expect("small"))).given_name("Kim"),
        _ => told,
    }
}

fn history() -> Vec<Step> {
    let mut dice = Dice::new(11);
    let types = [Type::OrderPlaced, Type::ConsentGiven, Type::ConsentWithdrawn, Type::NameChanged, Type::DeathReported];
    let mut steps = Vec::new();
    let mut whose = BTreeMap::new();
    for number in 1..=40_u32 {
        let one = record(1 + u8::try_from(dice.roll(usize::from(RECORDS))).expect("small"));
        let days = i64::try_from(dice.roll(6)).expect("small");
        whose.insert(number, one);
        let one = told(number, types[dice.roll(types.len())], one, days);
        steps.push(Step::Touchpoint(Box::new(say(one, &mut dice))));
    }
    for number in 101..=112_u32 {
        let target = 1 + u32::try_from(dice.roll(40)).expect("small");
        let one = told(number, types[dice.roll(types.len())], whose[&target], 1);
        let revision = 1 + i32::try_from(dice.roll(2)).expect("small");
        let one = if dice.roll(3) == 0 {
            one.retracts(target, revision)
        } else {
            say(one, &mut dice).corrects(target, revision)
        };
        steps.push(Step::Touchpoint(Box::new(one)));
    }
    steps.extend((1..=RECORDS).map(|number| Step::Changed(vec![(record(number), 1, Some(person(number)))], vec![])));
    let merged = |number: u8, into: u8| {
        Step::Changed(vec![(record(number), 2, Some(person(into)))], vec![(person(number), 1, Some(person(into)))])
    };
    steps.extend([merged(2, 1), merged(3, 1), merged(6, 5)]);
    steps.push(Step::Changed(vec![(record(3), 3, Some(person(3)))], vec![(person(3), 2, None)]));
    steps.push(Step::Erased(record(4)));
    for _ in 0..10 {
        steps.push(steps[dice.roll(steps.len())].clone());
    }
    steps
}

/// A step of a tenant as an entry, and whether it is one of identity's.
async fn draft(suite: &Suite, tenant: &Tenant, step: &Step) -> (bool, Draft) {
    match step {
        Step::Touchpoint(told) => (false, collector_draft(tenant, &told.seal(&suite.keyring, tenant).await)),
        Step::Changed(moves, redirects) => (true, identity_draft(tenant, moves, redirects)),
        Step::Erased(record) => (false, erased_draft(tenant, &[*record])),
    }
}

/// The exports of twenty tenants, each with the same history in an order of its own.
async fn exports(place: &TestPlace) -> Vec<Vec<String>> {
    let mut dice = Dice::new(23);
    let options = Options { ranges: 4, dice: Some(Dice::new(5)), ..Options::default() };
    let suite = Suite::start(place, options).await;
    let tenants: Vec<Tenant> = (0..ORDERS).map(|number| tenant(&format!("order-{number}"))).collect();
    let mut drafts = Vec::new();
    for tenant in &tenants {
        for step in history() {
            drafts.push(draft(&suite, tenant, &step).await);
        }
    }
    for tenant in &tenants {
        suite.keyring.destroy(tenant, [record(4).0]).await.expect("destroyed");
    }
    dice.shuffle(&mut drafts);
    let (mut collector, mut identity) = (Vec::new(), Vec::new());
    for (of_identity, draft) in drafts {
        if of_identity { &mut identity } else { &mut collector }.push(draft);
        if dice.roll(15) == 0 {
            append(&suite.collector, std::mem::take(&mut collector)).await;
            append(&suite.identity, std::mem::take(&mut identity)).await;
        }
    }
    for (journal, rest) in [(&suite.collector, collector), (&suite.identity, identity)] {
        let token = append(journal, rest).await;
        suite.followed(&token).await;
    }
    let mut exports = Vec::new();
    for tenant in &tenants {
        exports.push(suite.profile.canonical_export(tenant).await.expect("an export"));
    }
    assert_eq!(suite.number("SELECT CAST(COALESCE(SUM(parked), 0) AS BIGINT) FROM checkpoint").await, 0);
    exports
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_ends_in_the_same_state_on_every_store() {
    let mut first: Option<Vec<String>> = None;
    for place in places() {
        for export in exports(&place).await {
            let expected = first.get_or_insert_with(|| export.clone());
            assert_eq!(&export, expected, "{:?}", place.dialect());
        }
    }
    let lines = first.expect("a store");
    let one = |text: String| lines.iter().filter(|line| line.contains(&text)).count();
    assert_eq!(one(format!("{} member {}", record(1), record(2))), 1, "merged");
    assert_eq!(one(format!("{} member {}", record(3), record(3))), 1, "split again");
    assert_eq!((one(format!("{} erased", record(4))), one(format!(" {} ", record(4)))), (1, 0), "erased");
    assert!(one(" bucket 140 ".into()) > 0 && one(", amount ".into()) > 0);
    assert!(one(" field name.given_name=".into()) > 0 && one(" planned contact.email=".into()) > 0);
}
