//! What is kept of persons for the guard: it answers as what they went through would, and never when something newer is known.

use std::collections::{BTreeMap, BTreeSet};

use tenure_expectation::ExpectationConfig;
use tenure_proto::{
    collector::v1::TouchpointType as Type,
    expectation::v1::{self as pb, SurveyReason, SurveyVerdict},
};
use tenure_store::{Query, Row, testing::TestPlace};

use crate::{
    entries::{Decision, Touch, hour, progressed, tenant},
    stage::{Stage, nps, of, reasons},
    surveys::reserve,
};

const CUSTOMERS: u64 = 9;

/// Customers who went through something each.
async fn stage(place: &TestPlace) -> Stage {
    let (stage, acme) = (Stage::open(place, 4).await, tenant("acme"));
    let told = vec![
        // Late by much: it fades for weeks.
        Touch::promised(1, 1, "o1", -400, -300),
        Touch::delivered(2, 1, "o1", -20),
        // Two products, a gain and a loss.
        Touch::promised(3, 2, "o2", -130, -100),
        Touch::delivered(4, 2, "o2", -50),
        Touch::promised(5, 2, "o3", -90, -12),
        Touch::delivered(6, 2, "o3", -60),
        // Still to come, and then overdue.
        Touch::promised(7, 3, "o4", -30, 40),
        // Of a source that tells nothing more.
        Touch::promised(8, 4, "o5", -30, 60).from("branch"),
        Touch::complaint(9, 5, Type::ComplaintReceived, "k1", -50),
        Touch::complaint(10, 5, Type::ComplaintDecided, "k1", -30),
        Touch::consent(11, 6, Type::ConsentWithdrawn, -9),
        // What counts from a time to come on.
        Touch::consent(12, 6, Type::ConsentGiven, 30),
        Touch::sent(13, 7, "csat", -200),
        Touch::sent(14, 7, "nps", 20),
        Touch::complaint(15, 8, Type::ComplaintReceived, "k2", 30),
    ];
    let mut drafts: Vec<_> = told.into_iter().map(|touch| touch.draft(&acme)).collect();
    drafts.push(progressed(&acme, "shop", 60));
    drafts.push(progressed(&acme, "branch", -20));
    let found = Decision::found((1..=CUSTOMERS).map(|number| (number, number)));
    stage.tell(drafts, vec![found.draft(&acme)]).await;
    stage.rest("acme").await;
    stage
}

/// What is said of each customer and kind of survey, without the last digits of the score.
async fn said(stage: &Stage) -> Vec<pb::SurveyDecision> {
    let mut said = Vec::new();
    for customer in 1..=CUSTOMERS {
        for kind in [pb::SurveyKind::RelationalNps, pb::SurveyKind::Csat] {
            let survey = pb::Survey { kind: kind.into(), ..nps() };
            let decision = stage.check("acme", customer, survey).await;
            said.push(pb::SurveyDecision { dissonance: (decision.dissonance * 1e6).round() / 1e6, ..decision });
        }
    }
    said
}

async fn outlooks(stage: &Stage) -> i64 {
    let sql = "SELECT COUNT(*) FROM person_state WHERE length(outlook) > 0 /* whole */";
    stage.store.first(sql, vec![]).await.expect("read").expect("a row").get(0).expect("a number")
}

async fn run(stage: &Stage, sql: &str) {
    let tx = stage.store.begin().await.expect("a transaction");
    tx.execute(sql, vec![]).await.expect("carried out");
    tx.commit().await.expect("committed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_answers_as_what_is_worked_out_whatever_the_time() {
    for place in TestPlace::each() {
        let stage = stage(&place).await;
        let (mut kept, mut seen) = (0, BTreeSet::new());
        for hours in [0, 7, 21, 33, 41, 60, 100, 24 * 9, 24 * 40, 24 * 200] {
            stage.clock.set(hour(hours));
            // By what was kept before this moment came, as far as it is still good; and by what is kept now.
            let before = said(&stage).await;
            stage.rest("acme").await;
            let after = said(&stage).await;
            kept += outlooks(&stage).await;
            run(&stage, "UPDATE person_state SET generation = -1 /* whole */").await;
            let anew = said(&stage).await;
            assert_eq!(before, anew, "at {hours}");
            assert_eq!(after, anew, "at {hours}");
            run(&stage, "UPDATE person_state SET generation = 1 /* whole */").await;
            seen.extend(anew.iter().flat_map(reasons));
        }
        assert!(kept > 60, "nearly everybody's is kept, nearly always: {kept}");
        assert!(seen.len() >= 9, "{seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_what_is_asked() {
    for place in TestPlace::each() {
        let stage = stage(&place).await;
        let before = said(&stage).await;
        run(&stage, "DELETE FROM fact /* whole */").await;
        let after = said(&stage).await;
        // The last has no outlook, for a complaint lies ahead.
        let last = 2 * 7..2 * 8;
        let differs = before
            .iter()
            .zip(&after)
            .enumerate()
            .filter(|(place, (before, after))| !last.contains(place) && before != after);
        assert_eq!(differs.count(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_outlook_is_kept_has_a_timer_that_tells_which() {
    for place in TestPlace::each() {
        let stage = stage(&place).await;
        let mut marks = Vec::new();
        for request in ["first", "second"] {
            let sql = "SELECT person_id FROM person_state WHERE length(outlook) > 0 ORDER BY person_id /* whole */";
            let kept = stage.store.all(sql, vec![]).await.expect("read");
            let sql = "SELECT timer_id, payload FROM timer WHERE length(payload) = 8 ORDER BY timer_id /* whole */";
            let told = stage.store.all(sql, vec![]).await.expect("read");
            let ids = |rows: &[Row]| rows.iter().map(|row| row.id(0).expect("an id")).collect::<Vec<_>>();
            assert_eq!(ids(&kept), ids(&told));
            marks.push(told.iter().map(|row| row.get::<Vec<u8>>(1).expect("bytes")).collect::<Vec<_>>());
            let ask = of("acme", reserve(request, 9, nps()));
            stage.client.clone().reserve_survey(ask).await.expect("an answer");
            stage.rest("acme").await;
        }
        let changed = marks[0].iter().zip(&marks[1]).filter(|(first, second)| first != second).count();
        assert_eq!(changed, 1, "of who was asked");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_counts_at_once() {
    for place in TestPlace::each() {
        let (stage, acme) = (stage(&place).await, tenant("acme"));
        for number in 0..20 {
            let customer = 7 + number % 3;
            let kind = if number / 3 % 2 == 0 { Type::VulnerabilitySignalled } else { Type::ComplaintReceived };
            let before = stage.check("acme", customer, nps()).await;
            let touch = match kind {
                Type::ComplaintReceived => Touch::complaint(100 + number, customer, kind, "now", -1),
                kind => Touch::new(100 + number, customer, -1, kind),
            };
            let token = stage.collect(vec![touch.draft(&acme)]).await;
            let by = Some(pb::check_survey_request::By::RecordId(crate::entries::record(customer).to_string()));
            let ask = pb::CheckSurveyRequest { by, survey: Some(nps()), read_after: token };
            let after = stage.client.clone().check_survey(of("acme", ask)).await.expect("a decision").into_inner();
            let (before, after) = (reasons(&before), reasons(&after.decision.expect("set")));
            let wanted = match kind {
                Type::ComplaintReceived => SurveyReason::OpenComplaint,
                _ => SurveyReason::Vulnerable,
            };
            assert!(after.contains(&wanted), "{number}: {before:?} {after:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_used_up_waits_for_another_day() {
    for place in TestPlace::each() {
        let config = ExpectationConfig {
            survey_channel_caps: BTreeMap::from([("email".to_owned(), 3), ("letter".to_owned(), 0)]),
            ..ExpectationConfig::default()
        };
        let stage = Stage::configured(&place, 4, config).await;
        let found = Decision::found((1..=CUSTOMERS).map(|number| (number, number)));
        stage.tell(vec![], vec![found.draft(&tenant("acme")), found.draft(&tenant("other"))]).await;
        stage.rest("acme").await;
        // G26: at ten in the morning, until ten the next day.
        let asks = (1..=CUSTOMERS).map(|number| {
            let ask = reserve(&format!("cap-{number}"), number, nps());
            let mut client = stage.client.clone();
            async move { client.reserve_survey(of("acme", ask)).await.expect("an answer").into_inner() }
        });
        let answers = futures::future::join_all(asks).await;
        let allowed = answers.iter().filter(|answer| !answer.permit_id.is_empty());
        assert_eq!(allowed.count(), 3, "as many as may go out, however many ask at once");
        let held = answers.iter().find(|answer| answer.permit_id.is_empty()).expect("a held one");
        let decision = held.decision.clone().expect("set");
        assert_eq!((decision.verdict(), reasons(&decision)), (SurveyVerdict::Delay, vec![SurveyReason::ChannelCap]));
        assert_eq!(decision.delay_until.map(|until| until.seconds), Some(hour(24).0 / 1_000_000));
        let mut free = 0;
        for number in 1..=CUSTOMERS {
            free += usize::from(stage.check("acme", number, nps()).await.verdict() == SurveyVerdict::Allow);
        }
        assert_eq!(free, 0, "the guard says so before anybody reserves");
        let phone = pb::Survey { channel_code: "phone".to_owned(), ..nps() };
        let held = answers.iter().position(|answer| answer.permit_id.is_empty()).expect("a held one") as u64 + 1;
        assert_eq!(stage.check("acme", held, phone).await.verdict(), SurveyVerdict::Allow, "another channel");
        let letter = pb::Survey { channel_code: "letter".to_owned(), ..nps() };
        assert_eq!(reasons(&stage.check("acme", held, letter).await), [SurveyReason::ChannelCap], "one that is closed");
        assert_eq!(stage.check("other", held, nps()).await.verdict(), SurveyVerdict::Allow, "another tenant");
        stage.clock.set(hour(24));
        assert_eq!(stage.check("acme", held, nps()).await.verdict(), SurveyVerdict::Allow, "another day");
    }
}
