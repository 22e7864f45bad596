//! Law 3 end to end: twenty orders, batchings and repetitions of one history, each as a tenant of its own, on each store. All end
//! in the same state, give the same answers, and have the same promises said to be overdue.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use tenure_journal::{Draft, Operate};
use tenure_kernel::{Tenant, Timestamp};
use tenure_proto::{
    collector::v1::{self as collector, TouchpointType, touchpoint::Detail},
    expectation::v1 as pb,
};
use tenure_server::wire;
use tenure_store::{Query, testing::TestPlace};

use crate::{
    entries::{Decision, Touch, erased, hour, pending, progressed, record, tenant},
    service_targets::{define, target},
    stage::{Dice, Stage, eventually, nps, of},
};

/// When customers come of age, in hours since the start: by now, between now and later, and not by then.
const AGES: [i64; 3] = [0, (NOW + LATER) / 2, LATER * 9];
const ORDERS: u64 = 20;
const RECORDS: u64 = 12;
/// The hour that it is, and the one that it becomes at last: in between promises fall due.
const NOW: i64 = 40;
const LATER: i64 = 75;

/// A history by numbers.
struct History {
    touches: Vec<Touch>,
    erased: Vec<Vec<u64>>,
    decisions: Vec<Decision>,
}

fn pick<T: Copy>(dice: &mut Dice, of: &[T]) -> T {
    of[usize::try_from(dice.below(of.len() as u64)).unwrap()]
}

/// What happens to an order.
fn ordered(dice: &mut Dice, touch: Touch) -> Touch {
    let (number, record, at) = (touch.number, touch.record, touch.hour);
    let order = pick(dice, &["o1", "o2", "o3", "o4", "o5"]);
    let due = at + i64::try_from(dice.below(40)).unwrap();
    let touch = match dice.below(8) {
        0..4 => Touch::promised(number, record, order, at, due),
        4..7 => Touch::delivered(number, record, order, at),
        _ => Touch::new(number, record, at, TouchpointType::OrderCancelled).of_order(order),
    };
    // The branch seldom tells anything, so that much of what it promised can't be known.
    touch.from(if dice.below(9) == 0 { "branch" } else { "shop" })
}

/// What happens to a callback that was promised under a reference.
fn called_back(dice: &mut Dice, touch: Touch) -> Touch {
    let made = [TouchpointType::PromiseMade, TouchpointType::PromiseMade];
    let kind = pick(dice, &[made[0], made[1], TouchpointType::PromiseKept, TouchpointType::PromiseBroken]);
    let due = hour(touch.hour + i64::try_from(dice.below(30)).unwrap());
    let detail = collector::PromiseDetail {
        promise_ref: pick(dice, &["p1", "p2", "p3"]).to_owned(),
        attribute_code: if kind == TouchpointType::PromiseMade { "callback".to_owned() } else { String::new() },
        due_time: made.contains(&kind).then(|| wire::to_wire(due)),
        ..Default::default()
    };
    Touch { kind, ..touch }.with(Detail::Promise(detail))
}

/// What is paid of what was approved.
fn claimed(dice: &mut Dice, touch: Touch) -> Touch {
    let kind = pick(dice, &[TouchpointType::ClaimApproved, TouchpointType::ClaimSettled]);
    let mut touch = Touch { kind, amount: Some(i64::try_from(dice.below(3)).unwrap() * 40_000), ..touch };
    touch.references.claim_ref = pick(dice, &["c1", "c2"]).to_owned();
    touch.with(Detail::Claim(collector::ClaimDetail::default()))
}

fn other(dice: &mut Dice, touch: Touch) -> Touch {
    let (number, record, at) = (touch.number, touch.record, touch.hour);
    let complaints = [
        TouchpointType::ComplaintReceived,
        TouchpointType::ComplaintDecided,
        TouchpointType::CaseReopened,
        TouchpointType::ComplaintReferred,
    ];
    match dice.below(5) {
        0 => Touch::complaint(number, record, pick(dice, &complaints), pick(dice, &["k1", "k2", "k3"]), at),
        1 => Touch::sent(number, record, pick(dice, &["nps", "csat"]), at),
        2 => {
            let kinds = [TouchpointType::ConsentGiven, TouchpointType::ConsentWithdrawn];
            Touch::consent(number, record, pick(dice, &kinds), at)
        }
        _ => {
            let detail = collector::ContactDetail { wait_seconds: 1_200, transfers: 2, ..Default::default() };
            let kind = pick(dice, &[TouchpointType::CallAnswered, TouchpointType::CallEnded]);
            Touch { kind, ..touch }.with(Detail::Contact(detail))
        }
    }
}

/// A purchase, or that it is doubted.
fn doubted(dice: &mut Dice, mut touch: Touch) -> Touch {
    let kinds = [TouchpointType::OrderPlaced, TouchpointType::ReturnRequested, TouchpointType::ContractCancelRequested];
    touch.references.order_ref = pick(dice, &["o1", "o2", "o3"]).to_owned();
    let product_code = if touch.number.is_multiple_of(2) { "sofa" } else { "lamp" }.to_owned();
    let lines = vec![collector::OrderLine { product_code, quantity: 1, amount: None }];
    let detail = collector::OrderDetail { lines, ..Default::default() };
    Touch { kind: pick(dice, &kinds), ..touch }.with(Detail::Order(detail))
}

/// A contact, mostly about one of few orders, on any channel.
fn contacted(dice: &mut Dice, mut touch: Touch) -> Touch {
    let kinds = [
        TouchpointType::CallAnswered,
        TouchpointType::CallEnded,
        TouchpointType::MessageReceived,
        TouchpointType::MessageReplied,
        TouchpointType::VisitMade,
        TouchpointType::SelfserviceFailed,
    ];
    let detail = collector::ContactDetail {
        wait_seconds: 1_200,
        transfers: 2,
        repeated_questions: i32::try_from(dice.below(2)).unwrap(),
        intent_code: pick(dice, &["", "late", "fees"]).to_owned(),
        team_code: pick(dice, &["north", "south"]).to_owned(),
        sentiment: Some(-i32::try_from(dice.below(100)).unwrap()),
        ..Default::default()
    };
    touch.references.order_ref = pick(dice, &["", "o1", "o2"]).to_owned();
    Touch { kind: pick(dice, &kinds), ..touch }.with(Detail::Contact(detail))
}

fn touch(dice: &mut Dice, number: u64, record: u64) -> Touch {
    let at = i64::try_from(dice.below(40)).unwrap();
    let touch = Touch::new(number, record, at, TouchpointType::LoginSucceeded);
    match dice.below(10) {
        0..5 => ordered(dice, touch),
        5..7 => called_back(dice, touch),
        7 => claimed(dice, touch),
        8 => other(dice, touch),
        _ => touch,
    }
}

/// All that may matter, corrected, retracted, corrected again; some targets never come.
fn touches(dice: &mut Dice) -> Vec<Touch> {
    let mut touches = Vec::new();
    for number in 0..110 {
        let record = dice.below(RECORDS);
        if number % 10 != 0 {
            touches.push(touch(dice, number, record));
        }
        if dice.below(3) > 0 {
            continue;
        }
        for amendment in 0..dice.below(3) {
            let revision = i32::try_from(dice.below(3)).unwrap() + 1;
            let retracts = dice.below(3) == 0;
            touches.push(touch(dice, 1_000 + number * 10 + amendment, record).amending(number, revision, retracts));
        }
    }
    for number in 200..240 {
        let (record, at) = (dice.below(RECORDS), i64::try_from(dice.below(40)).unwrap());
        let touch = Touch::new(number, record, at, TouchpointType::CallEnded);
        let touch = if dice.below(3) == 0 { doubted(dice, touch) } else { contacted(dice, touch) };
        touches.push(if dice.below(4) == 0 { touch.of_age(pick(dice, &AGES)) } else { touch });
        if dice.below(4) == 0 {
            let other = contacted(dice, Touch::new(number + 100, record, at, TouchpointType::CallEnded));
            let other = if dice.below(2) == 0 { other.of_age(pick(dice, &AGES)) } else { other };
            touches.push(other.amending(number, 1, dice.below(2) == 0));
        }
    }
    touches
}

/// Each record its own person; merges with redirects; splits; an erasure.
fn decisions() -> Vec<Decision> {
    let one = Decision::default;
    let mut decisions: Vec<Decision> = (0..RECORDS).map(|number| Decision::found([(number, number)])).collect();
    decisions.push(one().moving(2, 2, Some(1), 2).moving(3, 3, Some(1), 2).redirecting(2, Some(1), 1).redirecting(
        3,
        Some(1),
        1,
    ));
    decisions.push(one().moving(5, 5, Some(4), 2).redirecting(5, Some(4), 1));
    decisions.push(one().moving(1, 1, Some(7), 2).moving(2, 1, Some(7), 3).moving(3, 1, Some(7), 3).redirecting(
        1,
        Some(7),
        1,
    ));
    decisions.push(one().moving(3, 7, Some(3), 4).redirecting(3, None, 2));
    decisions.push(one().moving(9, 9, None, 2).moving(2, 7, None, 4));
    decisions
}

fn history() -> History {
    History { touches: touches(&mut Dice(42)), erased: vec![vec![9, 2], vec![2]], decisions: decisions() }
}

impl History {
    fn collected(&self, tenant: &Tenant) -> Vec<Draft> {
        let touches = self.touches.iter().cloned().map(|touch| touch.draft(tenant));
        let erased = self.erased.iter().map(|records| erased(tenant, records));
        let progress =
            [progressed(tenant, "shop", 20), progressed(tenant, "shop", 55), progressed(tenant, "branch", 5)];
        touches.chain(erased).chain(progress).collect()
    }

    fn decided(&self, tenant: &Tenant) -> Vec<Draft> {
        let open: [&[(u64, bool, i64)]; 4] = [
            &[(4, true, 1), (6, true, 1), (9, true, 1)],
            &[(6, false, 2)],
            &[(8, true, 1)],
            &[(8, false, 2), (6, true, 3)],
        ];
        let decisions = self.decisions.iter().map(|decision| decision.draft(tenant));
        decisions.chain(open.map(|said| pending(tenant, said))).collect()
    }
}

/// The same, a fifth of it twice, in any order; untouched for the first tenant.
fn reordered(dice: &mut Dice, order: u64, mut drafts: Vec<Draft>) -> Vec<Draft> {
    if order > 0 {
        let again: Vec<Draft> = drafts.iter().filter(|_| dice.below(5) == 0).cloned().collect();
        drafts.extend(again);
        dice.shuffle(&mut drafts);
    }
    drafts
}

/// Deals the drafts of all tenants out in batches, so that the follower's batches mix tenants and cut histories anywhere.
fn deal(dice: &mut Dice, mut hands: Vec<Vec<Draft>>) -> Vec<Vec<Draft>> {
    hands.iter_mut().for_each(|hand| hand.reverse());
    let mut batches = Vec::new();
    while hands.iter().any(|hand| !hand.is_empty()) {
        let mut batch = Vec::new();
        for _ in 0..=dice.below(120) {
            let hand = usize::try_from(dice.below(ORDERS)).unwrap();
            batch.extend(hands[hand].pop());
        }
        batches.push(batch);
    }
    batches.retain(|batch| !batch.is_empty());
    batches
}

async fn play(stage: &Stage, tenants: &[Tenant]) {
    let (history, mut dice) = (history(), Dice(7));
    let hands = |drafts: &dyn Fn(&Tenant) -> Vec<Draft>, dice: &mut Dice| -> Vec<Vec<Draft>> {
        (0..).zip(tenants).map(|(order, tenant)| reordered(dice, order, drafts(tenant))).collect()
    };
    let collected = hands(&|tenant| history.collected(tenant), &mut dice);
    let decided = hands(&|tenant| history.decided(tenant), &mut dice);
    let mut collected = deal(&mut dice, collected).into_iter();
    let mut decided = deal(&mut dice, decided).into_iter();
    loop {
        let token = match (collected.next(), decided.next()) {
            (None, None) => break,
            (Some(batch), None) => stage.collect(batch).await,
            (None, Some(batch)) => stage.decide(batch).await,
            (Some(one), Some(other)) => {
                stage.decide(other).await;
                stage.collect(one).await
            }
        };
        if dice.below(3) == 0 {
            stage.settle(&token).await;
        }
    }
    stage.settle(&stage.upstream.collector.token(stage.upstream.collector.head().await.unwrap())).await;
    stage.settle(&stage.upstream.identity.token(stage.upstream.identity.head().await.unwrap())).await;
}

/// Which promises, in which version, are said to be overdue: the last word on each.
async fn said(stage: &Stage) -> BTreeMap<String, BTreeSet<(Vec<u8>, i64)>> {
    let (mut said, mut after) = (BTreeMap::<_, BTreeMap<_, _>>::new(), 0);
    loop {
        let page = tenure_journal::read_page(&stage.store, after, &BTreeSet::new()).await.expect("a page");
        let Some(last) = page.entries.last() else { break };
        after = last.sequence;
        for entry in &page.entries {
            let name = entry.type_name.rsplit('.').next().unwrap_or_default();
            let signal = match name {
                "PromiseOverdue" => pb::PromiseOverdue::decode(&*entry.payload).unwrap().signal,
                "PromiseOverdueRetracted" => pb::PromiseOverdueRetracted::decode(&*entry.payload).unwrap().signal,
                "PromiseOverdueSettled" => pb::PromiseOverdueSettled::decode(&*entry.payload).unwrap().signal,
                _ => continue,
            };
            let signal = signal.expect("a signal");
            let due = signal.due_time.as_ref().and_then(wire::timestamp).unwrap_or_default().0;
            let key = (signal.record_id, signal.promise_id, due);
            let last: &mut BTreeMap<_, _> = said.entry(entry.tenant.clone()).or_default();
            let before = last.insert(key, (signal.revision, name == "PromiseOverdue"));
            assert!(before.is_none_or(|(revision, _)| revision < signal.revision), "revisions rise");
        }
    }
    // What was said of erased records is gone with them.
    let gone: BTreeSet<Vec<u8>> = [9, 2].map(|number| record(number).0.to_vec()).into();
    let standing = said.into_iter().map(|(tenant, last)| {
        let raised = last.into_iter().filter(|((record, ..), (_, raised))| *raised && !gone.contains(record));
        (tenant, raised.map(|((_, promise, due), _)| (promise, due)).collect())
    });
    standing.collect()
}

/// What callers are told about everybody, and what about the base.
async fn answers(stage: &Stage, tenant: &Tenant) -> Vec<String> {
    let name = tenant.as_str();
    let overview = stage.rest(name).await;
    let mut answers = vec![format!("{overview:?}")];
    for number in (0..RECORDS).filter(|number| ![9, 2].contains(number)) {
        for promise in stage.promises(name, number).await {
            answers.push(format!("{number} {promise:?}"));
        }
        let by = Some(pb::get_dissonance_request::By::RecordId(record(number).to_string()));
        let request = of(name, pb::GetDissonanceRequest { by, ..Default::default() });
        let dissonance = stage.client.clone().get_dissonance(request).await.expect("a dissonance").into_inner();
        answers.push(format!("{number} {dissonance:?}"));
        let by = Some(pb::get_loyalty_drivers_request::By::RecordId(record(number).to_string()));
        let request = of(name, pb::GetLoyaltyDriversRequest { by, ..Default::default() });
        let drivers = stage.client.clone().get_loyalty_drivers(request).await.expect("drivers").into_inner();
        answers.push(format!("{number} {drivers:?}"));
        answers.push(format!("{number} {:?}", stage.check(name, number, nps()).await));
    }
    let ask = pb::ListComplaintsRequest { include_ended: true, page_size: 500, ..Default::default() };
    let complaints = stage.client.clone().list_complaints(of(name, ask)).await.expect("complaints").into_inner();
    // How often they were seen to change depends on the order.
    answers.extend(complaints.complaints.into_iter().map(|one| {
        let superseded_service_clocks = Vec::new();
        format!("{:?}", pb::Complaint { revision: 0, superseded_service_clocks, superseded_clocks: Vec::new(), ..one })
    }));
    // Which records are kept for complaints: how often that changed depends on the order.
    let sql = "SELECT record_id, expires_at FROM record_hold WHERE tenant = ? AND held ORDER BY record_id /* whole */";
    for row in stage.store.all(sql, vec![name.into()]).await.expect("holds") {
        answers.push(format!("held {:?} until {:?}", row.id(0).expect("an id"), row.get::<i64>(1).expect("a time")));
    }
    answers
}

/// What groups are told of by. What fades by itself is as of when each person was last looked at, which for all tenants was at the same moments.
async fn sums(stage: &Stage, tenant: &Tenant) -> Vec<String> {
    let sql = "SELECT product, basis, customers, total, squares, low, high, facts FROM loyalty_sum
               WHERE tenant = ? AND customers <> 0 ORDER BY product, basis /* whole */";
    let rows = stage.store.all(sql, vec![tenant.as_str().into()]).await.expect("sums");
    let line = |row: &tenure_store::Row| {
        let numbers: Vec<i64> = (1..8).map(|column| row.get(column).expect("a number")).collect();
        format!("{:?} {numbers:?}", row.get::<String>(0).expect("a product"))
    };
    rows.iter().map(line).collect()
}

#[derive(Debug, Clone, PartialEq)]
struct Seen {
    export: Vec<String>,
    answers: Vec<String>,
    overdue: BTreeSet<(Vec<u8>, i64)>,
}

/// What all tenants alike have come to by a moment.
async fn seen(stage: &Stage, tenants: &[Tenant], now: Timestamp) -> Seen {
    stage.clock.set(now);
    let (mut first, mut sum) = (None, None);
    let mut all = Vec::new();
    for tenant in tenants {
        let answers = answers(stage, tenant).await;
        let sums = sums(stage, tenant).await;
        assert!(
            ["\"\" [", "\"lamp\" [", "\"sofa\" ["].iter().all(|group| sums.iter().any(|one| one.starts_with(group)))
        );
        assert_eq!(sum.get_or_insert_with(|| sums.clone()), &sums, "{tenant}");
        all.push((tenant, stage.export(tenant).await, answers));
    }
    let mut said = said(stage).await;
    for (tenant, export, answers) in all {
        let overdue = said.remove(tenant.as_str()).unwrap_or_default();
        let one = Seen { export, answers, overdue };
        assert_eq!(first.get_or_insert_with(|| one.clone()), &one, "{tenant}");
    }
    first.expect("a tenant")
}

/// What is said to be overdue is what callers are told is broken and open.
async fn assert_said_is_so(stage: &Stage, tenant: &Tenant, overdue: &BTreeSet<(Vec<u8>, i64)>) {
    let mut open = BTreeSet::new();
    for number in (0..RECORDS).filter(|number| ![9, 2].contains(number)) {
        for promise in stage.promises(tenant.as_str(), number).await {
            let due = promise.due_time.as_ref().and_then(wire::timestamp);
            if let (pb::PromiseState::Broken, None, Some(due)) = (promise.state(), promise.settle_time, due) {
                open.insert((promise.promise_id, due.0));
            }
        }
    }
    assert_eq!(open.len(), overdue.len(), "{open:?} {overdue:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_of_the_same_entries_ends_in_the_same_state_and_so_does_a_rebuild() {
    let mut ends = Vec::new();
    for place in TestPlace::each() {
        let stage = Stage::open(&place, 4).await;
        let tenants: Vec<Tenant> = (0..ORDERS).map(|order| tenant(&format!("order-{order}"))).collect();
        stage.clock.set(hour(-1));
        for tenant in &tenants {
            define(&stage, tenant.as_str(), target("answer", 12)).await;
        }
        stage.clock.set(hour(NOW));
        play(&stage, &tenants).await;
        let now = seen(&stage, &tenants, hour(NOW)).await;
        assert_said_is_so(&stage, &tenants[0], &now.overdue).await;
        let later = seen(&stage, &tenants, hour(LATER)).await;
        assert_said_is_so(&stage, &tenants[0], &later.overdue).await;
        // The history has a bit of everything.
        assert!(now.overdue.len() > 3 && later.overdue != now.overdue, "{:?} {:?}", now.overdue, later.overdue);
        assert_eq!(now.export.iter().filter(|line| line.starts_with("erased")).count(), 2);
        let states = |state: pb::PromiseState| {
            let state = format!("state: {state:?},");
            later.answers.iter().filter(|line| line.contains("Promise {") && line.contains(&state)).count()
        };
        let kinds =
            [pb::PromiseState::Kept, pb::PromiseState::KeptLate, pb::PromiseState::Broken, pb::PromiseState::Unknown];
        assert!(kinds.into_iter().all(|state| states(state) > 2), "{:?}", kinds.map(states));
        for effort in ["wait", "contacts", "transfers", "channel_switches", "repeated_information"] {
            let named = format!("attribute_code: {effort:?}");
            assert!(later.answers.iter().any(|line| line.contains(&named)), "{effort}");
        }
        for (line, least) in [("of age", 6), ("open", 2)] {
            assert!(now.export.iter().filter(|one| one.contains(line)).count() >= least, "{line}");
        }
        for reason in ["Minor", "IdentityPending"] {
            assert!(later.answers.iter().any(|line| line.contains(reason)), "{reason}");
        }
        for sign in ["window: Days0To14", "sign_code: \"price\"", "sign_code: \"return_requested\""] {
            assert!(later.answers.iter().any(|line| line.contains(sign)), "{sign}");
        }
        let clocks = |what: &str| {
            later.answers.iter().filter(|line| line.contains("ServiceClock {") && line.contains(what)).count()
        };
        assert!(clocks("meet_time: Some") > 0 && clocks("miss_time: Some") > 0, "targets are met and missed");
        assert_eq!(stage.export(&tenant("nobody")).await, Vec::<String>::new());

        assert_eq!(stage.expectation.following().rebuild().await.unwrap(), 2);
        let swapped = async || {
            let sql = "SELECT COUNT(*) FROM projection p WHERE p.active = 2 AND p.reconciling = 0 AND NOT EXISTS
                       (SELECT 1 FROM fact f WHERE f.generation <> 2)";
            stage.store.first(sql, vec![]).await.unwrap().unwrap().get::<i64>(0).unwrap()
        };
        eventually("the swap", async || swapped().await == 1).await;
        assert_eq!(seen(&stage, &tenants, hour(LATER)).await, later, "rebuilt");
        ends.push(later);
    }
    ends.dedup();
    assert_eq!(ends.len(), 1, "both stores hold the same");
}
