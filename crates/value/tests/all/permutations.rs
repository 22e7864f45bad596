//! Law 3 end to end: twenty orders, batchings and repetitions of one history, each as a tenant of its own, on each store.

use tenure_journal::{Draft, Operate};
use tenure_kernel::Tenant;
use tenure_proto::{
    collector::v1::{Channel, TouchpointType},
    profile::v1::right::Kind,
};
use tenure_store::{Query, testing::TestPlace};

use crate::{
    entries::{Amends, Deals, Decision, Serves, Touch, erased, progressed, tenant},
    rights::{said, stated},
    stage::{Dice, Stage, eventually},
};

const ORDERS: u64 = 20;
const RECORDS: u64 = 14;

/// A history by numbers.
struct History {
    touches: Vec<Touch>,
    erased: Vec<Vec<u64>>,
    /// Of which record, and what of it: words on profiling that are said and corrected.
    words: Vec<(Touch, TouchpointType)>,
    rights: Vec<(u8, u64, Kind, u8)>,
    decisions: Vec<Decision>,
}

fn touch(dice: &mut Dice, number: u64, record: u64, amends: Option<Amends>) -> Touch {
    let code = ["EUR", "USD"][usize::from(dice.below(4) == 0)];
    let amount = i64::try_from(dice.below(3) * dice.below(5_000)).unwrap();
    let bought = (dice.below(5) > 2).then_some((code, amount));
    let margin = (dice.below(2) == 0).then_some(amount / 3 - 100);
    let serves = [None, Some(serves(dice, code, amount))][usize::from(dice.below(3) > 0)];
    let deals = (dice.below(2) == 0).then(|| deals(dice, code));
    let line = ["", "motor", "home"][usize::try_from((number + record) % 3).unwrap()];
    Touch { number, record, day: i32::try_from(dice.below(9)).unwrap(), bought, margin, serves, deals, amends, line }
}

fn serves(dice: &mut Dice, code: &'static str, amount: i64) -> Serves {
    let (kind, paid) = match dice.below(5) {
        0 => (TouchpointType::RefundIssued, Some((code, amount))),
        1 => (TouchpointType::ComplaintDecided, None),
        // A login costs nothing.
        2 => (TouchpointType::LoginSucceeded, None),
        _ => (TouchpointType::CallEnded, None),
    };
    let channel = [Channel::Phone, Channel::Email][usize::from(dice.below(3) == 0)];
    let seconds = if kind == TouchpointType::CallEnded { i64::try_from(dice.below(900)).unwrap() } else { 0 };
    Serves { kind, channel, seconds, paid }
}

fn deals(dice: &mut Dice, code: &'static str) -> Deals {
    let kinds = [
        TouchpointType::OfferAccepted,
        TouchpointType::ContractStarted,
        TouchpointType::ContractRenewed,
        TouchpointType::ContractCancelled,
    ];
    Deals {
        kind: kinds[usize::try_from(dice.below(4)).unwrap()],
        channel: [Channel::Web, Channel::Branch][usize::from(dice.below(3) == 0)],
        contract: ["", "c1", "c2"][usize::try_from(dice.below(3)).unwrap()],
        product: ["", "motor", "home+motor"][usize::try_from(dice.below(3)).unwrap()],
        offer: ["", "summer"][usize::from(dice.below(2) == 0)],
        price: (dice.below(2) == 0).then_some((code, 9_900)),
    }
}

/// Purchases, calls, refunds and logins, corrected, retracted, corrected again; some targets never come.
fn touches(dice: &mut Dice) -> Vec<Touch> {
    let mut touches = Vec::new();
    for number in 0..140 {
        let record = dice.below(RECORDS);
        if number % 10 != 0 {
            touches.push(touch(dice, number, record, None));
        }
        for amendment in 0..dice.below(3) {
            let revision = i32::try_from(dice.below(3)).unwrap() + 1;
            let amends = Amends { target: number, revision, retracts: dice.below(3) == 0 };
            touches.push(touch(dice, 1_000 + number * 10 + amendment, record, Some(amends)));
        }
    }
    touches
}

/// Each record its own person; merges with redirects; a split; an erasure.
fn decisions() -> Vec<Decision> {
    let mut decisions: Vec<Decision> = (0..RECORDS).map(|number| Decision::moves([(number, number, 1)])).collect();
    decisions.push(Decision::moves([(2, 1, 2), (3, 1, 2)]).redirecting(2, Some(1), 1).redirecting(3, Some(1), 1));
    decisions.push(Decision::moves([(5, 4, 2)]).redirecting(5, Some(4), 1));
    decisions.push(Decision::moves([(1, 7, 2), (2, 7, 3), (3, 7, 3)]).redirecting(1, Some(7), 1));
    decisions.push(Decision::moves([(3, 3, 4)]).redirecting(3, None, 2));
    decisions.push(Decision { moves: vec![(9, None, 2), (2, None, 4)], redirects: Vec::new() });
    decisions
}

fn words(dice: &mut Dice) -> Vec<(Touch, TouchpointType)> {
    let kinds = [TouchpointType::ConsentGiven, TouchpointType::ObjectionRaised, TouchpointType::LoginSucceeded];
    let word = |number: u64| {
        let target = 5_000 + number % 15;
        let amends = (number >= 15).then(|| Amends { target, revision: 1, retracts: dice.below(3) == 0 });
        let day = i32::try_from(dice.below(9)).unwrap();
        let touch = Touch { amends, ..Touch::call(5_000 + number, number % 15 % RECORDS, day, 0) };
        (touch, kinds[usize::try_from(dice.below(3)).unwrap()])
    };
    (0..25).map(word).collect()
}

fn history() -> History {
    History {
        touches: touches(&mut Dice(42)),
        erased: vec![vec![9, 2], vec![2]],
        words: words(&mut Dice(43)),
        rights: vec![
            (1, 4, Kind::Restriction, 0),
            (2, 4, Kind::End, 1),
            (3, 9, Kind::Restriction, 0),
            (4, 5, Kind::Objection, 0),
        ],
        decisions: decisions(),
    }
}

impl History {
    fn collected(&self, tenant: &Tenant) -> Vec<Draft> {
        let touches = self.touches.iter().map(|touch| touch.draft(tenant));
        let erased = self.erased.iter().map(|records| erased(tenant, records));
        let words = self.words.iter().map(|(touch, kind)| said(tenant, *touch, *kind, "profiling", ""));
        touches.chain(erased).chain(words).chain([progressed(tenant)]).collect()
    }

    fn stated(&self, tenant: &Tenant) -> Vec<Draft> {
        let right = |(number, of, kind, ended): &(u8, u64, Kind, u8)| stated(tenant, *number, *of, *kind, ("", *ended));
        self.rights.iter().map(right).collect()
    }

    fn decided(&self, tenant: &Tenant) -> Vec<Draft> {
        self.decisions.iter().map(|decision| decision.draft(tenant)).collect()
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
    let stated = hands(&|tenant| history.stated(tenant), &mut dice);
    let mut stated = deal(&mut dice, stated).into_iter();
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
        if let Some(batch) = stated.next() {
            stage.state(batch).await;
        }
        if dice.below(3) == 0 {
            stage.settle(&token).await;
        }
    }
    for batch in stated {
        stage.state(batch).await;
    }
    stage.settle(&stage.upstream.collector.token(stage.upstream.collector.head().await.unwrap())).await;
    stage.settle(&stage.upstream.identity.token(stage.upstream.identity.head().await.unwrap())).await;
}

const PURCHASES: [&str; 2] = [
    "SELECT tenant, generation, record_id, currency, counted AS line, day, COUNT(*) AS purchases,
            CAST(SUM(minor_units) AS BIGINT) AS minor_units,
            CAST(SUM(CASE WHEN margin_known THEN minor_units ELSE 0 END) AS BIGINT) AS known_minor,
            CAST(SUM(margin) AS BIGINT) AS margin_minor
     FROM (SELECT f.*, '' AS counted FROM purchase_fact f UNION ALL
           SELECT f.*, f.line AS counted FROM purchase_fact f WHERE f.line <> '') AS facts
     WHERE purchase GROUP BY tenant, generation, record_id, currency, counted, day",
    "SELECT tenant, generation, record_id, currency, line, day, purchases, minor_units, known_minor, margin_minor FROM record_day",
];

const SERVICES: [&str; 2] = [
    "SELECT tenant, generation, record_id, day, kind, channel, counted AS line, currency, COUNT(*) AS services,
            CAST(SUM(seconds) AS BIGINT) AS seconds, CAST(SUM(minor_units) AS BIGINT) AS minor_units
     FROM (SELECT f.*, '' AS counted FROM service_fact f UNION ALL
           SELECT f.*, f.line AS counted FROM service_fact f WHERE f.line <> '') AS facts
     WHERE kind > 0 GROUP BY tenant, generation, record_id, day, kind, channel, counted, currency",
    "SELECT tenant, generation, record_id, day, kind, channel, line, currency, services, seconds, minor_units
     FROM record_service",
];

/// The days equal what the slots add up to.
async fn assert_days_add_up(stage: &Stage) {
    for [slots, days] in [PURCHASES, SERVICES] {
        for (left, right) in [(slots, days), (days, slots)] {
            let sql = format!("SELECT COUNT(*) FROM ({left} EXCEPT {right}) AS differing /* whole */");
            let row = stage.store.first(&sql, vec![]).await.unwrap().unwrap();
            assert_eq!(row.get::<i64>(0).unwrap(), 0, "{sql}");
        }
    }
}

async fn assert_equal_exports(stage: &Stage, tenants: &[Tenant]) -> Vec<String> {
    let first = stage.export(&tenants[0]).await;
    for tenant in tenants {
        assert_eq!(stage.export(tenant).await, first, "{tenant}");
    }
    first
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_of_the_same_entries_ends_in_the_same_state_and_so_does_a_rebuild() {
    let mut exports = Vec::new();
    for place in TestPlace::each() {
        let stage = Stage::open(&place, 4).await;
        let tenants: Vec<Tenant> = (0..ORDERS).map(|order| tenant(&format!("order-{order}"))).collect();
        play(&stage, &tenants).await;
        let export = assert_equal_exports(&stage, &tenants).await;
        assert_days_add_up(&stage).await;
        assert!(export.iter().filter(|line| line.starts_with("erased")).count() == 2, "{export:#?}");
        assert!(export.iter().filter(|line| line.contains("purchases")).count() > 20, "{export:#?}");
        assert!(export.iter().filter(|line| line.contains("services")).count() > 20, "{export:#?}");
        assert!(export.iter().any(|line| line.contains("refund.issued") && !line.contains(", 0 minor")), "{export:#?}");
        assert!(export.iter().filter(|line| line.contains("Deal")).count() > 20, "{export:#?}");
        assert!(export.iter().any(|line| line.contains("EUR motor day")), "{export:#?}");
        assert!(export.iter().any(|line| line.contains("OfferTaken")), "{export:#?}");
        assert!(!export.iter().any(|line| line.contains("login")), "{export:#?}");
        assert!(export.iter().any(|line| line.contains("objects: true")), "{export:#?}");
        assert!(export.iter().any(|line| line.contains("objects: false")), "{export:#?}");
        assert_eq!(export.iter().filter(|line| line.contains("kind_")).count(), 3, "one is erased: {export:#?}");
        assert_eq!(stage.export(&tenant("nobody")).await, Vec::<String>::new());

        assert_eq!(stage.value.following().rebuild().await.unwrap(), 2);
        let generations = async || {
            let sql = "SELECT COUNT(*) FROM projection p WHERE p.active = 2 AND NOT EXISTS
                       (SELECT 1 FROM record_service s WHERE s.generation <> 2)";
            stage.store.first(sql, vec![]).await.unwrap().unwrap().get::<i64>(0).unwrap()
        };
        eventually("the swap", async || generations().await == 1).await;
        assert_eq!(assert_equal_exports(&stage, &tenants).await, export, "rebuilt");
        assert_days_add_up(&stage).await;
        exports.push(export);
    }
    exports.dedup();
    assert_eq!(exports.len(), 1, "both stores hold the same");
}
