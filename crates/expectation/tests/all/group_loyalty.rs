//! What keeps the customers of groups: the sums are those of each customer, whatever becomes of whom.

use std::collections::BTreeMap;

use tenure_proto::{
    collector::v1::{self as collector, TouchpointType as Type, touchpoint::Detail},
    expectation::v1::{self as pb, LoyaltyBasis as Basis, LoyaltyDriverKind as Kind},
    profile::v1::right,
};
use tenure_server::wire;
use tenure_store::testing::TestPlace;

use crate::{
    entries::{Decision, Touch, erased, hour, progressed, record, stated, tenant},
    stage::{Stage, of},
};

const DAY: i64 = 24;
const PERSONS: u64 = 14;

/// Everybody has a sofa, nine a lamp, and ten a rug.
fn bought(number: u64) -> Touch {
    let products = [("sofa", true), ("lamp", number <= 9), ("rug", number > 4)];
    let lines = products.into_iter().filter(|(_, has)| *has).map(|(product, _)| collector::OrderLine {
        product_code: product.to_owned(),
        quantity: 1,
        amount: None,
    });
    let detail = collector::OrderDetail { lines: lines.collect(), ..Default::default() };
    Touch::new(number, number, -40 * DAY, Type::OrderPlaced).of_order("o").with(Detail::Order(detail))
}

fn answered(number: u64, score: i32) -> Touch {
    let detail = collector::FeedbackDetail { scale_code: "csat".to_owned(), score: Some(score), ..Default::default() };
    Touch::new(100 + number, number, -3 * DAY, Type::SurveyAnswered).with(Detail::Feedback(detail))
}

fn contract(number: u64) -> Touch {
    let days = 50 * i64::try_from(number).expect("few");
    let detail = collector::ContractDetail { end_time: Some(wire::to_wire(hour(days * DAY))), ..Default::default() };
    let mut touch = Touch::new(200 + number, number, -90 * DAY, Type::ContractStarted).with(Detail::Contract(detail));
    touch.references.contract_ref = "policy".to_owned();
    touch
}

fn helped(number: u64, at: i64) -> Touch {
    let detail = collector::ContactDetail { team_code: "eva".to_owned(), ..Default::default() };
    Touch::new(300 + number, number % 100, at * DAY, Type::CallEnded).with(Detail::Contact(detail))
}

/// Ten were asked and four were not, to whom something came late; twelve have a contract; the same one helped four of them.
async fn told(place: &TestPlace) -> Stage {
    let (stage, acme) = (Stage::open(place, 4).await, tenant("acme"));
    let mut touches: Vec<Touch> = (1..=PERSONS).map(bought).collect();
    touches.extend((1..=10).map(|number| answered(number, 1 + i32::try_from(number % 5).expect("few"))));
    for number in 11..=PERSONS {
        let days = i64::try_from(number).expect("few") - 9;
        touches.push(Touch::promised(400 + number, number, "o", -40 * DAY, -20 * DAY));
        touches.push(Touch::delivered(500 + number, number, "o", (days - 20) * DAY));
    }
    touches.extend((1..=12).map(contract));
    touches.extend((1..=4).flat_map(|number| [helped(number, -9), helped(number + 100, -2)]));
    let mut collected: Vec<_> = touches.into_iter().map(|touch| touch.draft(&acme)).collect();
    collected.push(progressed(&acme, "shop", 400 * DAY));
    let founded = Decision::found((1..=PERSONS).map(|number| (number, number)));
    stage.tell(collected, vec![founded.draft(&acme)]).await;
    stage
}

/// The groups by pages of two, and how many were left out.
async fn groups(stage: &Stage, tenant: &str) -> (BTreeMap<String, pb::LoyaltyGroup>, i32) {
    stage.rest(tenant).await;
    let (mut groups, mut withheld) = (Vec::new(), 0);
    let mut ask = pb::ListGroupLoyaltyDriversRequest { page_size: 2, ..Default::default() };
    loop {
        let asked = of(tenant, ask.clone());
        let page = stage.client.clone().list_group_loyalty_drivers(asked).await.expect("groups").into_inner();
        assert!(page.groups.len() <= 2, "{page:?}");
        groups.extend(page.groups);
        withheld += page.withheld_groups;
        if page.next_page_token.is_empty() {
            break;
        }
        ask.page_token = page.next_page_token;
    }
    let codes: Vec<_> = groups.iter().map(|group| group.product_code.clone()).collect();
    assert!(codes.is_sorted(), "{codes:?}");
    (groups.into_iter().map(|group| (group.product_code.clone(), group)).collect(), withheld)
}

/// What is known of each driver of persons, with how many facts it rests on.
async fn of_each(stage: &Stage, records: &[u64]) -> BTreeMap<Kind, Vec<(f64, i64)>> {
    let mut known: BTreeMap<Kind, Vec<(f64, i64)>> = BTreeMap::new();
    for number in records {
        let by = Some(pb::get_loyalty_drivers_request::By::RecordId(record(*number).to_string()));
        let ask = of("acme", pb::GetLoyaltyDriversRequest { by, ..Default::default() });
        for driver in stage.client.clone().get_loyalty_drivers(ask).await.expect("drivers").into_inner().drivers {
            let value = driver.value.map(|value| (value, i64::try_from(driver.evidence.len()).expect("few")));
            known.entry(driver.kind()).or_default().extend(value);
        }
    }
    known
}

fn share(known: &[(f64, i64)], is: impl Fn(f64) -> bool) -> f64 {
    known.iter().filter(|(value, _)| is(*value)).count() as f64 / known.len() as f64
}

/// A group is what its customers are, each asked for alone.
async fn assert_told(stage: &Stage, group: &pb::LoyaltyGroup, records: &[u64]) {
    assert_eq!(group.customers, i64::try_from(records.len()).expect("few"));
    let known = of_each(stage, records).await;
    let kinds: Vec<_> = group.drivers.iter().map(pb::LoyaltyGroupDriver::kind).collect();
    assert_eq!(kinds, [Kind::Satisfaction, Kind::BrandGap, Kind::SwitchingCost, Kind::PersonalBond]);
    for driver in &group.drivers {
        let known = &known[&driver.kind()];
        if known.len() < 10 {
            assert_eq!(*driver, pb::LoyaltyGroupDriver { kind: driver.kind, ..Default::default() });
            continue;
        }
        let count = known.len() as f64;
        let mean = known.iter().map(|(value, _)| value).sum::<f64>() / count;
        let deviation = (known.iter().map(|(value, _)| (value - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
        assert_eq!(driver.customers, i64::try_from(known.len()).ok());
        let told =
            [driver.mean, driver.standard_deviation, driver.mean_half_width, driver.low_share, driver.high_share];
        let low = share(known, |value| value < 1.0 / 3.0);
        let high = share(known, |value| value >= 2.0 / 3.0);
        let expected = [mean, deviation, 1.96 * deviation / count.sqrt(), low, high];
        for (told, expected) in told.into_iter().zip(expected) {
            assert!((told.expect("set") - expected).abs() < 2e-4, "{driver:?}: {expected}");
        }
        let facts: i64 = known.iter().map(|(_, facts)| facts).sum();
        assert_eq!(driver.bases.iter().map(|one| one.facts).sum::<i64>(), facts);
        assert_eq!(driver.bases.iter().map(|one| one.customers).sum::<i64>(), known.len() as i64);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_told_of_by_its_customers_and_small_ones_are_not() {
    for place in TestPlace::each() {
        let stage = told(&place).await;
        let (found, withheld) = groups(&stage, "acme").await;
        assert_eq!((found.keys().map(String::as_str).collect::<Vec<_>>(), withheld), (vec!["", "rug", "sofa"], 1));
        let everybody: Vec<u64> = (1..=PERSONS).collect();
        assert_told(&stage, &found[""], &everybody).await;
        assert_told(&stage, &found["sofa"], &everybody).await;
        assert_told(&stage, &found["rug"], &everybody[4..]).await;
        let known: Vec<_> = found[""].drivers.iter().map(|driver| driver.customers).collect();
        assert_eq!(known, [Some(14), None, Some(12), None], "nobody advertised, and of four bonds nothing is said");
        let counted = |basis: Basis, customers, facts| pb::LoyaltyBasisCount { basis: basis.into(), customers, facts };
        assert_eq!(
            found[""].drivers[0].bases,
            [counted(Basis::SurveyAnswers, 10, 10), counted(Basis::Experiences, 4, 4)]
        );
        assert_eq!(found[""].drivers[2].bases, [counted(Basis::Agreements, 12, 12)]);
        assert_eq!(found["rug"].drivers[2].customers, None, "of eight nothing is said");
        assert_eq!(groups(&stage, "other").await, (BTreeMap::new(), 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sums_follow_what_is_known_of_whom() {
    for place in TestPlace::each() {
        let (stage, acme) = (told(&place).await, tenant("acme"));
        let before = groups(&stage, "acme").await;
        // Two are one person; it is undone again.
        let merge = Decision::default().moving(14, 14, Some(1), 2).redirecting(14, Some(1), 1);
        stage.tell(vec![], vec![merge.draft(&acme)]).await;
        let (found, withheld) = groups(&stage, "acme").await;
        assert_told(&stage, &found[""], &(1..14).collect::<Vec<_>>()).await;
        assert_eq!(
            (found[""].customers, found["rug"].customers, withheld),
            (13, 10, 1),
            "whoever has a rug is in it now"
        );
        let split = Decision::default().moving(14, 1, Some(14), 3).redirecting(14, None, 2);
        stage.tell(vec![], vec![split.draft(&acme)]).await;
        assert_eq!(groups(&stage, "acme").await, before);
        // An answer is taken back, another one was a better one, a third person is erased, and a fourth restricted.
        let retracted = answered(2, 0).amending(102, 1, true);
        let corrected = answered(3, 5).amending(103, 1, false);
        let amended = [Touch { number: 902, ..retracted }, Touch { number: 903, ..corrected }];
        stage.tell(amended.map(|touch| touch.draft(&acme)).into(), vec![]).await;
        stage.tell(vec![erased(&acme, &[12])], vec![]).await;
        stage.state(vec![stated(&acme, (1, 5), right::Kind::Restriction, ("", 0))]).await;
        let left: Vec<u64> = (1..=PERSONS).filter(|number| ![5, 12].contains(number)).collect();
        let (found, withheld) = groups(&stage, "acme").await;
        assert_told(&stage, &found[""], &left).await;
        assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), ["", "sofa"]);
        assert_eq!(withheld, 2, "eight are left who have a rug");
        stage.rebuilt().await;
        assert_eq!(groups(&stage, "acme").await, (found, withheld), "rebuilt");
        stage.state(vec![stated(&acme, (2, 5), right::Kind::End, ("", 1))]).await;
        assert_eq!(groups(&stage, "acme").await.0[""].customers, 13, "no longer restricted");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_by_itself_is_seen_in_time() {
    for place in TestPlace::each() {
        let stage = told(&place).await;
        let before = groups(&stage, "acme").await.0;
        stage.at("acme", hour(30 * DAY + 1)).await;
        let after = groups(&stage, "acme").await.0;
        assert_told(&stage, &after[""], &(1..=PERSONS).collect::<Vec<_>>()).await;
        let mean = |groups: &BTreeMap<String, pb::LoyaltyGroup>, driver: usize| groups[""].drivers[driver].mean;
        assert!(mean(&after, 0) > mean(&before, 0), "what was late is felt less");
        assert!(mean(&after, 2) < mean(&before, 2), "terms have run down");
    }
}
