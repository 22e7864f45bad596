//! Persons: promise and outcome meet across records once these belong together, a split parts them again, and what is erased is
//! gone.

use tenure_proto::{
    collector::v1::TouchpointType,
    expectation::v1::{self as pb, PromiseState},
};
use tenure_store::{Query as _, testing::TestPlace};

use crate::{
    entries::{Decision, Touch, erased, hour, person, progressed, record, tenant},
    stage::{Stage, nps, of, reasons},
};

/// The shop promised (record 1), the carrier delivered in time (record 2); two persons, or one.
async fn apart(place: &TestPlace) -> Stage {
    let stage = Stage::open(place, 4).await;
    let acme = tenant("acme");
    let told = vec![
        Touch::promised(1, 1, "o1", 0, 8).draft(&acme),
        Touch::delivered(2, 2, "o1", 7).from("carrier").draft(&acme),
        progressed(&acme, "shop", 9),
    ];
    stage.tell(told, vec![Decision::found([(1, 1), (2, 2)]).draft(&acme)]).await;
    stage.at("acme", hour(10)).await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_and_outcome_meet_once_their_records_do() {
    for place in TestPlace::each() {
        let stage = apart(&place).await;
        let acme = tenant("acme");
        assert_eq!(stage.states("acme", 1).await, [PromiseState::Broken]);
        let merged = Decision::default().moving(2, 2, Some(1), 2).redirecting(2, Some(1), 1);
        stage.tell(vec![], vec![merged.draft(&acme)]).await;
        stage.rest("acme").await;
        assert_eq!(stage.states("acme", 1).await, [PromiseState::Kept]);
        let by = Some(pb::list_promises_request::By::PersonId(person(2).to_string()));
        let redirected = of("acme", pb::ListPromisesRequest { by, ..Default::default() });
        let redirected = stage.client.clone().list_promises(redirected).await.expect("promises").into_inner();
        assert_eq!(redirected.promises, stage.promises("acme", 1).await, "by the id that leads there");
        assert_eq!(stage.names().await, ["PromiseOverdue", "PromiseOverdueRetracted"]);
        let overview = stage.rest("acme").await;
        assert_eq!(overview.customers.iter().map(|band| band.count).sum::<i64>(), 1);

        let split = Decision::default().moving(2, 1, Some(2), 3).redirecting(2, None, 2);
        stage.tell(vec![], vec![split.draft(&acme)]).await;
        let overview = stage.rest("acme").await;
        assert_eq!(stage.states("acme", 1).await, [PromiseState::Broken]);
        assert_eq!(stage.names().await.last().map(String::as_str), Some("PromiseOverdue"));
        assert_eq!(overview.customers.iter().map(|band| band.count).sum::<i64>(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_stays_with_its_record() {
    for place in TestPlace::each() {
        let stage = Stage::open(&place, 4).await;
        let acme = tenant("acme");
        stage.tell(vec![], vec![Decision::found([(1, 1), (2, 2)]).draft(&acme)]).await;
        let by = Some(pb::reserve_survey_request::By::RecordId(record(2).to_string()));
        let request_id = "first".to_owned();
        let ask = pb::ReserveSurveyRequest { request_id, by, survey: Some(nps()), ..Default::default() };
        stage.client.clone().reserve_survey(of("acme", ask)).await.expect("reserved");
        assert_eq!(stage.check("acme", 1, nps()).await.verdict(), pb::SurveyVerdict::Allow);
        let merged = Decision::default().moving(1, 1, Some(2), 2).redirecting(1, Some(2), 1);
        stage.tell(vec![], vec![merged.draft(&acme)]).await;
        let held = reasons(&stage.check("acme", 1, nps()).await);
        assert_eq!(held, [pb::SurveyReason::FreqAny, pb::SurveyReason::FreqNps]);
        let split = Decision::default().moving(1, 2, Some(1), 3).redirecting(1, None, 2);
        stage.tell(vec![], vec![split.draft(&acme)]).await;
        assert_eq!(stage.check("acme", 1, nps()).await.verdict(), pb::SurveyVerdict::Allow);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_erased_is_gone_and_stays_out() {
    for place in TestPlace::each() {
        let stage = apart(&place).await;
        let acme = tenant("acme");
        let by = Some(pb::reserve_survey_request::By::RecordId(record(1).to_string()));
        let request_id = "held".to_owned();
        let ask = pb::ReserveSurveyRequest { request_id, by, survey: Some(nps()), ..Default::default() };
        stage.client.clone().reserve_survey(of("acme", ask)).await.expect("decided");
        let gone = Decision::default().moving(1, 1, None, 2);
        stage.tell(vec![erased(&acme, &[1])], vec![gone.draft(&acme)]).await;
        // It comes again, after its erasure.
        stage.tell(vec![Touch::promised(9, 1, "o9", 0, 8).draft(&acme)], vec![]).await;
        let overview = stage.rest("acme").await;
        let export = pb::ExportRecordsRequest { record_ids: vec![record(1).to_string(), record(2).to_string()] };
        let exported = stage.client.clone().export_records(of("acme", export)).await.expect("an export").into_inner();
        let ids: Vec<&str> = exported.records.iter().map(|one| one.record_id.as_str()).collect();
        assert_eq!(ids, [record(2).to_string()]);
        assert_eq!(stage.names().await.last().map(String::as_str), Some("ExpectationRecordsErased"));
        assert_eq!(overview.promises, [], "{overview:?}");
        for table in ["fact", "overdue_signal", "reservation"] {
            let sql = format!("SELECT COUNT(*) FROM {table} WHERE record_id = ?");
            let row = stage.store.first(&sql, vec![record(1).0.to_vec().into()]).await.unwrap().unwrap();
            assert_eq!(row.get::<i64>(0).unwrap(), 0, "{table}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_ends_where_following_did() {
    for place in TestPlace::each() {
        let stage = apart(&place).await;
        let acme = tenant("acme");
        let complaint = Touch::complaint(3, 1, TouchpointType::ComplaintReceived, "k1", 3);
        stage.tell(vec![complaint.draft(&acme)], vec![]).await;
        let before = (stage.rest("acme").await, stage.export(&acme).await, stage.names().await);
        assert!(!before.1.is_empty());
        stage.rebuilt().await;
        let after = (stage.rest("acme").await, stage.export(&acme).await, stage.names().await);
        assert_eq!(after, before);
        assert_eq!(stage.states("acme", 1).await, [PromiseState::Broken]);
    }
}
