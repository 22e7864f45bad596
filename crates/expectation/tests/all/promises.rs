//! The life of a promise: overdue when nothing comes and the source's feed is alive, and taken back when what comes late shows
//! otherwise. The cases P01 to P09 of the research, through the service.

use tenure_proto::{
    collector::v1::{self as collector, TouchpointType, touchpoint::Detail},
    expectation::v1::{self as pb, PromiseState},
};
use tenure_store::testing::TestPlace;

use crate::{
    entries::{Decision, Touch, hour, progressed, record, tenant},
    stage::{Stage, nps, of},
};

/// One person with one record, who was promised a delivery by hour 8.
async fn promised(place: &TestPlace) -> Stage {
    let stage = Stage::open(place, 4).await;
    let acme = tenant("acme");
    let promise = Touch::promised(1, 1, "o1", 0, 8).draft(&acme);
    stage.tell(vec![promise], vec![Decision::found([(1, 1)]).draft(&acme)]).await;
    stage.rest("acme").await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_an_event_once_the_feed_has_passed_the_due_time() {
    for place in TestPlace::each() {
        let stage = promised(&place).await;
        let acme = tenant("acme");
        assert_eq!(stage.states("acme", 1).await, [PromiseState::AtRisk]);
        // P03: time has passed, but the source has told nothing since: nobody is accused, and nobody is asked.
        stage.at("acme", hour(9)).await;
        assert_eq!(stage.states("acme", 1).await, [PromiseState::Unknown]);
        assert_eq!(stage.names().await, Vec::<String>::new());
        assert_eq!(stage.score("acme", 1).await, 0.0);
        let held = stage.check("acme", 1, nps()).await;
        assert_eq!(
            (held.verdict(), held.reasons),
            (pb::SurveyVerdict::Delay, vec![pb::SurveyReason::SourceStale.into()])
        );
        // Another source is no help, nor is progress that falls short.
        stage.tell(vec![progressed(&acme, "crm", 20), progressed(&acme, "shop", 7)], vec![]).await;
        stage.rest("acme").await;
        assert_eq!(stage.states("acme", 1).await, [PromiseState::Unknown]);
        // P01: now the silence means something. At once, without waiting for a timer.
        stage.tell(vec![progressed(&acme, "shop", 9)], vec![]).await;
        stage.rest("acme").await;
        assert_eq!(stage.states("acme", 1).await, [PromiseState::Broken]);
        assert_eq!(stage.names().await, ["PromiseOverdue"]);
        // P07: a clock that jumps back, and more of the same, conclude nothing anew.
        stage.at("acme", hour(8)).await;
        stage.at("acme", hour(30)).await;
        stage.tell(vec![progressed(&acme, "shop", 30)], vec![]).await;
        stage.rest("acme").await;
        assert_eq!(stage.names().await, ["PromiseOverdue"]);
        let held = stage.check("acme", 1, nps()).await;
        assert!(held.reasons().any(|reason| reason == pb::SurveyReason::PromiseOverdue), "{held:?}");
        assert_eq!(held.actions, [i32::from(pb::SurveyAction::HumanFollowup)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_reported_late_takes_an_accusation_back() {
    for place in TestPlace::each() {
        let stage = promised(&place).await;
        let acme = tenant("acme");
        stage.tell(vec![progressed(&acme, "shop", 9)], vec![]).await;
        stage.at("acme", hour(48)).await;
        assert!(stage.score("acme", 1).await > 0.0);
        // P02: delivered in time, and told two days later.
        stage.tell(vec![Touch::delivered(2, 1, "o1", 7).draft(&acme)], vec![]).await;
        stage.rest("acme").await;
        assert_eq!(stage.states("acme", 1).await, [PromiseState::Kept]);
        assert_eq!(stage.names().await, ["PromiseOverdue", "PromiseOverdueRetracted"]);
        assert_eq!(stage.score("acme", 1).await, 0.0);
        assert_eq!(stage.check("acme", 1, nps()).await.verdict(), pb::SurveyVerdict::Allow);
        // The report was wrong: the accusation stands again, in its third revision, under another id.
        let retracted = Touch::delivered(3, 1, "o1", 7).amending(2, 1, true);
        stage.tell(vec![retracted.draft(&acme)], vec![]).await;
        stage.rest("acme").await;
        let concluded = stage.concluded().await;
        let names: Vec<_> = concluded.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["PromiseOverdue", "PromiseOverdueRetracted", "PromiseOverdue"]);
        let ids: std::collections::BTreeSet<_> = concluded.iter().map(|(_, id)| id).collect();
        assert_eq!(ids.len(), 3);
        // Delivered two days late in truth.
        stage.tell(vec![Touch::delivered(4, 1, "o1", 56).draft(&acme)], vec![]).await;
        stage.at("acme", hour(60)).await;
        assert_eq!(stage.states("acme", 1).await, [PromiseState::KeptLate]);
        assert_eq!(stage.names().await.last().map(String::as_str), Some("PromiseOverdueSettled"));
        // P09: a second report of the same changes nothing, and is kept as evidence.
        stage.tell(vec![Touch::delivered(5, 1, "o1", 58).from("carrier").draft(&acme)], vec![]).await;
        let promises = stage.promises("acme", 1).await;
        assert_eq!(promises[0].state(), PromiseState::KeptLate);
        assert_eq!(promises[0].evidence_touchpoint_ids.len(), 1);
        assert!(promises[0].break_time.is_some() && promises[0].settle_time.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_first_waits_for_what_it_answers() {
    for place in TestPlace::each() {
        let stage = Stage::open(&place, 1).await;
        let acme = tenant("acme");
        // P08: the outcome before the promise, by another source.
        let outcome = Touch::delivered(1, 1, "o1", 6).from("carrier").draft(&acme);
        stage.tell(vec![outcome], vec![Decision::found([(1, 1)]).draft(&acme)]).await;
        assert_eq!(stage.states("acme", 1).await, []);
        stage.tell(vec![Touch::promised(2, 1, "o1", 0, 8).draft(&acme)], vec![]).await;
        assert_eq!(stage.states("acme", 1).await, [PromiseState::Kept]);
        // P06: cancelled before it was due.
        let cancelled = Touch::new(4, 1, 3, TouchpointType::OrderCancelled).of_order("o2");
        stage.tell(vec![Touch::promised(3, 1, "o2", 0, 8).draft(&acme), cancelled.draft(&acme)], vec![]).await;
        stage.tell(vec![progressed(&acme, "shop", 40)], vec![]).await;
        stage.at("acme", hour(40)).await;
        let mut states = stage.states("acme", 1).await;
        states.sort_unstable();
        assert_eq!(states, [PromiseState::Kept, PromiseState::Void]);
        assert_eq!(stage.names().await, Vec::<String>::new());
        assert_eq!(stage.score("acme", 1).await, 0.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_moved_after_the_breach_excuses_nothing() {
    for place in TestPlace::each() {
        let stage = promised(&place).await;
        let acme = tenant("acme");
        stage.tell(vec![progressed(&acme, "shop", 10)], vec![]).await;
        stage.at("acme", hour(10)).await;
        // P05: another date, too late.
        let mut moved = Touch::promised(2, 1, "o1", 10, 60);
        moved.kind = TouchpointType::DeliveryDelayed;
        stage.tell(vec![moved.draft(&acme)], vec![]).await;
        stage.rest("acme").await;
        let mut states = stage.states("acme", 1).await;
        states.sort_unstable();
        assert_eq!(states, [PromiseState::Active, PromiseState::Broken]);
        assert_eq!(stage.names().await, ["PromiseOverdue"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_promise_finds_its_outcome() {
    let place = TestPlace::sqlite();
    let stage = Stage::open(&place, 1).await;
    let acme = tenant("acme");
    let due = Some(tenure_server::wire::to_wire(hour(8)));
    let case = |case: &str| collector::Correlation { case_ref: case.to_owned(), ..Default::default() };
    let made = |promise_ref: &str| {
        Detail::Promise(collector::PromiseDetail {
            promise_ref: promise_ref.to_owned(),
            attribute_code: "callback".to_owned(),
            due_time: due,
            ..Default::default()
        })
    };
    let with_case = |number, kind, at, refs: &str| {
        let detail = collector::CaseDetail { promised_time: due, ..Default::default() };
        Touch { references: case(refs), ..Touch::new(number, 1, at, kind).with(Detail::Case(detail)) }
    };
    let claim = |number, kind, at| {
        let references = collector::Correlation { claim_ref: "c1".to_owned(), ..Default::default() };
        let detail = collector::ClaimDetail { promised_time: due, ..Default::default() };
        Touch { references, ..Touch::new(number, 1, at, kind).with(Detail::Claim(detail)) }
    };
    let all = vec![
        Touch::new(1, 1, 0, TouchpointType::PromiseMade).with(made("p1")),
        Touch::new(2, 1, 7, TouchpointType::PromiseKept).with(made("p1")),
        Touch::new(3, 1, 0, TouchpointType::PromiseMade).with(made("p2")),
        Touch::new(4, 1, 9, TouchpointType::PromiseBroken).with(made("p2")),
        with_case(5, TouchpointType::CaseOpened, 0, "k1"),
        with_case(6, TouchpointType::CaseResolved, 9, "k1"),
        with_case(7, TouchpointType::ComplaintReceived, 0, "k2"),
        with_case(8, TouchpointType::ComplaintDecided, 7, "k2"),
        with_case(9, TouchpointType::AppointmentBooked, 0, "k3"),
        with_case(10, TouchpointType::AppointmentMissed, 8, "k3"),
        claim(11, TouchpointType::ClaimNotified, 0),
        Touch { amount: Some(120_000), ..claim(12, TouchpointType::ClaimApproved, 7) },
        Touch { amount: Some(95_000), ..claim(13, TouchpointType::ClaimSettled, 20) },
    ];
    let drafts = all.into_iter().map(|touch| touch.draft(&acme)).collect();
    stage.tell(drafts, vec![Decision::found([(1, 1)]).draft(&acme)]).await;
    stage.at("acme", hour(30)).await;
    let by = Some(pb::list_promises_request::By::RecordId(record(1).to_string()));
    let first = pb::ListPromisesRequest { by, page_size: 4, ..Default::default() };
    let mut promises = Vec::new();
    let mut request = first.clone();
    loop {
        let page = stage.client.clone().list_promises(of("acme", request)).await.expect("a page").into_inner();
        promises.extend(page.promises);
        if page.next_page_token.is_empty() {
            break;
        }
        request = pb::ListPromisesRequest { page_token: page.next_page_token, ..first.clone() };
    }
    let mut states: Vec<_> =
        promises.iter().map(|one| (one.attribute_code.clone(), format!("{:?}", one.state()))).collect();
    states.sort_unstable();
    let states: Vec<String> = states.into_iter().map(|(attribute, state)| format!("{attribute} {state}")).collect();
    insta::assert_snapshot!("kinds", states.join("\n"));
}
