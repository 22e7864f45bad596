//! All that is held of a person is exported from every service: no less, nothing of others, nothing of due diligence; and it is noted.

use std::collections::{BTreeMap, BTreeSet};

use futures::TryStreamExt as _;
use serde_json::Value;
use tenure_proto::{
    collector::v1::{RecordTouchpointsRequest, SubjectAttributes, Touchpoint, TouchpointType},
    identity::v1::{GetPersonRequest, MergePersonsRequest, get_person_request},
    profile::v1::{
        ExportEnd, ExportManifest, ExportPersonRequest, ExportedItem, GetProfileRequest, ListSensitiveReadsRequest,
        SensitiveRead, export_person_request::By, export_person_response::Part, get_profile_request,
        list_sensitive_reads_request::Of,
    },
    value::v1::ListPurchaseSummariesRequest,
};
use tenure_server::Stack;
use tenure_store::testing::TestPlace;
use tenure_tests::{
    caller::Caller,
    host::Host,
    touchpoints::{purchase, touchpoint, with_attributes},
};
use tonic::{Code, Request};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_gets_all_that_every_service_holds_of_it() {
    for place in TestPlace::each() {
        let host = Host::start(place).await;
        export_person(&host.stack()).await;
        host.stop().await;
    }
}

fn named(touchpoint: Touchpoint, family_name: &str) -> Touchpoint {
    let name = SubjectAttributes { family_name: family_name.to_owned(), ..SubjectAttributes::default() };
    with_attributes(touchpoint, name)
}

/// Customer Zwaluw has two records that a steward made one person; customer Mees has one.
async fn told(caller: &mut Caller) -> (String, Vec<String>) {
    let for_diligence = named(touchpoint(TouchpointType::KycPassed, "shop", "kyc", "zwaluw-a", 4), "Geheim");
    let touchpoints = vec![
        named(purchase("shop", "one", "zwaluw-a", 3, 1_999), "Zwaluw"),
        named(purchase("shop", "two", "zwaluw-b", 5, 2_999), "Zwaluw-Jansen"),
        for_diligence,
        named(purchase("shop", "three", "mees", 5, 7_777), "Mees"),
    ];
    let request = RecordTouchpointsRequest { touchpoints, validate_only: false };
    let answer = caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
    let records: Vec<String> = answer.outcomes[..2].iter().map(|outcome| outcome.record_id.clone()).collect();
    let mut person_ids = Vec::new();
    for record in &records {
        let by = Some(get_person_request::By::RecordId(record.clone()));
        let ask = GetPersonRequest { by, read_after: answer.read_token.clone() };
        let found = caller.identity.get_person(ask).await.expect("a person").into_inner().person.expect("set");
        person_ids.push(found.person_id);
    }
    let merge = MergePersonsRequest { request_id: "merge".to_owned(), person_ids, ..Default::default() };
    let merged = caller.identity.merge_persons(merge).await.expect("merged").into_inner();
    let by = Some(get_profile_request::By::RecordId(records[0].clone()));
    let ask = GetProfileRequest { by, read_after: merged.read_token.clone(), ..Default::default() };
    let person = caller.profile.get_profile(ask).await.expect("a profile").into_inner().profile.expect("set");
    assert_eq!(person.record_ids.len(), 2);
    let ask = ListPurchaseSummariesRequest {
        currency_code: "EUR".to_owned(),
        read_after: merged.read_token,
        ..Default::default()
    };
    caller.value.list_purchase_summaries(ask).await.expect("value has followed");
    (person.person_id, person.record_ids)
}

async fn exported(caller: &mut Caller, by: By) -> (ExportManifest, Vec<ExportedItem>, ExportEnd) {
    let ask = ExportPersonRequest { by: Some(by), ..Default::default() };
    let stream = caller.profile.export_person(ask).await.expect("an export").into_inner();
    let parts: Vec<_> = stream.try_collect().await.expect("all of it");
    let (mut manifest, mut items, mut end) = (None, Vec::new(), None);
    for (place, part) in parts.into_iter().enumerate() {
        assert!(end.is_none(), "nothing comes after the end");
        match part.part.expect("a part") {
            Part::Manifest(one) => {
                assert_eq!(place, 0, "the manifest comes first");
                manifest = Some(one);
            }
            Part::Item(item) => items.push(item),
            Part::End(one) => end = Some(one),
        }
    }
    (manifest.expect("a manifest"), items, end.expect("an end"))
}

/// The journey, of tenant "exported".
pub(super) async fn export_person(stack: &Stack) {
    let mut caller = Caller::new(stack, "exported");
    let (person, records) = told(&mut caller).await;
    let (manifest, items, end) = exported(&mut caller, By::RecordId(records[1].clone())).await;
    assert_eq!((&manifest.person_id, &manifest.record_ids), (&person, &records));
    assert_eq!(end.items, i64::try_from(items.len()).expect("few"));

    let mut of: BTreeMap<&str, usize> = BTreeMap::new();
    for item in &items {
        let json: Value = serde_json::from_str(&item.json).expect("JSON");
        assert!(json.is_object() && item.message_name.starts_with(&format!("tenure.{}.v1.", item.service)));
        *of.entry(&item.message_name).or_default() += 1;
    }
    for (message, count) in [
        ("tenure.collector.v1.ExportedTouchpoint", 2),
        ("tenure.identity.v1.SourceRecord", 2),
        ("tenure.profile.v1.Profile", 1),
        ("tenure.value.v1.PurchaseDay", 2),
    ] {
        assert_eq!(of.get(message), Some(&count), "{message}: {of:?}");
    }
    assert!(
        of.contains_key("tenure.profile.v1.FieldHistory")
            && of.contains_key("tenure.expectation.v1.GetDissonanceResponse")
    );
    let all: String = items.iter().map(|item| item.json.as_str()).collect();
    // The name that the other outranks is in the history.
    assert!(all.contains("\"Zwaluw\"") && all.contains("\"Zwaluw-Jansen\""), "{all}");
    assert!(all.contains("\"source\":\"shop\""), "each value has its source");
    for absent in ["Mees", "7777", "Geheim", "KYC"] {
        assert!(!all.contains(absent), "{absent}: {all}");
    }
    let (_, again, _) = exported(&mut caller, By::PersonId(person.clone())).await;
    let sorted = |items: &[ExportedItem]| items.iter().map(|item| item.message_name.clone()).collect::<BTreeSet<_>>();
    assert_eq!(sorted(&again), sorted(&items));
    noted(&mut caller, &person).await;
    let mut other = Caller::new(stack, "exported-other");
    let ask = ExportPersonRequest { by: Some(By::PersonId(person)), ..Default::default() };
    let refused = other.profile.export_person(ask).await.map(|_| ()).expect_err("another tenant's");
    assert_eq!(refused.code(), Code::NotFound);
}

/// Both exports were noted, and a read for a purpose that sees what others don't is; one for another purpose is not.
async fn noted(caller: &mut Caller, person: &str) {
    for purpose in ["service", "care"] {
        let by = Some(get_profile_request::By::PersonId(person.to_owned()));
        let mut ask = Request::new(GetProfileRequest { by, ..Default::default() });
        ask.metadata_mut().insert("purpose", purpose.parse().expect("ASCII"));
        caller.profile.get_profile(ask).await.expect("a profile");
    }
    let list =
        |page_token| ListSensitiveReadsRequest { of: Some(Of::PersonId(person.to_owned())), page_size: 2, page_token };
    let first = caller.profile.list_sensitive_reads(list(String::new())).await.expect("a page").into_inner();
    let second = caller.profile.list_sensitive_reads(list(first.next_page_token)).await.expect("a page").into_inner();
    assert_eq!(second.next_page_token, "");
    let reads: Vec<SensitiveRead> = first.reads.into_iter().chain(second.reads).collect();
    let told: Vec<_> = reads.iter().map(|read| (read.rpc.as_str(), read.purpose_code.as_str())).collect();
    assert_eq!(
        told,
        [("GetProfile", "care"), ("ExportPerson", "service"), ("ExportPerson", "service")],
        "the newest first"
    );
    assert!(reads.iter().all(|read| !read.principal.is_empty() && read.person_ids == [person]), "{reads:?}");
    let all = caller.profile.list_sensitive_reads(ListSensitiveReadsRequest::default()).await.expect("a page");
    assert_eq!(all.into_inner().reads, reads);
}
