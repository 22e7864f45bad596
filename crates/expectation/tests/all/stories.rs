//! The story of a customer, and what waits for somebody.

use std::{collections::BTreeSet, time::Duration};

use tenure_proto::{
    collector::v1::{self as collector, TouchpointType as Type, touchpoint::Detail},
    expectation::v1::{self as pb, StoryEventKind as Kind, SurveyReason, WorkKind, complaint_action::What},
};
use tenure_server::wire;
use tenure_store::testing::TestPlace;
use tonic::Code;

use crate::{
    complaints::{registration, step},
    entries::{Decision, Touch, hour, person, progressed, record, tenant},
    stage::{Stage, nps, of},
    surveys::reserve,
};

async fn story(stage: &Stage, number: u64, page_size: i32) -> Vec<pb::StoryEvent> {
    let by = Some(pb::get_customer_story_request::By::RecordId(record(number).to_string()));
    let mut ask = pb::GetCustomerStoryRequest { by, page_size, ..Default::default() };
    let mut events = Vec::new();
    loop {
        let page = stage.client.clone().get_customer_story(of("acme", ask.clone())).await.expect("a page").into_inner();
        assert!(page_size == 0 || page.events.len() <= usize::try_from(page_size).expect("small"));
        events.extend(page.events);
        if page.next_page_token.is_empty() {
            return events;
        }
        ask.page_token = page.next_page_token;
    }
}

async fn work(stage: &Stage, kind: WorkKind) -> Vec<pb::WorkItem> {
    stage.rest("acme").await;
    let mut ask = pb::ListWorkItemsRequest { kind: kind.into(), page_size: 1, ..Default::default() };
    let mut items = Vec::new();
    loop {
        let page = stage.client.clone().list_work_items(of("acme", ask.clone())).await.expect("a page").into_inner();
        items.extend(page.work_items);
        if page.next_page_token.is_empty() {
            return items;
        }
        ask.page_token = page.next_page_token;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_has_all_that_happened_and_what_is_made_of_it() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 4).await, tenant("acme"));
        let waited = collector::ContactDetail { wait_seconds: 1_500, ..Default::default() };
        let touches = [
            Touch::promised(1, 1, "a", -96, -48),
            Touch::delivered(2, 4, "a", -24),
            Touch::new(3, 1, -30, Type::CallAnswered).with(Detail::Contact(waited)),
            Touch::sent(4, 1, "csat", -20),
            Touch::delivered(5, 1, "unpromised", -10),
            Touch::new(6, 1, -8, Type::RecoveryOffered).of_order("a"),
        ];
        let mut told: Vec<_> = touches.into_iter().map(|touch| touch.draft(&acme)).collect();
        told.push(progressed(&acme, "shop", 0));
        stage.tell(told, vec![Decision::found([(1, 1), (4, 1), (2, 2)]).draft(&acme)]).await;
        let registered = stage.client.clone().register_complaint(of("acme", registration("r", 1, hour(-5)))).await;
        let complaint = registered.expect("registered").into_inner().complaint.expect("set").complaint_id;
        let withdrawn = step("w", &complaint, "eva", What::Move(pb::ComplaintMove::Withdraw.into()));
        stage.client.clone().record_complaint_step(of("acme", withdrawn)).await.expect("withdrawn");
        stage.client.clone().reserve_survey(of("acme", reserve("s", 1, nps()))).await.expect("decided");

        let whole = story(&stage, 1, 0).await;
        let kinds: Vec<_> = whole.iter().map(pb::StoryEvent::kind).collect();
        let decided_now = [Kind::ComplaintStep, Kind::SurveyDecided];
        assert!(decided_now.iter().all(|kind| kinds[..2].contains(kind)), "{kinds:?}");
        let before = [
            Kind::ComplaintStep,
            Kind::RecoveryOffered,
            Kind::Outcome,
            Kind::SurveySent,
            Kind::PromiseSettled,
            Kind::Contact,
            Kind::PromiseBroken,
            Kind::PromiseMade,
        ];
        assert_eq!(kinds[2..], before);
        let settled = &whole[6];
        assert_eq!(settled.promise.as_ref().expect("set").state(), pb::PromiseState::KeptLate);
        assert!(settled.gap.as_ref().expect("measured by it").felt_value < 0.0);
        assert_eq!(whole[7].wait_seconds, 1_500);
        let decided = whole.iter().find(|event| event.kind() == Kind::SurveyDecided).expect("decided");
        assert!(!decided.decision.as_ref().expect("set").reasons.is_empty());
        assert_eq!((whole[2].actor_ref.as_str(), whole[2].complaint_state()), ("eva", pb::ComplaintState::Received));
        assert_eq!(story(&stage, 1, 3).await, whole, "in pages it is the same");
        assert_eq!(story(&stage, 4, 0).await, whole, "by another of its records too");
        assert!(story(&stage, 2, 0).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_listed_until_it_no_longer_does() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 4).await, tenant("acme"));
        let touches = [
            Touch::promised(1, 1, "a", -96, 48),
            Touch::promised(2, 2, "b", -96, 24),
            Touch::promised(3, 3, "c", -96, 240),
        ];
        let mut told: Vec<_> = touches.into_iter().map(|touch| touch.draft(&acme)).collect();
        told.push(progressed(&acme, "shop", 2_000));
        stage.tell(told, vec![Decision::found([(1, 1), (2, 2), (3, 3)]).draft(&acme)]).await;
        stage.at("acme", hour(20)).await;
        let due = |items: Vec<pb::WorkItem>| -> Vec<_> {
            items.iter().map(|item| item.due_time.as_ref().and_then(wire::timestamp).expect("set")).collect()
        };
        assert_eq!(due(work(&stage, WorkKind::PromiseAtRisk).await), [hour(24), hour(48)], "by what is due first");
        assert!(work(&stage, WorkKind::PromiseOverdue).await.is_empty());
        stage.at("acme", hour(72)).await;
        assert_eq!(due(work(&stage, WorkKind::PromiseOverdue).await), [hour(24), hour(48)]);
        let calls = work(&stage, WorkKind::CustomerToCall).await;
        assert_eq!(calls.len(), 2);
        assert!(calls.iter().all(|item| item.reasons().any(|reason| reason == SurveyReason::PromiseOverdue)));
        // Merged, both wait under one; delivered, nobody does, but the call is still to be made.
        let merge = Decision::default().moving(2, 2, Some(1), 2).redirecting(2, Some(1), 2);
        stage.tell(vec![], vec![merge.draft(&acme)]).await;
        let persons = |items: &[pb::WorkItem]| -> Vec<_> { items.iter().map(|item| item.person_id.clone()).collect() };
        let overdue = work(&stage, WorkKind::PromiseOverdue).await;
        assert_eq!(persons(&overdue), [person(1).to_string(), person(1).to_string()]);
        assert_eq!(work(&stage, WorkKind::CustomerToCall).await.len(), 1);
        stage.rebuilt().await;
        assert_eq!(work(&stage, WorkKind::PromiseOverdue).await, overdue, "and after a rebuild");
        let came = [Touch::delivered(4, 1, "a", 73), Touch::delivered(5, 2, "b", 73)];
        stage.clock.set(hour(74));
        stage.tell(came.into_iter().map(|touch| touch.draft(&acme)).collect(), vec![]).await;
        assert!(work(&stage, WorkKind::PromiseOverdue).await.is_empty());
        let calls = work(&stage, WorkKind::CustomerToCall).await;
        assert_eq!((calls.len(), calls[0].reasons().next()), (1, Some(SurveyReason::ResolutionCooldown)));
        stage.at("acme", hour(24 * 60)).await;
        let calls = persons(&work(&stage, WorkKind::CustomerToCall).await);
        assert_eq!(calls, [person(3).to_string()], "it has faded, and the third waits meanwhile");
        let none = stage.client.clone().list_work_items(of("acme", pb::ListWorkItemsRequest::default())).await;
        assert_eq!(none.expect_err("no kind").code(), Code::InvalidArgument);
    }
}

/// What changes of the queue, by (kind, person, whether it is done), until so many changes were told; and the position behind.
async fn changes(
    stage: &Stage,
    after: &str,
    kinds: &[WorkKind],
    count: usize,
) -> (Vec<(WorkKind, String, bool)>, String) {
    let kinds = kinds.iter().map(|kind| (*kind).into()).collect();
    let ask = pb::WatchWorkItemsRequest { after: after.to_owned(), kinds };
    let mut told = stage.client.clone().watch_work_items(of("acme", ask)).await.expect("a stream").into_inner();
    let (mut seen, mut token) = (Vec::new(), String::new());
    while token.is_empty() || seen.len() < count {
        let next = tokio::time::timeout(Duration::from_secs(60), told.message()).await.expect("in time");
        let next = next.expect("no error").expect("it goes on");
        let mut some: Vec<_> = next.changes.iter().map(|one| (one.kind(), one.person_id.clone(), one.done)).collect();
        some.sort();
        seen.extend(some);
        token = next.read_token;
    }
    (seen, token)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_to_wait_and_goes_is_streamed() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
        let (_, begin) = changes(&stage, "", &[], 0).await;
        let touches = [Touch::promised(1, 1, "a", -96, 48), Touch::promised(2, 2, "b", -96, 49)];
        let mut told: Vec<_> = touches.into_iter().map(|touch| touch.draft(&acme)).collect();
        told.push(progressed(&acme, "shop", 2_000));
        stage.tell(told, vec![Decision::found([(1, 1), (2, 2)]).draft(&acme)]).await;
        stage.at("acme", hour(40)).await;
        let (one, other) = (person(1).to_string(), person(2).to_string());
        let at_risk = |person: &String, done| (WorkKind::PromiseAtRisk, person.clone(), done);
        let overdue = |person: &String, done| (WorkKind::PromiseOverdue, person.clone(), done);
        let to_call = |person: &String, done| (WorkKind::CustomerToCall, person.clone(), done);
        let (seen, token) = changes(&stage, &begin, &[], 2).await;
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), [at_risk(&one, false), at_risk(&other, false)].into());
        stage.at("acme", hour(48)).await;
        let (seen, _) = changes(&stage, &token, &[], 3).await;
        assert_eq!(seen, [at_risk(&one, true), overdue(&one, false), to_call(&one, false)]);
        stage.at("acme", hour(49)).await;
        // Merged, what the other waited for waits under the one.
        let merge = Decision::default().moving(2, 2, Some(1), 2).redirecting(2, Some(1), 2);
        stage.tell(vec![], vec![merge.draft(&acme)]).await;
        stage.rest("acme").await;
        let kinds = [WorkKind::PromiseOverdue];
        let (seen, _) = changes(&stage, &token, &kinds, 4).await;
        let (first, then) = seen.split_at(2);
        assert_eq!(first, [overdue(&one, false), overdue(&other, false)], "only those that were asked for");
        assert_eq!(then.iter().cloned().collect::<BTreeSet<_>>(), [overdue(&one, false), overdue(&other, true)].into());
        let foreign = of("other", pb::WatchWorkItemsRequest { after: begin.clone(), ..Default::default() });
        let mut foreign = stage.client.clone().watch_work_items(foreign).await.expect("a stream").into_inner();
        for _ in 0..2 {
            assert!(foreign.message().await.expect("no error").expect("a position").changes.is_empty());
        }
    }
}
