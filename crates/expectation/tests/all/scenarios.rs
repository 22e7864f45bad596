//! The scenarios of the research note through the service, under a clock that tests set: what touchpoints come, and what is
//! answered. START is 2 November 2026, ten in the morning; hours count from there. The domain's tables hold the same values.

use tenure_kernel::Timestamp;
use tenure_proto::{
    collector::v1::{self as collector, PromiseOrigin as Origin, TouchpointType as Type, touchpoint::Detail},
    expectation::v1::{
        self as pb, PromiseState as State, SurveyKind as Kind, SurveyReason as Reason, SurveyVerdict as Verdict,
    },
};
use tenure_server::wire;
use tenure_store::testing::TestPlace;

use crate::{
    entries::{Decision, Touch, hour, pending, progressed, record, tenant},
    stage::{Stage, of},
};

const DAY: i64 = 24;

/// Customers 1 to `most` with a record each, and what they went through. The source has told all through a hundred days.
async fn stage(place: &TestPlace, touches: Vec<Touch>, most: u64) -> Stage {
    let (stage, acme) = (Stage::open(place, 4).await, tenant("acme"));
    let mut told: Vec<_> = touches.into_iter().map(|touch| touch.draft(&acme)).collect();
    told.push(progressed(&acme, "shop", 100 * DAY));
    let found = Decision::found((1..=most).map(|number| (number, number)));
    stage.tell(told, vec![found.draft(&acme)]).await;
    stage
}

/// What is said of a promise about order "o".
#[derive(Clone, Default)]
struct Said {
    due: Option<i64>,
    quantity: Option<(f64, &'static str)>,
    range: Option<(f64, f64, &'static str)>,
    origin: Origin,
    acknowledged: bool,
    product: &'static str,
}

fn promise(number: u64, customer: u64, at: i64, attribute: &str, said: Said) -> Touch {
    let unit = said.quantity.map(|one| one.1).or(said.range.map(|one| one.2)).unwrap_or_default();
    let detail = collector::PromiseDetail {
        attribute_code: attribute.to_owned(),
        due_time: said.due.map(|due| wire::to_wire(hour(due))),
        origin: said.origin.into(),
        quantity: said.quantity.map(|one| one.0),
        unit_code: unit.to_owned(),
        range_from: said.range.map(|one| one.0),
        range_to: said.range.map(|one| one.1),
        acknowledged: said.acknowledged,
        product_code: said.product.to_owned(),
        ..Default::default()
    };
    Touch::new(number, customer, at, Type::PromiseMade).with(Detail::Promise(detail)).of_order("o")
}

fn kept(number: u64, customer: u64, at: i64, attribute: &str, came: Option<(f64, &str)>) -> Touch {
    let detail = collector::PromiseDetail {
        attribute_code: attribute.to_owned(),
        quantity: came.map(|one| one.0),
        unit_code: came.map(|one| one.1.to_owned()).unwrap_or_default(),
        ..Default::default()
    };
    Touch::new(number, customer, at, Type::PromiseKept).with(Detail::Promise(detail)).of_order("o")
}

fn by(due: i64) -> Said {
    Said { due: Some(due), origin: Origin::OrderConfirmation, ..Said::default() }
}

async fn dissonance(stage: &Stage, customer: u64) -> pb::Dissonance {
    let by = Some(pb::get_dissonance_request::By::RecordId(record(customer).to_string()));
    let request = of("acme", pb::GetDissonanceRequest { by, ..Default::default() });
    let answer = stage.client.clone().get_dissonance(request).await.expect("a dissonance").into_inner();
    answer.dissonance.expect("set")
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// The score of a product as the note has it, which leaves confidence out.
fn sure(product: &pb::ProductDissonance) -> f64 {
    let sum = |loss: bool| -> f64 {
        let of = product.factors.iter().filter(|factor| (factor.felt_value < 0.0) == loss);
        of.map(|factor| factor.contribution / factor.confidence).sum()
    };
    let (losses, gains) = (sum(true), sum(false));
    100.0 * (1.0 - (-(losses - gains.min(losses) / 4.0).max(0.0) / 3.0).exp())
}

/// V01, V02, V03, V04, V05, V06, V08, V11 to V15 at their own moments, each of a customer of its own.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "a table")]
async fn values_come_out_as_the_note_has_them() {
    for place in TestPlace::each() {
        let mut touches = vec![
            promise(10, 1, -5 * DAY, "delivery", by(0)),
            kept(11, 1, 2 * DAY, "delivery", None),
            promise(20, 2, -5 * DAY, "delivery", by(2 * DAY)),
            kept(21, 2, 0, "delivery", None),
            promise(30, 3, -5 * DAY, "delivery", by(0)),
            kept(31, 3, 2 * DAY, "delivery", None),
            promise(32, 3, -5 * DAY, "onboarding", by(7 * DAY)),
            kept(33, 3, 2 * DAY, "onboarding", None),
            promise(40, 4, -5 * DAY, "appointment", by(0)),
            kept(41, 4, 2, "appointment", None),
            promise(50, 5, -5 * DAY, "delivery", Said { origin: Origin::SegmentInferred, ..by(0) }),
            kept(51, 5, 2 * DAY, "delivery", None),
            promise(60, 6, -30 * DAY, "claim_decision", Said { origin: Origin::PolicyTerms, ..by(-28 * DAY) }),
            kept(61, 6, 2 * DAY, "claim_decision", None),
            promise(80, 8, -5 * DAY, "delivery", Said { origin: Origin::Statutory, ..by(2 * DAY) }),
            kept(81, 8, 0, "delivery", None),
        ];
        let quote = |quantity| Said { quantity: Some(quantity), origin: Origin::Quote, ..Said::default() };
        touches.extend([
            promise(82, 9, -5 * DAY, "gift", quote((100.0, "EUR"))),
            kept(83, 9, 0, "gift", Some((50.0, "EUR"))),
            promise(110, 11, -5 * DAY, "payout_amount", quote((1_250.0, "EUR"))),
            kept(111, 11, 0, "payout_amount", Some((1_000.0, "EUR"))),
            promise(120, 12, -5 * DAY, "delivery", by(-2 * DAY)),
            kept(121, 12, 0, "delivery", None),
            promise(122, 12, 0, "repair", by(DAY)),
            kept(123, 12, 4 * DAY, "repair", None),
            promise(130, 13, -18 * DAY, "delivery", Said { origin: Origin::Quote, ..by(3 * DAY) }),
            promise(131, 13, -18 * DAY, "delivery", Said { origin: Origin::MarketingClaim, ..by(-4 * DAY) }),
            kept(132, 13, 0, "delivery", None),
            promise(140, 14, -18 * DAY, "delivery", Said { range: Some((10.0, 20.0, "day")), ..by(-2 * DAY) }),
            kept(141, 14, 0, "delivery", None),
            // V16: the same range in hours.
            promise(160, 16, -18 * DAY, "delivery", Said { range: Some((240.0, 480.0, "hour")), ..by(-2 * DAY) }),
            kept(161, 16, 0, "delivery", None),
            kept(150, 15, 0, "delivery", None),
        ]);
        let stage = stage(&place, touches, 16).await;
        stage.at("acme", hour(2 * DAY)).await;
        let first = async |customer| dissonance(&stage, customer).await.products[0].clone();
        assert_eq!((tenth(sure(&first(1).await)), first(1).await.factors[0].felt_value), (52.8, -2.25), "V01");
        assert_eq!((dissonance(&stage, 2).await.score, first(2).await.factors[0].felt_value), (0.0, 1.0), "V02");
        assert_eq!(tenth(sure(&first(3).await)), 48.7, "V03");
        assert_eq!(first(4).await.factors[0].felt_value, 0.0, "V04");
        assert_eq!(tenth(dissonance(&stage, 5).await.score), 20.1, "V05");
        assert_eq!(tenth(dissonance(&stage, 6).await.score), 94.8, "V06");
        assert_eq!(first(8).await.factors[0].felt_value, 0.0, "V08: a right granted early");
        assert!((first(9).await.factors[0].felt_value + 0.5625).abs() < 1e-9, "V08: an attractive feature missing");
        assert_eq!(first(11).await.factors[0].felt_value, -2.25, "V11");
        stage.at("acme", hour(4 * DAY)).await;
        let repair = first(12).await.factors.into_iter().find(|factor| factor.attribute_code == "repair");
        assert_eq!(repair.map(|factor| (factor.felt_value, factor.repeated)), Some((-3.375, true)), "V12");
        let judged = first(13).await.factors[0].clone();
        assert_eq!((judged.expected, judged.got, judged.confidence), (14.0, 18.0, 0.6), "V13");
        for customer in [14, 16] {
            let inside = first(customer).await.factors[0].clone();
            assert_eq!((inside.felt_value, inside.prevented_value), (0.0, 2.25), "V14 and V16: {customer}");
        }
        let missing = dissonance(&stage, 15).await;
        assert_eq!((missing.score, missing.expectation_missing_touchpoint_ids.len()), (0.0, 1), "V15");
        for (days, score) in [(7, 47.2), (14, 41.9), (30, 31.3), (60, 17.1), (90, 8.9)] {
            stage.at("acme", hour((2 + days) * DAY)).await;
            assert_eq!(tenth(sure(&first(1).await)), score, "V01 {days} days later");
        }
    }
}

/// V07, V09 and V10.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_grows_and_products_add_up() {
    for place in TestPlace::each() {
        let waited = collector::ContactDetail { wait_seconds: 1_500, ..Default::default() };
        let call = |number, at| Touch::new(number, 7, at, Type::CallAnswered).with(Detail::Contact(waited.clone()));
        let lamp = |mut touch: Touch| {
            touch.references.order_ref = "lamp".to_owned();
            touch
        };
        let stage = stage(
            &place,
            vec![
                call(70, 0),
                promise(90, 9, -5 * DAY, "delivery", by(0)),
                promise(100, 10, -5 * DAY, "delivery", Said { product: "sofa", ..by(0) }),
                kept(101, 10, 2 * DAY, "delivery", None),
                lamp(promise(102, 10, -5 * DAY, "delivery", Said { product: "lamp", ..by(0) })),
                lamp(kept(103, 10, 2 * DAY, "delivery", None)),
            ],
            10,
        )
        .await;
        let waited = dissonance(&stage, 7).await.products[0].factors[0].felt_value;
        assert_eq!((waited * 1_000.0).round(), -4_141.0, "V07");
        for (day, score) in [(1, 33.5), (2, 52.8), (3, 65.8), (5, 81.4), (8, 86.1), (12, 86.1)] {
            stage.at("acme", hour(day * DAY)).await;
            assert_eq!(tenth(sure(&dissonance(&stage, 9).await.products[0])), score, "V09 on day {day}");
            if day == 2 {
                let both = dissonance(&stage, 10).await;
                let left: f64 = both.products.iter().map(|product| 1.0 - sure(product) / 100.0).product();
                assert_eq!((both.products.len(), tenth(100.0 * (1.0 - left))), (2, 77.7), "V10");
            }
        }
    }
}

/// P01 to P09: promised for Monday 2 November, which ends at midnight (hour 14).
#[tokio::test(flavor = "multi_thread")]
async fn promises_keep_the_clock_of_the_note() {
    for place in TestPlace::each() {
        let acme = tenant("acme");
        let end = 14;
        let made = |number, customer| promise(number, customer, -7 * DAY, "delivery", by(end));
        let moved = |number, customer, at, acknowledged| {
            promise(number, customer, at, "delivery", Said { acknowledged, ..by(end + 4 * DAY) })
        };
        let mut off = Touch::new(61, 6, -DAY, Type::OrderCancelled);
        off.references.order_ref = "o".to_owned();
        let stage = stage(
            &place,
            vec![
                made(10, 1),
                made(20, 2),
                made(30, 3).from("silent"),
                made(40, 4),
                moved(41, 4, -DAY, true),
                made(50, 5),
                moved(51, 5, end + 10, true),
                made(60, 6),
                off,
                kept(81, 8, 5, "delivery", None),
                made(90, 9),
                kept(91, 9, 5, "delivery", None),
                kept(92, 9, 12, "delivery", None),
            ],
            9,
        )
        .await;
        stage.at("acme", Timestamp(hour(end).0 - 60_000_000)).await;
        assert_eq!(stage.states("acme", 1).await, [State::AtRisk], "P01, the minute before");
        stage.at("acme", hour(end)).await;
        assert_eq!(stage.states("acme", 1).await, [State::Broken], "P01");
        assert_eq!(stage.states("acme", 3).await, [State::Unknown], "P03");
        // P07: the clock goes back, and on again.
        stage.at("acme", hour(end - 1)).await;
        stage.at("acme", hour(end + 2 * DAY)).await;
        let said = |names: &[String], name: &str| names.iter().filter(|said| *said == name).count();
        let names = stage.names().await;
        assert_eq!(said(&names, "PromiseOverdue"), 3, "P01, P02 and P05, once each: {names:?}");
        assert_eq!(stage.states("acme", 4).await, [State::Renegotiated, State::Active], "P04");
        assert_eq!(stage.states("acme", 5).await, [State::Broken, State::Active], "P05");
        assert_eq!(stage.states("acme", 6).await, [State::Void], "P06");
        let evidence = stage.promises("acme", 9).await;
        assert_eq!((evidence[0].state(), evidence[0].evidence_touchpoint_ids.len()), (State::Kept, 1), "P09");
        let held = stage.check("acme", 2, survey(Kind::RelationalNps)).await;
        assert!(held.reasons().any(|reason| reason == Reason::PromiseOverdue));
        // P02: delivered on the 2nd at 18:00, told on the 4th; and P08: the promise comes after the outcome.
        stage.tell(vec![kept(21, 2, 8, "delivery", None).draft(&acme), made(80, 8).draft(&acme)], vec![]).await;
        stage.rest("acme").await;
        assert_eq!((stage.states("acme", 2).await, stage.score("acme", 2).await), (vec![State::Kept], 0.0), "P02");
        assert_eq!(stage.states("acme", 8).await, [State::Kept], "P08");
        assert_eq!(said(&stage.names().await, "PromiseOverdueRetracted"), 1, "P02");
        let free = stage.check("acme", 2, survey(Kind::RelationalNps)).await;
        assert!(!free.reasons().any(|reason| reason == Reason::PromiseOverdue), "P02: decided anew");
    }
}

fn survey(kind: Kind) -> pb::Survey {
    pb::Survey { kind: kind.into(), channel_code: "email".to_owned(), ..Default::default() }
}

/// The hour of a day of November 2026; before the clock went back on 25 October, an hour earlier.
fn november(day: i64, at: i64) -> i64 {
    (day - 2) * DAY + at - 10
}

/// A scenario of the guard: what came, when it is decided, which survey; the verdict, its moment, and all reasons.
struct Guarded {
    name: &'static str,
    touches: Vec<Touch>,
    at: i64,
    survey: pb::Survey,
    verdict: Verdict,
    until: Option<i64>,
    reasons: Vec<Reason>,
    score: f64,
}

/// What came to a customer of its own; touchpoints are numbered from a hundred times its number on.
fn guarded(
    name: &'static str,
    touches: Vec<Touch>,
    verdict: Verdict,
    until: Option<i64>,
    reasons: &[Reason],
) -> Guarded {
    let survey = survey(Kind::RelationalNps);
    Guarded { name, touches, at: november(6, 10), survey, verdict, until, reasons: reasons.to_vec(), score: 0.0 }
}

fn sent(number: u64, customer: u64, scale: &str, at: i64) -> Touch {
    Touch::sent(number, customer, scale, at)
}

fn late_with_voucher(customer: u64, redeemed: bool) -> Vec<Touch> {
    let first = customer * 100;
    let mut touches = vec![
        promise(first, customer, -7 * DAY, "delivery", by(0)),
        kept(first + 1, customer, 2 * DAY, "delivery", None),
        Touch::new(first + 2, customer, 3 * DAY, Type::RecoveryOffered).of_order("o"),
    ];
    touches
        .extend(redeemed.then(|| Touch::new(first + 3, customer, 3 * DAY + 2, Type::RecoveryAccepted).of_order("o")));
    touches
}

fn complaint(number: u64, customer: u64, kind: Type, at: i64) -> Touch {
    Touch::complaint(number, customer, kind, "case", at)
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn guard_table() -> Vec<Guarded> {
    use Reason::{
        AlreadyRated, BlockedDeceased, BlockedFraud, ComplaintCooldown, DissonanceHigh, FreqAny, FreqNps, FreqYear,
        IdentityPending, Minor, NoLawfulContact, OmbudsmanOpen, OpenComplaint, PromiseOverdue, QuietTime,
        RecoveryCooldown, ResolutionCooldown, SourceStale, Stale, Vulnerable,
    };
    use Verdict::{Allow, Delay, Suppress};
    let received = |customer: u64| complaint(customer * 100, customer, Type::ComplaintReceived, november(1, 10));
    let decided = |customer: u64, at| complaint(customer * 100 + 1, customer, Type::ComplaintDecided, at);
    let mut rated = Touch::new(2500, 25, november(5, 10), Type::SurveyAnswered).of_order("o");
    rated.detail = Some(Detail::Feedback(collector::FeedbackDetail::default()));
    let quiet = |at| vec![Touch::new(1, 21, at, Type::OrderPlaced)];
    let reasons = [ResolutionCooldown, RecoveryCooldown, DissonanceHigh];
    let experience = Some(wire::to_wire(hour(2 * DAY)));
    vec![
        Guarded { score: 49.4, ..guarded("G01", late_with_voucher(1, false), Delay, Some(november(18, 20)), &reasons) },
        Guarded {
            score: 35.7,
            ..guarded("G02", late_with_voucher(2, true), Delay, Some(november(12, 10)), &reasons[..2])
        },
        Guarded {
            score: 49.4,
            survey: pb::Survey { experience_time: experience, ..survey(Kind::Csat) },
            ..guarded("G03", late_with_voucher(3, false), Suppress, None, &[Stale, reasons[0], reasons[1], reasons[2]])
        },
        Guarded {
            score: 73.1,
            ..guarded("G04", vec![promise(400, 4, -7 * DAY, "delivery", by(0))], Delay, None, &[PromiseOverdue])
        },
        guarded("G05", vec![kept(500, 5, -360 * DAY, "delivery", None)], Allow, None, &[]),
        guarded(
            "G06",
            vec![promise(600, 6, -7 * DAY, "delivery", by(3 * DAY)), kept(601, 6, DAY, "delivery", None)],
            Allow,
            None,
            &[],
        ),
        guarded("G07", vec![received(7)], Suppress, None, &[OpenComplaint]),
        guarded(
            "G08",
            vec![
                complaint(800, 8, Type::ComplaintReceived, november(-14, 10)),
                complaint(801, 8, Type::ComplaintDecided, november(-11, 9)),
            ],
            Delay,
            Some(november(19, 10)),
            &[ComplaintCooldown],
        ),
        Guarded {
            survey: survey(Kind::ComplaintCsat),
            ..guarded("G09", vec![received(9), decided(9, november(4, 10))], Allow, None, &[])
        },
        guarded(
            "G10",
            vec![received(10), complaint(1001, 10, Type::ComplaintReferred, november(3, 10))],
            Suppress,
            None,
            &[OmbudsmanOpen],
        ),
        guarded("G11", vec![Touch::consent(1100, 11, Type::ObjectionRaised, 0)], Suppress, None, &[NoLawfulContact]),
        guarded(
            "G12",
            vec![Touch::consent(1200, 12, Type::ChannelUnsubscribed, 0)],
            Suppress,
            None,
            &[NoLawfulContact],
        ),
        guarded("G13", vec![Touch::new(1300, 13, 0, Type::LoginSucceeded).of_age(700 * DAY)], Suppress, None, &[Minor]),
        guarded("G14", vec![Touch::new(1400, 14, 0, Type::DeathReported)], Suppress, None, &[BlockedDeceased]),
        guarded("G15", vec![Touch::new(1500, 15, 0, Type::InvestigationOpened)], Suppress, None, &[BlockedFraud]),
        guarded(
            "G16",
            vec![promise(1600, 16, -7 * DAY, "delivery", by(20 * DAY)).from("claims")],
            Delay,
            Some(november(7, 10)),
            &[SourceStale],
        ),
        guarded(
            "G17",
            vec![Touch::new(1700, 17, 0, Type::OrderPlaced)],
            Delay,
            Some(november(7, 10)),
            &[IdentityPending],
        ),
        guarded("G18", vec![sent(1800, 18, "csat", november(-4, 10))], Delay, Some(november(26, 10)), &[FreqAny]),
        guarded(
            "G19",
            vec![sent(1900, 19, "nps", november(-54, 9))],
            Delay,
            Some(november(37, 8)),
            &[FreqNps, QuietTime],
        ),
        guarded(
            "G20",
            [november(-345, 10), november(-200, 10), november(-150, 10), november(-60, 10)]
                .into_iter()
                .zip(2000..)
                .map(|(at, number)| sent(number, 20, "csat", at))
                .collect(),
            Delay,
            Some(november(20, 10)),
            &[FreqYear],
        ),
        Guarded { at: november(6, 22), ..guarded("G21", quiet(0), Delay, Some(november(7, 8)), &[QuietTime]) },
        Guarded { at: november(7, 22), ..guarded("G22", quiet(0), Delay, Some(november(9, 8)), &[QuietTime]) },
        Guarded { at: november(55, 10), ..guarded("G23", quiet(0), Delay, Some(november(58, 8)), &[QuietTime]) },
        guarded("G24", vec![Touch::new(2400, 24, 0, Type::VulnerabilitySignalled)], Suppress, None, &[Vulnerable]),
        Guarded {
            survey: pb::Survey { order_ref: "o".to_owned(), ..survey(Kind::Csat) },
            ..guarded("G25", vec![rated], Suppress, None, &[AlreadyRated])
        },
        guarded(
            "G27",
            vec![
                received(27),
                promise(2701, 27, -7 * DAY, "delivery", by(0)),
                sent(2702, 27, "csat", november(-4, 10)),
            ],
            Suppress,
            None,
            &[OpenComplaint, PromiseOverdue, FreqAny],
        ),
        Guarded {
            score: 16.3,
            ..guarded(
                "G28",
                vec![
                    promise(2800, 28, -65 * DAY, "delivery", by(-58 * DAY)),
                    kept(2801, 28, -56 * DAY, "delivery", None),
                ],
                Allow,
                None,
                &[],
            )
        },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guard_decides_as_the_note_has_it() {
    for place in TestPlace::each() {
        let mut table = guard_table();
        table.sort_by_key(|one| one.at);
        let acme = tenant("acme");
        let stage = stage(&place, table.iter().flat_map(|one| one.touches.clone()).collect(), 29).await;
        stage.tell(vec![progressed(&acme, "claims", november(5, 4))], vec![pending(&acme, &[(17, true, 1)])]).await;
        for one in table {
            stage.at("acme", hour(one.at)).await;
            let decided = stage.check("acme", one.touches[0].record, one.survey.clone()).await;
            let reasons: Vec<_> = decided.reasons().collect();
            let until = decided.delay_until.as_ref().and_then(wire::timestamp);
            let expected = (one.verdict, one.until.map(hour), one.reasons.clone());
            assert_eq!((decided.verdict(), until, reasons), expected, "{}", one.name);
            if one.score > 0.0 {
                assert!((decided.dissonance - one.score).abs() < 2.5, "{}: {}", one.name, decided.dissonance);
            }
        }
    }
}
