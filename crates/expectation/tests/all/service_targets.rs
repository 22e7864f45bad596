//! Targets of a firm's own, and how complaints stand against them.

use tenure_proto::{
    collector::v1::TouchpointType,
    expectation::v1::{self as pb, ComplaintMove as Move, complaint_action::What},
};
use tenure_store::testing::TestPlace;

use crate::{
    complaints::{Desk, at, clock, customers, moved, registration},
    entries::{Touch, hour, tenant},
    stage::{Stage, of},
};

const DAY: i64 = 24;

/// So many hours of working time from Monday to Friday, from nine to five.
pub(crate) fn target(code: &str, hours: i64) -> pb::ServiceTarget {
    let interval = |weekday| pb::BusinessInterval { weekday, from_minute: 540, until_minute: 1_020 };
    pb::ServiceTarget {
        service_target_code: code.to_owned(),
        goal: pb::ServiceGoal::Respond.into(),
        within: Some(prost_types::Duration { seconds: hours * 3_600, nanos: 0 }),
        time_zone: "Europe/Amsterdam".to_owned(),
        calendar_code: "nl".to_owned(),
        hours: (1..=5).map(interval).collect(),
        pauses_for_customer: true,
        ..Default::default()
    }
}

pub(crate) async fn define(stage: &Stage, of_tenant: &str, definition: pb::ServiceTarget) -> pb::ServiceTarget {
    let ask = pb::DefineServiceTargetRequest { definition: Some(definition) };
    let answer = stage.client.clone().define_service_target(of(of_tenant, ask)).await.expect("defined").into_inner();
    answer.definition.expect("set")
}

fn seconds(long: Option<&prost_types::Duration>) -> i64 {
    long.expect("set").seconds
}

fn ask() -> What {
    What::AskCustomer(pb::ComplaintQuestion::default())
}

async fn only(desk: &Desk<'_>) -> pb::Complaint {
    let mut queue = desk.list(pb::ListComplaintsRequest { include_ended: true, ..Default::default() }).await;
    assert_eq!(queue.len(), 1);
    queue.remove(0)
}

/// A complaint about payment, received at the start, Monday at ten.
async fn payment(stage: &Stage) -> String {
    let mut ask = registration("payment", 1, hour(0));
    ask.receipt.as_mut().expect("set").regime_codes = vec!["psd2".to_owned()];
    let ask = pb::RegisterComplaintRequest { case_ref: "K-1".to_owned(), ..ask };
    let answer = stage.client.clone().register_complaint(of("acme", ask)).await.expect("registered").into_inner();
    answer.complaint.expect("set").complaint_id
}

fn replied(number: u64, at: i64) -> Touch {
    let mut touch = Touch::new(number, 1, at, TouchpointType::MessageReceived);
    "K-1".clone_into(&mut touch.references.case_ref);
    touch
}

#[tokio::test(flavor = "multi_thread")]
async fn c11_waiting_for_the_customer_stops_the_firms_target_and_no_law() {
    for place in TestPlace::each() {
        let (stage, acme) = (customers(&place).await, tenant("acme"));
        let desk = Desk::of(&stage);
        define(&stage, "acme", target("answer", 16)).await;
        let id = payment(&stage).await;
        let before = only(&desk).await;
        stage.at("acme", hour(1)).await;
        desk.take(&id, "eva", ask()).await.expect("asked");
        stage.at("acme", hour(1 + 10 * DAY)).await;
        let waiting = only(&desk).await;
        let own = &waiting.service_clocks[0];
        assert_eq!((at(own.pause_time.as_ref()), own.due_time, own.miss_time), (Some(hour(1)), None, None));
        assert_eq!(seconds(own.left.as_ref()), 15 * 3_600);
        let (law, then) = (clock(&waiting, "psd2_answer"), clock(&before, "psd2_answer"));
        assert_eq!((law.target_time, law.latest_time), (then.target_time, then.latest_time));
        assert_eq!(waiting.next_due_time, waiting.next_target_time, "what stands still is not due");
        stage.tell(vec![replied(1, 1 + 10 * DAY).draft(&acme)], vec![]).await;
        let answered = only(&desk).await;
        let own = &answered.service_clocks[0];
        // Six hours on Thursday, eight on Friday, one on Monday.
        assert_eq!((at(own.due_time.as_ref()), own.pause_time), (Some(hour(14 * DAY)), None));
        assert_eq!(seconds(own.paused.as_ref()), 64 * 3_600, "eight days of eight hours");
        assert_eq!(answered.next_due_time, own.due_time);
        let law = clock(&answered, "psd2_answer");
        assert_eq!((law.target_time, law.latest_time), (then.target_time, then.latest_time));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c12_a_reply_that_nobody_noted_ends_the_pause_and_the_rest_is_flagged() {
    for place in TestPlace::each() {
        let (stage, acme) = (customers(&place).await, tenant("acme"));
        let desk = Desk::of(&stage);
        define(&stage, "acme", target("answer", 16)).await;
        let id = payment(&stage).await;
        stage.at("acme", hour(23)).await;
        desk.take(&id, "eva", ask()).await.expect("asked");
        stage.at("acme", hour(23 + 10 * DAY)).await;
        desk.take(&id, "eva", moved(Move::CustomerAnswered)).await.expect("noted");
        let believed = only(&desk).await.service_clocks.remove(0);
        assert_eq!((at(believed.due_time.as_ref()), believed.miss_time), (Some(hour(14 * DAY)), None));
        assert_eq!(seconds(believed.illegitimate.as_ref()), 0);
        // The customer had written on the second day.
        stage.tell(vec![replied(1, 23 + 2 * DAY).draft(&acme)], vec![]).await;
        let own = only(&desk).await.service_clocks.remove(0);
        assert_eq!(seconds(own.illegitimate.as_ref()), 8 * 86_400);
        assert_eq!((at(own.due_time.as_ref()), at(own.miss_time.as_ref())), (Some(hour(96)), Some(hour(96))));
        assert!(own.trace.iter().any(|step| step.starts_with("said to wait")), "{:?}", own.trace);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_warn_are_missed_and_stay_so() {
    for place in TestPlace::each() {
        let stage = customers(&place).await;
        let desk = Desk::of(&stage);
        let id = payment(&stage).await;
        assert_eq!(only(&desk).await.service_clocks, []);
        define(&stage, "acme", target("answer", 8)).await;
        let own = only(&desk).await.service_clocks.remove(0);
        assert_eq!((at(own.due_time.as_ref()), own.warn_percent), (Some(hour(24)), 0), "defined later, it counts too");
        let revision = only(&desk).await.revision;
        for (now, warned, missed) in [(4, 50, None), (6, 75, None), (24, 90, None), (25, 90, Some(hour(24)))] {
            stage.at("acme", hour(now)).await;
            let own = only(&desk).await.service_clocks.remove(0);
            assert_eq!((own.warn_percent, at(own.miss_time.as_ref())), (warned, missed), "{now}");
        }
        assert_eq!(only(&desk).await.revision, revision + 4, "each is told");
        let before = stage.concluded().await;
        stage.at("acme", hour(30)).await;
        assert_eq!(stage.concluded().await, before, "and once");
        desk.take(&id, "eva", moved(Move::Accept)).await.expect("accepted");
        let own = only(&desk).await.service_clocks.remove(0);
        assert_eq!((at(own.miss_time.as_ref()), own.meet_time, own.warn_percent), (Some(hour(24)), None, 0));
        let shown = desk.get(&id, "complaint").await.complaint.expect("set").service_clocks;
        assert_eq!(shown, only(&desk).await.service_clocks, "it says the same by itself");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_counts_for_what_is_open_and_those_replaced_are_kept() {
    for place in TestPlace::each() {
        let stage = customers(&place).await;
        let desk = Desk::of(&stage);
        let first = define(&stage, "acme", target("answer", 8)).await;
        assert_eq!((first.version, at(first.define_time.as_ref())), (1, Some(hour(0))));
        assert_eq!(define(&stage, "acme", target("answer", 8)).await, first, "an equal one keeps its version");
        define(&stage, "other", target("answer", 1)).await;
        let (open, ended) = (payment(&stage).await, desk.register(2, "K-2", hour(0)).await.complaint_id);
        stage.at("acme", hour(5)).await;
        desk.take(&ended, "eva", moved(Move::Accept)).await.expect("accepted");
        stage.at("acme", hour(25)).await;
        let before = desk.get(&open, "complaint").await.complaint.expect("set").service_clocks;
        assert!(before[0].miss_time.is_some());
        define(&stage, "acme", target("answer", 40)).await;
        let queue = desk.list(pb::ListComplaintsRequest { include_ended: true, ..Default::default() }).await;
        let named = |id: &str| queue.iter().find(|one| one.complaint_id == id).expect("it is there");
        let own = &named(&open).service_clocks[0];
        assert_eq!((own.version, own.miss_time, named(&open).superseded_service_clocks.clone()), (2, None, before));
        let kept = desk.get(&ended, "complaint").await.complaint.expect("set").service_clocks;
        assert_eq!((kept[0].version, at(kept[0].meet_time.as_ref())), (1, Some(hour(5))), "it ended under the first");
        let retired = define(&stage, "acme", pb::ServiceTarget { retired: true, ..target("answer", 40) }).await;
        assert_eq!(retired.version, 3);
        let queue = desk.list(pb::ListComplaintsRequest::default()).await;
        assert_eq!((queue[0].service_clocks.len(), queue[0].superseded_service_clocks.len()), (0, 2));
        let ask = pb::DescribeServiceTargetsRequest {};
        let answer = stage.client.clone().describe_service_targets(of("acme", ask)).await.expect("targets");
        let versions: Vec<_> = answer.into_inner().service_targets.iter().map(|one| one.version).collect();
        assert_eq!(versions, [3, 2, 1]);
        let names = stage.names().await;
        assert_eq!(names.iter().filter(|name| *name == "ServiceTargetDefined").count(), 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_goes_by_whatever_is_due_first() {
    for place in TestPlace::each() {
        let stage = customers(&place).await;
        let desk = Desk::of(&stage);
        let first = desk.register(1, "K-1", hour(-48)).await.complaint_id;
        let second = desk.register(2, "K-2", hour(0)).await.complaint_id;
        let ids = async || {
            let queue = desk.list(pb::ListComplaintsRequest::default()).await;
            queue.into_iter().map(|one| one.complaint_id).collect::<Vec<_>>()
        };
        assert_eq!(ids().await, [first.clone(), second.clone()], "by law");
        define(&stage, "acme", target("answer", 8)).await;
        assert_eq!(ids().await, [first.clone(), second.clone()], "and by the firm's own target");
        desk.take(&first, "eva", ask()).await.expect("asked");
        assert_eq!(ids().await, [second, first], "while the customer is to answer, the other");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_that_changes_moves_the_firms_targets_too() {
    for place in TestPlace::each() {
        let stage = customers(&place).await;
        let desk = Desk::of(&stage);
        define(&stage, "acme", target("answer", 8)).await;
        payment(&stage).await;
        let before = only(&desk).await.service_clocks;
        let off_days = vec!["2026-11-03".to_owned()];
        let definition = pb::CalendarDefinition { calendar_code: "nl".to_owned(), off_days, ..Default::default() };
        let ask = pb::DefineCalendarRequest { definition: Some(definition) };
        stage.client.clone().define_calendar(of("acme", ask)).await.expect("defined");
        let now = only(&desk).await;
        assert_eq!(at(now.service_clocks[0].due_time.as_ref()), Some(hour(48)));
        assert_eq!(now.superseded_service_clocks, before);
    }
}
