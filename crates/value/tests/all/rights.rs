//! Who is restricted or objects: not judged, not counted where the law forbids it, and back when it is lifted.

use futures::StreamExt as _;
use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, RightId, Tenant, Timestamp};
use tenure_proto::{
    collector::v1::{self as collector, TouchpointType, touchpoint::Detail},
    profile::v1::{Right, RightStated, right::Kind},
    value::v1::{self as pb, score_customer_request::By},
};
use tenure_store::testing::TestPlace;
use tonic::{Code, Request};

use crate::{
    entries::{Amends, Decision, Touch, draft_of, erased, person, record, tenant},
    persons::{score_of, with_model},
    stage::{Stage, of},
};

/// The day that a right was stated on: its number, counted from here.
const FROM: i32 = 10_400;

fn right(number: u8) -> RightId {
    RightId([number; 16])
}

/// What is stated of a record: number 0 stands for none that ends.
pub(crate) fn stated(tenant: &Tenant, number: u8, of: u64, kind: Kind, (purpose, ended): (&str, u8)) -> Draft {
    let right = Right {
        right_id: right(number).to_string(),
        kind: kind.into(),
        person_id: person(of).to_string(),
        record_ids: vec![record(of).to_string()],
        purpose_code: purpose.to_owned(),
        ended_right_id: if ended == 0 { String::new() } else { right(ended).to_string() },
        state_time: Some(prost_types::Timestamp { seconds: i64::from(FROM + i32::from(number)) * 86_400, nanos: 0 }),
        ..Default::default()
    };
    let (id, route) = (EntryId([number; 16]), Route::Records(vec![record(of)]));
    Draft::new(id, tenant.clone(), route, &RightStated { right: Some(right) }, Timestamp(0))
}

/// What a source tells of consent, on a day after [`FROM`].
pub(crate) fn said(tenant: &Tenant, touch: Touch, kind: TouchpointType, purpose: &str, channel: &str) -> Draft {
    let mut event = touch.event();
    let body = event.touchpoint.as_mut().unwrap();
    body.r#type = kind.into();
    body.amount = None;
    let (purpose_code, channel_code) = (purpose.to_owned(), channel.to_owned());
    body.detail = Some(Detail::Consent(collector::ConsentDetail { purpose_code, channel_code, ..Default::default() }));
    draft_of(tenant, &event)
}

fn touch(number: u64, record: u64, after: i32, amends: Option<Amends>) -> Touch {
    Touch { amends, ..Touch::call(number, record, FROM - crate::entries::DAY_ZERO + after, 0) }
}

fn for_purpose<T>(purpose: &str, message: T) -> Request<T> {
    let mut request = of("acme", message);
    if !purpose.is_empty() {
        request.metadata_mut().insert("purpose", purpose.parse().unwrap());
    }
    request
}

/// Why a person is not scored for a purpose; empty: it is.
async fn cause(stage: &Stage, number: u64, purpose: &str) -> String {
    let by = By::PersonId(person(number).to_string());
    let alone = stage.client.clone().score_customer(for_purpose(purpose, score_of(by))).await;
    let batch = pb::BatchScoreCustomersRequest {
        person_ids: vec![person(number).to_string(), person(399).to_string()],
        currency_code: "EUR".to_owned(),
        ..Default::default()
    };
    let batch = stage.client.clone().batch_score_customers(for_purpose(purpose, batch)).await.unwrap().into_inner();
    let [one, other] = batch.scores.as_slice() else { panic!("both have a place") };
    assert!(other.score.is_some() && other.withheld_code.is_empty(), "of the others nothing is withheld");
    assert_eq!(one.score.is_some(), one.withheld_code.is_empty());
    let code = match alone {
        Ok(_) => String::new(),
        Err(status) => {
            assert_eq!(status.code(), Code::FailedPrecondition);
            let text = tenure_server::testing::show("", &status);
            assert!(text.contains("PERSON_WITHHELD"), "{text}");
            ["restricted", "objected"]
                .into_iter()
                .find(|code| text.contains(&format!("\"cause\": \"{code}\"")))
                .unwrap()
                .to_owned()
        }
    };
    assert_eq!(one.withheld_code, code, "alone and in a batch");
    code
}

/// Persons that are listed anywhere, and how many sums count.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    streamed: usize,
    summaries: usize,
    top: bool,
    counted: i64,
    segmented: i64,
}

async fn seen(stage: &Stage, number: u64) -> Seen {
    let (id, code) = (person(number).to_string(), "EUR".to_owned());
    let ask = pb::StreamScoresRequest { currency_code: code.clone(), ..Default::default() };
    let stream = stage.client.clone().stream_scores(of("acme", ask)).await.unwrap().into_inner();
    let scores: Vec<pb::StreamScoresResponse> = stream.map(Result::unwrap).collect().await;
    let streamed: Vec<&pb::CustomerScore> = scores.iter().flat_map(|one| &one.scores).collect();
    let ask = pb::ListPurchaseSummariesRequest { currency_code: code.clone(), ..Default::default() };
    let summaries = stage.client.clone().list_purchase_summaries(of("acme", ask)).await.unwrap().into_inner().summaries;
    let mine = streamed.iter().any(|one| one.summary.as_ref().unwrap().person_id == id);
    assert_eq!(summaries.iter().any(|one| one.person_id == id), mine);
    let ask = pb::GetBaseValueRequest { currency_code: code.clone(), top_size: 100, ..Default::default() };
    let base = stage.client.clone().get_base_value(of("acme", ask)).await.unwrap().into_inner();
    let ask = pb::ListRfmSegmentsRequest { currency_code: code, ..Default::default() };
    let segments = stage.client.clone().list_rfm_segments(of("acme", ask)).await.unwrap().into_inner().segments;
    Seen {
        streamed: streamed.len(),
        summaries: summaries.len(),
        top: base.top.iter().any(|one| one.summary.as_ref().unwrap().person_id == id),
        counted: base.customers,
        segmented: segments.iter().map(|one| one.customers).sum(),
    }
}

/// The person worth most.
async fn best(stage: &Stage) -> u64 {
    let ask = pb::GetBaseValueRequest { currency_code: "EUR".to_owned(), top_size: 2, ..Default::default() };
    let top = stage.client.clone().get_base_value(of("acme", ask)).await.unwrap().into_inner().top;
    let best =
        |number: &u64| top.iter().any(|one| one.summary.as_ref().unwrap().person_id == person(*number).to_string());
    (100..399).find(best).expect("somebody is worth most")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_restricted_is_nowhere_until_it_is_lifted() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 4).await, tenant("acme"));
        with_model(&stage, &acme).await;
        let one = best(&stage).await;
        let before = seen(&stage, one).await;
        assert_eq!(before, Seen { streamed: 300, summaries: 300, top: true, counted: 300, segmented: 300 });
        assert_eq!(cause(&stage, one, "").await, "");

        stage.state(vec![stated(&acme, 1, one, Kind::Restriction, ("", 0))]).await;
        for purpose in ["", "service", "profiling", "analytics", "marketing"] {
            assert_eq!(cause(&stage, one, purpose).await, "restricted", "{purpose}");
        }
        for purpose in ["legal", "privacy", "aml"] {
            assert_eq!(cause(&stage, one, purpose).await, "", "{purpose}");
        }
        let without = Seen { streamed: 299, summaries: 299, top: false, counted: 299, segmented: 299 };
        assert_eq!(seen(&stage, one).await, without);

        // It goes with the record, whoever has it, and so back.
        stage.tell(vec![], vec![Decision::moves([(one, 398, 2)]).redirecting(one, Some(398), 1).draft(&acme)]).await;
        assert_eq!(cause(&stage, 398, "").await, "restricted");
        stage.tell(vec![], vec![Decision::moves([(one, one, 3)]).redirecting(one, None, 2).draft(&acme)]).await;
        assert_eq!(
            (cause(&stage, 398, "").await, cause(&stage, one, "").await),
            (String::new(), "restricted".to_owned())
        );

        // A second one holds when the first ends, and a hold is none.
        stage.state(vec![stated(&acme, 2, one, Kind::Restriction, ("", 0))]).await;
        stage.state(vec![stated(&acme, 3, one, Kind::End, ("", 1)), stated(&acme, 4, one, Kind::Hold, ("", 0))]).await;
        assert_eq!(cause(&stage, one, "").await, "restricted");
        stage.state(vec![stated(&acme, 5, one, Kind::End, ("", 2))]).await;
        assert_eq!((cause(&stage, one, "").await, seen(&stage, one).await), (String::new(), before));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_objects_to_profiling_is_counted_only_until_consent_is_given_anew() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 4).await, tenant("acme"));
        with_model(&stage, &acme).await;
        let one = best(&stage).await;
        let before = seen(&stage, one).await;
        stage.state(vec![stated(&acme, 1, one, Kind::Objection, ("profiling", 0))]).await;
        let only_counted = Seen { streamed: 299, summaries: 299, top: false, counted: 300, segmented: 300 };
        assert_eq!((cause(&stage, one, "").await, seen(&stage, one).await), ("objected".to_owned(), only_counted));
        assert_eq!(
            (cause(&stage, one, "service").await, cause(&stage, one, "legal").await),
            ("objected".into(), "".into())
        );
        // Consent to something else, by one channel only, or of before: none of them lifts it.
        let given = TouchpointType::ConsentGiven;
        let others = vec![
            said(&acme, touch(9_001, one, 2, None), given, "marketing", ""),
            said(&acme, touch(9_002, one, 2, None), given, "profiling", "email"),
            said(&acme, touch(9_003, one, 0, None), given, "profiling", ""),
        ];
        stage.tell(others, vec![]).await;
        assert_eq!(cause(&stage, one, "").await, "objected");
        stage.tell(vec![said(&acme, touch(9_004, one, 3, None), given, "profiling", "")], vec![]).await;
        assert_eq!((cause(&stage, one, "").await, seen(&stage, one).await), (String::new(), before));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sources_tell_of_objections_counts_and_can_be_taken_back() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
        with_model(&stage, &acme).await;
        let objects = TouchpointType::ObjectionRaised;
        stage.tell(vec![said(&acme, touch(9_001, 120, 1, None), objects, "marketing", "")], vec![]).await;
        let causes = async |number| (cause(&stage, number, "").await, cause(&stage, number, "marketing").await);
        assert_eq!(causes(120).await, (String::new(), "objected".to_owned()));
        stage.tell(vec![said(&acme, touch(9_002, 120, 2, None), objects, "profiling", "")], vec![]).await;
        assert_eq!(causes(120).await, ("objected".to_owned(), "objected".to_owned()));
        // Corrected to another purpose, and then retracted.
        let amends = |revision, retracts| Some(Amends { target: 9_002, revision, retracts });
        stage.tell(vec![said(&acme, touch(9_003, 120, 2, amends(1, false)), objects, "surveys", "")], vec![]).await;
        assert_eq!(causes(120).await.0, "");
        stage.tell(vec![said(&acme, touch(9_004, 120, 2, amends(2, false)), objects, "profiling", "")], vec![]).await;
        assert_eq!(causes(120).await.0, "objected");
        stage.tell(vec![said(&acme, touch(9_005, 120, 2, amends(3, true)), objects, "profiling", "")], vec![]).await;
        assert_eq!(causes(120).await.0, "");
        // An erasure takes all of it along.
        stage.state(vec![stated(&acme, 7, 120, Kind::Restriction, ("", 0))]).await;
        stage.tell(vec![erased(&acme, &[120])], vec![]).await;
        stage.state(vec![stated(&acme, 8, 120, Kind::Restriction, ("", 0))]).await;
        let lines = stage.export(&acme).await;
        assert!(!lines.iter().any(|line| line.contains("Word") || line.contains("kind_restriction")), "{lines:#?}");
    }
}
