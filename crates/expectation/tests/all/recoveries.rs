//! Gestures for those who were let down, measured against those held out; and a promise made to make up for things.

use std::collections::{BTreeMap, BTreeSet};

use tenure_proto::{
    collector::v1::{self as collector, TouchpointType, touchpoint::Detail},
    expectation::v1::{
        self as pb, ComplaintMove as Move, ComplaintOutcome, RecoveryGround as Ground, RecoveryGroup as Group,
        complaint_action::What,
    },
    profile::v1::right::Kind,
};
use tenure_server::wire;
use tenure_store::{Query as _, testing::TestPlace};
use tonic::Code;

use crate::{
    complaints::{Desk, moved},
    entries::{Decision, Touch, erased, hour, person, progressed, record, stated, tenant},
    stage::{Stage, of},
};

const DAY: i64 = 24;
const PERSONS: u64 = 120;
/// Who is owed redress, who is restricted.
const OWED: u64 = 5;
const RESTRICTED: u64 = 6;

/// Everybody's delivery came some hours late, three days ago: none is calm at once, and all are a fortnight later.
async fn let_down(place: &TestPlace) -> Stage {
    let (stage, acme) = (Stage::open(place, 4).await, tenant("acme"));
    let mut told = vec![progressed(&acme, "shop", 100 * DAY)];
    for number in 1..=PERSONS {
        let order = format!("o{number}");
        told.push(Touch::promised(number, number, &order, -5 * DAY, -3 * DAY).draft(&acme));
        told.push(Touch::delivered(1_000 + number, number, &order, -3 * DAY + 4).draft(&acme));
    }
    stage.tell(told, vec![Decision::found((1..=PERSONS).map(|number| (number, number))).draft(&acme)]).await;
    stage.rest("acme").await;
    stage
}

pub(crate) fn campaign(code: &str, holdout_percent: i32) -> pb::RecoveryCampaign {
    pb::RecoveryCampaign {
        campaign_code: code.to_owned(),
        cause: Some(pb::Cause {
            kind: pb::CauseKind::Promise.into(),
            code: "delivery".to_owned(),
            ..Default::default()
        }),
        holdout_percent,
        gesture_code: "voucher_10".to_owned(),
        ..Default::default()
    }
}

async fn define(stage: &Stage, campaign: pb::RecoveryCampaign) -> pb::RecoveryCampaign {
    let ask = of("acme", pb::DefineRecoveryRequest { campaign: Some(campaign) });
    let answer = stage.client.clone().define_recovery(ask).await.expect("defined").into_inner();
    answer.campaign.expect("set")
}

/// All decisions, in pages of so many.
async fn decided(stage: &Stage, code: &str, page_size: i32) -> BTreeMap<String, pb::RecoveryDecision> {
    let mut ask = pb::DecideRecoveryRequest { campaign_code: code.to_owned(), page_size, ..Default::default() };
    let mut all = BTreeMap::new();
    loop {
        let page = stage.client.clone().decide_recovery(of("acme", ask.clone())).await.expect("a page").into_inner();
        assert!(page.decisions.len() <= usize::try_from(page_size).expect("small"));
        for one in page.decisions {
            assert!(all.insert(one.person_id.clone(), one).is_none(), "nobody twice");
        }
        if page.next_page_token.is_empty() {
            return all;
        }
        ask.page_token = page.next_page_token;
    }
}

async fn evaluate(stage: &Stage, code: &str) -> pb::EvaluateRecoveryResponse {
    let ask = of("acme", pb::EvaluateRecoveryRequest { campaign_code: code.to_owned() });
    stage.client.clone().evaluate_recovery(ask).await.expect("an evaluation").into_inner()
}

/// Decided for redress before the delivery was late, so that it is owed.
async fn owe_redress(stage: &Stage) {
    let desk = Desk::of(stage);
    let id = desk.register(OWED, "K-1", hour(-4 * DAY)).await.complaint_id;
    let cause = pb::ComplaintAssessment { cause_code: "payment.late".to_owned(), ..Default::default() };
    let redress = Some(pb::Redress { minor_units: 5_000, currency_code: "EUR".to_owned() });
    let decision = pb::ComplaintDecision { outcome: ComplaintOutcome::Upheld.into(), redress, ..Default::default() };
    let steps = [
        ("eva", What::Assess(cause)),
        ("eva", What::Draft(decision)),
        ("ruth", moved(Move::Approve)),
        ("eva", moved(Move::Respond)),
        ("eva", moved(Move::Accept)),
    ];
    for (actor, what) in steps {
        desk.take(&id, actor, what).await.expect("taken");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r02_those_offered_a_gesture_are_held_against_those_held_out() {
    for place in TestPlace::each() {
        let (stage, acme) = (let_down(&place).await, tenant("acme"));
        owe_redress(&stage).await;
        stage.state(vec![stated(&acme, (1, RESTRICTED), Kind::Restriction, ("", 0))]).await;
        stage.rest("acme").await;
        let defined = define(&stage, campaign("sorry", 50)).await;
        assert_eq!((defined.days, define(&stage, campaign("sorry", 50)).await), (7, defined.clone()));
        let other = pb::DefineRecoveryRequest { campaign: Some(campaign("sorry", 10)) };
        let refused = stage.client.clone().define_recovery(of("acme", other)).await.expect_err("it stays as it is");
        assert_eq!(refused.code(), Code::InvalidArgument);
        let first = decided(&stage, "sorry", 7).await;
        let written = stage.concluded().await;
        assert_eq!(decided(&stage, "sorry", 500).await, first, "decided once");
        assert_eq!(stage.concluded().await, written);
        assert_eq!(first.len(), usize::try_from(PERSONS - 1).expect("few"));
        assert!(!first.contains_key(&person(RESTRICTED).to_string()), "who is restricted is left out");
        let owed = &first[&person(OWED).to_string()];
        assert_eq!((owed.group(), owed.ground()), (Group::Treat, Ground::RedressOwed), "redress is never held out");
        let held: BTreeSet<u64> = numbers(&first, Group::HoldOut);
        let treated = numbers(&first, Group::Treat);
        assert!(held.len().abs_diff(60) < 22, "{}", held.len());
        define(&stage, campaign("again", 50)).await;
        assert_ne!(numbers(&decided(&stage, "again", 500).await, Group::HoldOut), held, "another is drawn anew");
        let pending = evaluate(&stage, "sorry").await;
        assert_eq!((pending.pending, pending.redress_owed, pending.effect), (118, 1, None));
        // A third of those treated complains, and two thirds of those held out; a fortnight later all that was is faded.
        let (cross, crosser) = (every(&treated, |at| at % 3 == 0), every(&held, |at| at % 3 != 0));
        let complaints = cross.iter().chain(&crosser).map(|number| {
            let case = format!("c{number}");
            Touch::complaint(5_000 + number, *number, TouchpointType::ComplaintReceived, &case, 10 * DAY).draft(&acme)
        });
        stage.tell(complaints.collect(), vec![]).await;
        stage.at("acme", hour(30 * DAY)).await;
        let found = evaluate(&stage, "sorry").await;
        let arm = |all: usize, cross: usize| pb::RecoveryArm {
            customers: i64::try_from(all).expect("few"),
            recovered: i64::try_from(all - cross).expect("few"),
        };
        assert_eq!(found.treated, Some(arm(treated.len(), cross.len())));
        assert_eq!(found.held_out, Some(arm(held.len(), crosser.len())));
        assert_eq!((found.pending, found.redress_owed, found.mixed), (0, 1, 0));
        let effect = found.effect.expect("both sides");
        let share = |arm: Option<pb::RecoveryArm>| arm.map_or(0.0, |arm| arm.recovered as f64 / arm.customers as f64);
        assert!((effect.difference - share(found.treated) + share(found.held_out)).abs() < 1e-12);
        assert_eq!(effect.verdict(), pb::RecoveryVerdict::Effective, "{effect:?}");
        assert!(effect.low > 0.0 && effect.high < 0.7, "{effect:?}");
    }
}

/// Those who were drawn for a side, by number.
fn numbers(decided: &BTreeMap<String, pb::RecoveryDecision>, group: Group) -> BTreeSet<u64> {
    let of = |number: &u64| {
        decided
            .get(&person(*number).to_string())
            .is_some_and(|one| one.group() == group && one.ground() == Ground::Drawn)
    };
    (1..=PERSONS).filter(of).collect()
}

fn every(all: &BTreeSet<u64>, which: impl Fn(usize) -> bool) -> BTreeSet<u64> {
    all.iter().enumerate().filter(|(place, _)| which(*place)).map(|(_, number)| *number).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_drawn_follows_its_record_and_goes_with_it() {
    for place in TestPlace::each() {
        let (stage, acme) = (let_down(&place).await, tenant("acme"));
        define(&stage, campaign("sorry", 50)).await;
        let first = decided(&stage, "sorry", 500).await;
        let (held, treated) = (numbers(&first, Group::HoldOut), numbers(&first, Group::Treat));
        let (one, other) = (*held.first().expect("one"), *treated.first().expect("one"));
        let more = *held.last().expect("another");
        // Of two that turn out to be one the first decision counts, and neither side has them; of two alike, one.
        let merge = |from: u64, to| Decision::default().moving(from, from, Some(to), 2).redirecting(from, Some(to), 2);
        stage.tell(vec![], vec![merge(other, one).draft(&acme)]).await;
        stage.rest("acme").await;
        let merged = decided(&stage, "sorry", 500).await;
        assert_eq!(merged.len(), first.len() - 1);
        let stays = &merged[&person(one).to_string()];
        let known: Vec<_> = [one, other].map(|number| first[&person(number).to_string()].record_id.clone()).into();
        assert!(known.contains(&stays.record_id));
        let found = evaluate(&stage, "sorry").await;
        assert_eq!((found.mixed, found.pending), (1, i64::try_from(PERSONS).expect("few") - 2));
        let exported = pb::ExportRecordsRequest { record_ids: vec![record(more).to_string()] };
        let exported = stage.client.clone().export_records(of("acme", exported)).await.expect("an export").into_inner();
        let drawn = &exported.records[0].recovery_decisions[0];
        assert_eq!((drawn.campaign_code.as_str(), drawn.group()), ("sorry", Group::HoldOut));
        let all: Vec<u64> = (1..=PERSONS).collect();
        stage.tell(vec![erased(&acme, &all)], vec![]).await;
        stage.rest("acme").await;
        let row = stage.store.first("SELECT COUNT(*) FROM recovery_decision", vec![]).await.unwrap().unwrap();
        assert_eq!(row.get::<i64>(0).unwrap(), 0, "erased, nothing is left");
        let ask = pb::EvaluateRecoveryRequest { campaign_code: "sorry".to_owned() };
        let refused = stage.client.clone().evaluate_recovery(of("other", ask)).await.expect_err("another tenant's");
        assert_eq!(refused.code(), Code::NotFound);
    }
}

/// R01: to make up for a late delivery somebody promised to call back, and did not.
#[tokio::test(flavor = "multi_thread")]
async fn r01_a_recovery_is_a_promise_and_broken_it_hurts_half_as_much_again() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 4).await, tenant("acme"));
        let found = Decision::found([(1, 1), (2, 2)]);
        let call = |number, customer, order: &str| {
            let detail = collector::PromiseDetail {
                attribute_code: "callback".to_owned(),
                due_time: Some(wire::to_wire(hour(30))),
                ..Default::default()
            };
            let touch = Touch::new(number, customer, 8, TouchpointType::PromiseMade);
            touch.with(Detail::Promise(detail)).of_order(order).draft(&acme)
        };
        let told = vec![
            Touch::promised(1, 1, "o", -48, -24).draft(&acme),
            Touch::delivered(2, 1, "o", 4).draft(&acme),
            Touch::new(3, 1, 7, TouchpointType::RecoveryOffered).of_order("o").draft(&acme),
            call(4, 1, "o"),
            // Somebody else is promised the same, and was never let down.
            call(5, 2, "p"),
            progressed(&acme, "shop", 100 * DAY),
        ];
        stage.tell(told, vec![found.draft(&acme)]).await;
        stage.at("acme", hour(80)).await;
        let broken = async |customer| {
            let promises = stage.promises("acme", customer).await;
            let call = promises.into_iter().find(|one| one.attribute_code == "callback").expect("it is there");
            assert_eq!(call.state(), pb::PromiseState::Broken);
            let by = Some(pb::get_dissonance_request::By::RecordId(record(customer).to_string()));
            let ask = pb::GetDissonanceRequest { by, ..Default::default() };
            let answer = stage.client.clone().get_dissonance(of("acme", ask)).await.expect("a dissonance").into_inner();
            let products = answer.dissonance.expect("set").products;
            let factors = products.into_iter().flat_map(|product| product.factors);
            let factor = factors.into_iter().find(|factor| factor.attribute_code == "callback").expect("it is felt");
            (factor.repeated, factor.felt_value)
        };
        let (again, anew) = (broken(1).await, broken(2).await);
        assert_eq!((again.0, anew.0), (true, false));
        assert!((again.1 - 1.5 * anew.1).abs() < 1e-9, "{again:?} {anew:?}");
    }
}
