//! Causes that are not one customer's, through the service.

use std::collections::BTreeSet;

use tenure_proto::{
    collector::v1::TouchpointType,
    expectation::v1::{self as pb, complaint_action::What},
};
use tenure_server::wire;
use tenure_store::testing::TestPlace;

use crate::{
    complaints::{registration, step},
    entries::{Decision, Touch, erased, hour, person, tenant},
    stage::{Stage, of},
};

const DAY: i64 = 24;
/// How many persons there are, and which were let down this week.
const PERSONS: u64 = 90;
const LET_DOWN: std::ops::RangeInclusive<u64> = 81..=88;

/// When a delivery to a person was due: ten in each of eight weeks, and ten in the week that ends now.
fn due(number: u64) -> i64 {
    let weeks_ago = i64::try_from((PERSONS - number) / 10).expect("few");
    -DAY * (7 * weeks_ago + 3)
}

fn order(number: u64) -> String {
    format!("o{number}")
}

/// Four of eighty came late in the eight weeks before, and eight of ten in the last.
async fn let_down(place: &TestPlace) -> Stage {
    let stage = Stage::open(place, 4).await;
    let acme = tenant("acme");
    let mut told = Vec::new();
    for number in 1..=PERSONS {
        let (due, late) = (due(number), LET_DOWN.contains(&number) || number.is_multiple_of(20));
        let came = if late { due + 20 } else { due - 2 };
        told.push(Touch::promised(number, number, &order(number), due - 2 * DAY, due).draft(&acme));
        told.push(Touch::delivered(1_000 + number, number, &order(number), came).draft(&acme));
    }
    // One complained after it was let down, another before.
    told.push(Touch::complaint(2_000, 81, TouchpointType::ComplaintReceived, "c1", due(81) + 1).draft(&acme));
    told.push(Touch::complaint(2_001, 82, TouchpointType::ComplaintReceived, "c2", due(82) - 1).draft(&acme));
    stage.tell(told, vec![Decision::found((1..=PERSONS).map(|number| (number, number))).draft(&acme)]).await;
    stage.rest("acme").await;
    stage
}

async fn causes(stage: &Stage, tenant: &str, as_of: Option<i64>) -> pb::ListSystemicCausesResponse {
    let as_of_time = as_of.map(|hours| wire::to_wire(hour(hours)));
    let ask = pb::ListSystemicCausesRequest { as_of_time, ..Default::default() };
    stage.client.clone().list_systemic_causes(of(tenant, ask)).await.expect("causes").into_inner()
}

fn late_deliveries() -> pb::Cause {
    pb::Cause { kind: pb::CauseKind::Promise.into(), code: "delivery".to_owned(), product_code: String::new() }
}

/// The persons that a cause struck, by pages of three, with how often and when last.
async fn affected(stage: &Stage, days: i32) -> Vec<pb::AffectedCustomer> {
    let mut found = Vec::new();
    let mut ask =
        pb::ListAffectedCustomersRequest { cause: Some(late_deliveries()), days, page_size: 3, ..Default::default() };
    loop {
        let asked = of("acme", ask.clone());
        let page = stage.client.clone().list_affected_customers(asked).await.expect("customers").into_inner();
        assert!(page.customers.len() == 3 || page.next_page_token.is_empty(), "{page:?}");
        found.extend(page.customers);
        if page.next_page_token.is_empty() {
            return found;
        }
        ask.page_token = page.next_page_token;
    }
}

fn names(found: &[pb::AffectedCustomer]) -> BTreeSet<&str> {
    let names: BTreeSet<&str> = found.iter().map(|one| one.person_id.as_str()).collect();
    assert_eq!(names.len(), found.len(), "nobody twice");
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn what_strikes_many_is_found_with_those_who_kept_silent() {
    for place in TestPlace::each() {
        let stage = let_down(&place).await;
        let found = causes(&stage, "acme", None).await;
        assert_eq!((found.causes.len(), found.examined, &*found.limits_version), (1, 1, "v1"));
        let cause = &found.causes[0];
        assert_eq!((cause.cause.as_ref(), cause.spike), (Some(&late_deliveries()), true));
        assert_eq!((cause.count, cause.exposure), (8, 10));
        assert!((cause.expected_count - 0.5625).abs() < 1e-9 && cause.ratio > 14.0, "{cause:?}");
        assert!(cause.chance < 1e-5, "{cause:?}");
        assert_eq!(causes(&stage, "acme", Some(-7 * DAY)).await.causes, [], "nothing stood out a week before");
        assert_eq!(
            causes(&stage, "other", None).await,
            pb::ListSystemicCausesResponse { limits_version: "v1".to_owned(), ..Default::default() }
        );
        let silent = affected(&stage, 0).await;
        let expected: BTreeSet<String> = (82..=88).map(|number| person(number).to_string()).collect();
        assert_eq!(names(&silent), expected.iter().map(String::as_str).collect());
        assert!(silent.iter().all(|one| (one.count, &*one.last_date) == (1, "2026-10-30")), "{silent:?}");
        assert_eq!(affected(&stage, 56).await.len(), 11, "and the four before");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sums_follow_what_is_known_of_whom() {
    for place in TestPlace::each() {
        let stage = let_down(&place).await;
        let acme = tenant("acme");
        let count = async || {
            stage.rest("acme").await;
            let found = causes(&stage, "acme", None).await;
            found.causes.first().map_or((0, 0), |one| (one.count, one.exposure))
        };
        // It came in time after all.
        stage.tell(vec![Touch::delivered(3_000, 83, &order(83), due(83) - 1).draft(&acme)], vec![]).await;
        assert_eq!(count().await, (7, 10));
        // Two are one person: what struck them struck no less often.
        stage
            .tell(
                vec![],
                vec![Decision::default().moving(84, 84, Some(85), 2).redirecting(84, Some(85), 1).draft(&acme)],
            )
            .await;
        assert_eq!(count().await, (7, 10));
        let silent = affected(&stage, 0).await;
        let merged: Vec<_> = silent.iter().filter(|one| one.person_id == person(85).to_string()).collect();
        assert_eq!((silent.len(), merged.len(), merged[0].count), (5, 1, 2));
        // Nothing is left of who is erased.
        stage.tell(vec![erased(&acme, &[86, 90])], vec![]).await;
        assert_eq!(count().await, (6, 8));
        assert_eq!(affected(&stage, 0).await.len(), 4);
        let before = (causes(&stage, "acme", None).await, affected(&stage, 56).await);
        stage.rebuilt().await;
        assert_eq!(count().await, (6, 8));
        assert_eq!((causes(&stage, "acme", None).await, affected(&stage, 56).await), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_complaints_come_from_is_a_cause_too() {
    for place in TestPlace::each() {
        let stage = let_down(&place).await;
        for number in 1..=6 {
            let ask = registration(&format!("r{number}"), number, hour(-DAY));
            let answer = stage.client.clone().register_complaint(of("acme", ask)).await.expect("registered");
            let complaint = answer.into_inner().complaint.expect("set").complaint_id;
            let cause_code = "payment.late".to_owned();
            let assessed = What::Assess(pb::ComplaintAssessment { cause_code, ..Default::default() });
            let ask = step(&format!("s{number}"), &complaint, "eva", assessed);
            stage.client.clone().record_complaint_step(of("acme", ask)).await.expect("assessed");
        }
        stage.rest("acme").await;
        let found = causes(&stage, "acme", None).await;
        let cause = pb::Cause {
            kind: pb::CauseKind::Complaint.into(),
            code: "payment.late".to_owned(),
            product_code: String::new(),
        };
        let one = found.causes.iter().find(|one| one.cause.as_ref() == Some(&cause)).expect("the cause");
        assert_eq!((one.spike, one.count, one.exposure, found.examined), (true, 6, 1, 2));
        let promises =
            found.causes.iter().find(|one| one.cause.as_ref() == Some(&late_deliveries())).expect("the other");
        assert!(promises.spike && promises.other_products.is_empty());
    }
}

async fn define(stage: &Stage, tenant: &str, incident: pb::Incident) -> pb::Incident {
    let ask = pb::DefineIncidentRequest { incident: Some(incident) };
    stage.client.clone().define_incident(of(tenant, ask)).await.expect("defined").into_inner().incident.expect("set")
}

/// The spike of the week that ends on 2 November, as an incident.
fn strike() -> pb::Incident {
    pb::Incident {
        incident_code: "strike".to_owned(),
        cause: Some(late_deliveries()),
        first_date: "2026-10-29".to_owned(),
        last_date: "2026-10-31".to_owned(),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_an_incident_does_not_hide_the_next() {
    for place in TestPlace::each() {
        let stage = let_down(&place).await;
        let acme = tenant("acme");
        // The week after, three of ten come late again; two weeks later five.
        let mut told = Vec::new();
        for (number, due) in (200..210_u64).map(|number| (number, 4 * DAY)) {
            let came = if number < 205 { due + 20 } else { due - 2 };
            told.push(Touch::promised(number, number, &order(number), due - 2 * DAY, due).draft(&acme));
            told.push(Touch::delivered(1_000 + number, number, &order(number), came).draft(&acme));
        }
        stage.clock.set(hour(6 * DAY));
        stage.tell(told, vec![Decision::found((200..210).map(|number| (number, number))).draft(&acme)]).await;
        stage.rest("acme").await;
        let expected = async || {
            let found = causes(&stage, "acme", None).await.causes;
            found.first().map(|one| (one.count, (one.expected_count * 1e4).round() / 1e4, one.incident_codes.clone()))
        };
        let before = expected().await.expect("found");
        assert_eq!(before, (5, 1.5625, vec![]), "twelve of eighty, and a half");
        define(&stage, "other", strike()).await;
        assert_eq!(expected().await, Some(before.clone()), "of another tenant's");
        let defined = define(&stage, "acme", strike()).await;
        assert_eq!(expected().await, Some((5, 0.6429, vec![])), "four of seventy, and a half");
        stage.clock.set(hour(6 * DAY + 1));
        assert_eq!(define(&stage, "acme", strike()).await, defined, "the same");
        // The week itself is looked at as it is, and is told to be part of it.
        let week = &causes(&stage, "acme", Some(0)).await.causes[0];
        assert_eq!((week.count, &*week.incident_codes), (8, &["strike".to_owned()][..]));
        let dismissed = define(&stage, "acme", pb::Incident { dismissed: true, ..strike() }).await;
        assert_eq!(expected().await, Some(before), "none after all");
        let described = stage.client.clone().describe_incidents(of("acme", pb::DescribeIncidentsRequest {})).await;
        assert_eq!(described.expect("incidents").into_inner().incidents, [dismissed]);
        let names = stage.names().await;
        assert_eq!(names.iter().filter(|name| *name == "IncidentDefined").count(), 3);
    }
}
