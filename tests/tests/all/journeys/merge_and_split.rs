//! A merged person is what one record with the same touchpoints would be, and a split restores what was before.

use tenure_proto::{
    collector::v1::{IdentifierKind, RecordTouchpointsRequest, SubjectAttributes, Touchpoint, amendment::Kind},
    identity::v1::{GetPersonRequest, MergePersonsRequest, SplitPersonRequest, get_person_request},
    profile::v1::{GetProfileRequest, Profile, get_profile_request},
    value::v1::{
        CustomerScore, FitModelRequest, ListPurchaseSummariesRequest, PurchaseSummary, ScoreCustomerRequest,
        score_customer_request,
    },
};
use tenure_server::Stack;
use tenure_store::testing::TestPlace;
use tenure_tests::{
    caller::Caller,
    host::Host,
    touchpoints::{NEW_YEAR, amending, purchase, with_attributes, with_identifier},
};

/// Given names that have nothing to do with each other: nobody but a steward takes their bearers for one.
const NAMES: [&str; 12] =
    ["Jan", "Fatima", "Willem", "Ingrid", "Bram", "Yara", "Koen", "Sanne", "Pieter", "Lotte", "Gijs", "Myrthe"];

/// The touchpoints of one customer, under one key or under two; one is corrected, and one retracted.
fn history(split: bool) -> Vec<Touchpoint> {
    let key = |n: i64| if split && n % 2 == 0 { "b" } else { "a" };
    let bought = |n: i64| {
        let bought = purchase("shop", &format!("e{n}"), key(n), 7 * n, 1_000 + 37 * n);
        let given_name = NAMES[usize::try_from(n).expect("small")].to_owned();
        let name = SubjectAttributes { given_name, ..SubjectAttributes::default() };
        with_identifier(with_attributes(bought, name), IdentifierKind::Phone, &format!("+3161234567{}", n % 3))
    };
    let amended = [
        amending(purchase("shop", "c4", key(4), 30, 77), Kind::Correction, "e4", 1),
        amending(purchase("shop", "r7", key(7), 49, 0), Kind::Retraction, "e7", 1),
    ];
    (0..12).map(bought).chain(amended).collect()
}

/// Others, without whom no model can be fitted.
fn others() -> Vec<Touchpoint> {
    let one = |n: i64| {
        (0..=n % 5).map(move |k| {
            purchase("shop", &format!("o{n}-{k}"), &format!("o{n}"), n % 60 + 9 * k, 900 + 13 * n + 170 * k)
        })
    };
    (0..300).flat_map(one).collect()
}

async fn record(caller: &mut Caller, touchpoints: Vec<Touchpoint>) -> (Vec<String>, String) {
    let (mut records, mut token) = (Vec::new(), String::new());
    for batch in touchpoints.chunks(500) {
        let request = RecordTouchpointsRequest { touchpoints: batch.to_vec(), validate_only: false };
        let answer = caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
        records.extend(answer.outcomes.into_iter().map(|outcome| outcome.record_id));
        token = answer.read_token;
    }
    (records, token)
}

async fn person(caller: &mut Caller, record_id: &str, read_after: &str) -> String {
    let by = Some(get_person_request::By::RecordId(record_id.to_owned()));
    let request = GetPersonRequest { by, read_after: read_after.to_owned() };
    caller.identity.get_person(request).await.expect("a person").into_inner().person.expect("a person").person_id
}

async fn profile(caller: &mut Caller, record_id: &str, read_after: &str) -> Profile {
    let by = Some(get_profile_request::By::RecordId(record_id.to_owned()));
    let request = GetProfileRequest { by, read_after: read_after.to_owned(), ..Default::default() };
    caller.profile.get_profile(request).await.expect("a profile").into_inner().profile.expect("a profile")
}

async fn score(caller: &mut Caller, record_id: &str, read_after: &str) -> CustomerScore {
    let request = ScoreCustomerRequest {
        by: Some(score_customer_request::By::RecordId(record_id.to_owned())),
        currency_code: "EUR".to_owned(),
        as_of: Some(prost_types::Timestamp { seconds: NEW_YEAR + 86_400 * 120, nanos: 0 }),
        read_after: read_after.to_owned(),
        ..ScoreCustomerRequest::default()
    };
    caller.value.score_customer(request).await.expect("a score").into_inner().score.expect("a score")
}

/// What value knows of the person of a record.
async fn summary(caller: &mut Caller, record_id: &str, read_after: &str) -> PurchaseSummary {
    let mut request = ListPurchaseSummariesRequest {
        currency_code: "EUR".to_owned(),
        as_of: Some(prost_types::Timestamp { seconds: NEW_YEAR + 86_400 * 120, nanos: 0 }),
        read_after: read_after.to_owned(),
        ..ListPurchaseSummariesRequest::default()
    };
    loop {
        let page = caller.value.list_purchase_summaries(request.clone()).await.expect("a page").into_inner();
        let mut summaries = page.summaries.into_iter();
        if let Some(found) = summaries.find(|summary| summary.record_ids.iter().any(|record| record == record_id)) {
            return found;
        }
        assert!(!page.next_page_token.is_empty(), "nobody has the record");
        request.page_token = page.next_page_token;
    }
}

async fn fit(caller: &mut Caller, read_after: &str) {
    let request = FitModelRequest {
        request_id: "fit".to_owned(),
        currency_code: "EUR".to_owned(),
        period_end: Some(prost_types::Timestamp { seconds: NEW_YEAR + 86_400 * 120, nanos: 0 }),
        read_after: read_after.to_owned(),
        ..Default::default()
    };
    caller.value.fit_model(request).await.expect("fitted");
}

/// What is left when ids and times of recording are taken away, which differ between two tenants.
fn bare(mut profile: Profile) -> Profile {
    profile.person_id.clear();
    profile.record_ids.clear();
    for field in &mut profile.fields {
        if let Some(provenance) = &mut field.provenance {
            provenance.record_time = None;
            provenance.touchpoint_id.clear();
            provenance.record_id.clear();
        }
    }
    profile
}

fn bare_score(mut score: CustomerScore) -> CustomerScore {
    score.model_id.clear();
    if let Some(summary) = &mut score.summary {
        summary.person_id.clear();
        summary.record_ids.clear();
    }
    score
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_equals_one_record_and_a_split_restores() {
    for place in TestPlace::each() {
        let host = Host::start(place).await;
        merge_and_split(&host.stack()).await;
        host.stop().await;
    }
}

/// The journey, of tenants "one" and "two".
pub(super) async fn merge_and_split(stack: &Stack) {
    let (mut one, mut two) = (Caller::new(stack, "one"), Caller::new(stack, "two"));
    let mut tokens = Vec::new();
    let mut keys = Vec::new();
    for (caller, split) in [(&mut one, false), (&mut two, true)] {
        let (records, token) = record(caller, history(split).into_iter().chain(others()).collect()).await;
        keys.push((records[1].clone(), records[0].clone()));
        tokens.push(token);
    }
    let ((whole, _), (left, right)) = (keys[0].clone(), keys[1].clone());
    assert_ne!(left, right);
    let before = (profile(&mut two, &left, &tokens[1]).await, profile(&mut two, &right, &tokens[1]).await);
    let worth = (summary(&mut two, &left, &tokens[1]).await, summary(&mut two, &right, &tokens[1]).await);

    let persons = vec![person(&mut two, &left, &tokens[1]).await, person(&mut two, &right, &tokens[1]).await];
    assert_ne!(persons[0], persons[1]);
    let merge = MergePersonsRequest { request_id: "m1".to_owned(), person_ids: persons.clone(), etags: Vec::new() };
    let merged = two.identity.merge_persons(merge.clone()).await.expect("merged").into_inner();
    let repeated = two.identity.merge_persons(merge).await.expect("repeated").into_inner();
    assert_eq!(merged, repeated, "a repeat returns the first answer");
    let token = merged.read_token;

    assert_eq!(bare(profile(&mut two, &left, &token).await), bare(profile(&mut one, &whole, &tokens[0]).await));
    assert_eq!(profile(&mut two, &left, &token).await, profile(&mut two, &right, "").await);
    fit(&mut one, &tokens[0]).await;
    fit(&mut two, &token).await;
    let (ours, theirs) = (score(&mut two, &right, &token).await, score(&mut one, &whole, &tokens[0]).await);
    assert_eq!(bare_score(ours), bare_score(theirs), "to the last bit");

    let split = SplitPersonRequest {
        request_id: "s1".to_owned(),
        person_id: merged.person.expect("a person").person_id,
        record_ids: vec![right.clone()],
        etag: String::new(),
    };
    let token = two.identity.split_person(split).await.expect("split").into_inner().read_token;
    let after = (profile(&mut two, &left, &token).await, profile(&mut two, &right, &token).await);
    assert_eq!(before, after, "a split restores what was before");
    let after = (summary(&mut two, &left, &token).await, summary(&mut two, &right, &token).await);
    assert_eq!(worth, after, "to the last bit");
    assert_eq!(persons, vec![person(&mut two, &left, &token).await, person(&mut two, &right, &token).await]);
}
