//! The survey guard through the service: what holds a survey, and that a reservation counts once whatever happens.

use tenure_proto::{
    collector::v1::TouchpointType,
    expectation::v1::{self as pb, SurveyReason, SurveyVerdict},
    profile::v1::right::Kind,
};
use tenure_store::testing::TestPlace;
use tonic::{Code, Status};

use crate::{
    entries::{Decision, Touch, hour, progressed, record, stated, tenant},
    stage::{Stage, nps, of, reasons},
};

pub(crate) fn reserve(request_id: &str, number: u64, survey: pb::Survey) -> pb::ReserveSurveyRequest {
    let by = Some(pb::reserve_survey_request::By::RecordId(record(number).to_string()));
    let request_id = request_id.to_owned();
    pb::ReserveSurveyRequest { request_id, by, survey: Some(survey), ..Default::default() }
}

async fn reserved(stage: &Stage, ask: pb::ReserveSurveyRequest) -> pb::ReserveSurveyResponse {
    stage.client.clone().reserve_survey(of("acme", ask)).await.expect("an answer").into_inner()
}

async fn redeem(stage: &Stage, request_id: &str, permit_id: &str) -> Result<pb::RedeemSurveyPermitResponse, Status> {
    let (request_id, permit_id) = (request_id.to_owned(), permit_id.to_owned());
    let ask = pb::RedeemSurveyPermitRequest { request_id, permit_id };
    stage.client.clone().redeem_survey_permit(of("acme", ask)).await.map(tonic::Response::into_inner)
}

fn verdict(answer: &pb::ReserveSurveyResponse) -> SurveyVerdict {
    answer.decision.as_ref().expect("a decision").verdict()
}

/// Persons 1 to 5 with a record each, of whom nothing is known.
async fn strangers(place: &TestPlace) -> Stage {
    let stage = Stage::open(place, 4).await;
    let found = Decision::found((1..=5).map(|number| (number, number)));
    stage.tell(vec![], vec![found.draft(&tenant("acme"))]).await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_once_one_gets_the_permit() {
    for place in TestPlace::each() {
        let stage = strangers(&place).await;
        let asks = (0..8).map(|number| reserved(&stage, reserve(&format!("at-once-{number}"), 1, nps())));
        let answers = futures::future::join_all(asks).await;
        let allowed = answers.iter().filter(|answer| verdict(answer) == SurveyVerdict::Allow);
        assert_eq!(allowed.count(), 1);
        let held = answers.iter().find(|answer| verdict(answer) == SurveyVerdict::Delay).expect("a held one");
        let why = reasons(held.decision.as_ref().expect("set"));
        assert_eq!(why, [SurveyReason::FreqAny, SurveyReason::FreqNps]);
        assert!(held.permit_id.is_empty() && held.expire_time.is_none());
        assert_eq!(stage.names().await, vec!["SurveyReserved"; 8], "held or not, it is written down");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gets_the_first_answer() {
    for place in TestPlace::each() {
        let stage = strangers(&place).await;
        let asks = (0..6).map(|_| reserved(&stage, reserve("same", 1, nps())));
        let answers = futures::future::join_all(asks).await;
        assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:?}");
        assert_eq!(verdict(&answers[0]), SurveyVerdict::Allow);
        assert_eq!(stage.names().await, ["SurveyReserved"]);
        let other = pb::Survey { kind: pb::SurveyKind::Csat.into(), ..nps() };
        let other = stage.client.clone().reserve_survey(of("acme", reserve("same", 1, other))).await;
        assert_eq!(other.expect_err("another body").code(), Code::AlreadyExists);
        let elsewhere = stage.client.clone().reserve_survey(of("acme", reserve("same", 2, nps()))).await;
        assert_eq!(elsewhere.expect_err("another person").code(), Code::AlreadyExists);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permit_is_used_once_and_in_time() {
    for place in TestPlace::each() {
        let stage = strangers(&place).await;
        let permit = reserved(&stage, reserve("a", 1, nps())).await.permit_id;
        let uses = (0..6).map(|number| {
            let (stage, permit) = (&stage, &permit);
            async move { redeem(stage, &format!("use-{number}"), permit).await }
        });
        let answers = futures::future::join_all(uses).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
        assert!(refused.into_iter().all(|status| status.code() == Code::FailedPrecondition));
        let winner = answers.iter().position(Result::is_ok).expect("a winner");
        let again = redeem(&stage, &format!("use-{winner}"), &permit).await.expect("the first answer");
        assert_eq!(Some(&again), answers[winner].as_ref().ok());

        let late = reserved(&stage, reserve("b", 2, nps())).await.permit_id;
        stage.clock.set(hour(1));
        assert_eq!(redeem(&stage, "late", &late).await.expect_err("expired").code(), Code::FailedPrecondition);
        // Nothing went out by it: the next one may.
        assert_eq!(verdict(&reserved(&stage, reserve("c", 2, nps())).await), SurveyVerdict::Allow);
        assert_eq!(stage.check("acme", 1, nps()).await.verdict(), SurveyVerdict::Delay, "one went out to the first");
        assert!(redeem(&stage, "use-other", &permit.replace('1', "2")).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_survey_counts_once_by_whichever_way_it_is_known() {
    for place in TestPlace::each() {
        let stage = strangers(&place).await;
        let acme = tenant("acme");
        let permit = reserved(&stage, reserve("a", 1, nps())).await.permit_id;
        redeem(&stage, "use", &permit).await.expect("used");
        // The survey tool reports what it sent, and sent three more in the year before: the fifth would be one too many.
        let mut sent = vec![Touch::sent(1, 1, "nps", 0).draft(&acme)];
        sent.extend([(2, -2_000), (3, -3_000)].map(|(number, at)| Touch::sent(number, 1, "csat", at).draft(&acme)));
        stage.tell(sent, vec![]).await;
        stage.clock.set(hour(24 * 95));
        assert_eq!(stage.check("acme", 1, nps()).await.reasons, Vec::<i32>::new(), "three in the year");
        stage.tell(vec![Touch::sent(4, 1, "ces", 24).draft(&acme)], vec![]).await;
        assert_eq!(reasons(&stage.check("acme", 1, nps()).await), [SurveyReason::FreqYear]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_can_not_be_asked_is_left_alone_and_it_is_said_why() {
    for place in TestPlace::each() {
        let stage = strangers(&place).await;
        let acme = tenant("acme");
        let told = vec![
            Touch::complaint(1, 1, TouchpointType::ComplaintReceived, "k1", -50),
            Touch::complaint(2, 1, TouchpointType::ComplaintAcknowledged, "k1", -40),
            Touch::complaint(3, 2, TouchpointType::ComplaintReceived, "k2", -50),
            Touch::complaint(4, 2, TouchpointType::ComplaintDecided, "k2", -30),
            Touch::complaint(5, 3, TouchpointType::ComplaintReceived, "k3", -50),
            Touch::complaint(6, 3, TouchpointType::ComplaintDecided, "k3", -30),
            Touch::complaint(7, 3, TouchpointType::ComplaintReferred, "k3", -20),
            Touch::consent(8, 4, TouchpointType::ConsentWithdrawn, -9),
            Touch::new(9, 5, -9, TouchpointType::VulnerabilitySignalled),
        ];
        stage.tell(told.into_iter().map(|touch| touch.draft(&acme)).collect(), vec![]).await;
        let mut found = Vec::new();
        for number in 1..=5 {
            let decision = stage.check("acme", number, nps()).await;
            found.push((decision.verdict(), reasons(&decision), decision.actions.len()));
        }
        let expected = [
            (SurveyVerdict::Suppress, vec![SurveyReason::OpenComplaint], 0),
            (SurveyVerdict::Delay, vec![SurveyReason::ComplaintCooldown], 0),
            (SurveyVerdict::Suppress, vec![SurveyReason::OmbudsmanOpen], 0),
            (SurveyVerdict::Suppress, vec![SurveyReason::NoLawfulContact], 0),
            (SurveyVerdict::Suppress, vec![SurveyReason::Vulnerable], 1),
        ];
        assert_eq!(found, expected);
        // How the complaint was handled may be asked at once, and another channel was not objected to.
        let handled = pb::Survey { kind: pb::SurveyKind::ComplaintCsat.into(), ..nps() };
        assert_eq!(stage.check("acme", 2, handled).await.verdict(), SurveyVerdict::Allow);
        let phone = pb::Survey { channel_code: "phone".to_owned(), ..nps() };
        assert_eq!(stage.check("acme", 4, phone).await.verdict(), SurveyVerdict::Allow);
        stage.tell(vec![Touch::consent(10, 4, TouchpointType::ConsentGiven, -8).draft(&acme)], vec![]).await;
        assert_eq!(stage.check("acme", 4, nps()).await.verdict(), SurveyVerdict::Allow);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_counts_the_base_and_follows_time() {
    for place in TestPlace::each() {
        let stage = strangers(&place).await;
        let acme = tenant("acme");
        let told = vec![
            Touch::promised(1, 1, "o1", -100, -80),
            Touch::delivered(2, 1, "o1", -20),
            Touch::promised(3, 2, "o2", -30, -12),
            Touch::delivered(4, 2, "o2", -14),
            Touch::promised(5, 3, "o3", -60, -50),
            Touch::complaint(6, 4, TouchpointType::ComplaintReceived, "k1", -5),
        ];
        let mut drafts: Vec<_> = told.into_iter().map(|touch| touch.draft(&acme)).collect();
        drafts.push(progressed(&acme, "shop", 0));
        stage.tell(drafts, vec![]).await;
        let counted = |overview: pb::GetExpectationOverviewResponse| {
            let promises = overview.promises.iter().map(|one| format!("{:?} {}", one.state(), one.count));
            let bands = overview.customers.iter().map(|one| format!("{:?} {}", one.band(), one.count));
            let reasons = overview.held_reasons.iter().map(|one| format!("{:?} {}", one.reason(), one.count));
            let held = [format!("held {}", overview.held)];
            promises.chain(bands).chain(held).chain(reasons).collect::<Vec<_>>().join(", ")
        };
        let mut shown = format!("now: {}\n", counted(stage.rest("acme").await));
        stage.tell(vec![Touch::delivered(7, 3, "o3", 1).draft(&acme)], vec![]).await;
        // Feelings fade, and rows follow by themselves.
        for days in [1, 10, 40, 120] {
            stage.at("acme", hour(24 * days)).await;
            shown += &format!("day {days}: {}\n", counted(stage.rest("acme").await));
        }
        insta::assert_snapshot!("overview", shown);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stated_of_rights_is_heeded_and_survives_a_rebuild() {
    for place in TestPlace::each() {
        let stage = strangers(&place).await;
        let acme = tenant("acme");
        let state = |number, of, kind, more| stated(&acme, (number, of), kind, more);
        stage
            .state(vec![
                state(1, 1, Kind::Restriction, ("", 0)),
                state(2, 2, Kind::Objection, ("marketing", 0)),
                state(3, 3, Kind::Objection, ("profiling", 0)),
                state(4, 4, Kind::Restriction, ("", 0)),
                state(5, 4, Kind::Restriction, ("", 0)),
                state(6, 4, Kind::End, ("restriction", 4)),
                state(7, 5, Kind::Hold, ("", 0)),
            ])
            .await;
        let verdicts = async || {
            let mut found = Vec::new();
            for number in 1..=5 {
                let decision = stage.check("acme", number, nps()).await;
                found.push((decision.verdict() == SurveyVerdict::Allow, reasons(&decision)));
            }
            found
        };
        let no = || (false, vec![SurveyReason::NoLawfulContact]);
        let yes = || (true, vec![]);
        let expected = [no(), no(), yes(), no(), yes()];
        assert_eq!(verdicts().await, expected, "one restriction of the fourth is left");
        stage.rebuilt().await;
        assert_eq!(verdicts().await, expected);
        stage.state(vec![state(8, 4, Kind::End, ("restriction", 5))]).await;
        assert_eq!(verdicts().await[3], yes());
        // The records of the first are the second's from now on, and bring their restriction.
        let merged = Decision::default().moving(1, 1, Some(3), 2);
        stage.tell(vec![], vec![merged.draft(&acme)]).await;
        assert_eq!(verdicts().await[2], no());
    }
}
