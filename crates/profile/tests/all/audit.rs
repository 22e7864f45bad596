//! What is sensitive is shown to nobody before it is noted who looked.

use futures::StreamExt as _;
use tenure_kernel::{PersonId, Purpose};
use tenure_proto::{
    collector::v1::TouchpointType as Type,
    profile::v1::{
        BatchGetProfilesRequest, ExplainFieldRequest, ExportPersonRequest, ExportRecordsRequest, GetProfileRequest,
        ListSensitiveReadsRequest, SensitiveRead, explain_field_request, export_person_request,
        export_person_response::Part, get_profile_request::By, list_sensitive_reads_request::Of,
    },
};
use tenure_store::Query as _;
use tonic::{Code, Request, metadata::MetadataValue};

use crate::{
    suite::{Options, Suite, as_tenant, places, tenant},
    touchpoints::{record, seal, told},
};

const PERSON: PersonId = PersonId([1; 16]);

async fn started(place: &tenure_store::testing::TestPlace) -> Suite {
    let (suite, acme) = (Suite::start(place, Options::default()).await, tenant("acme"));
    let token = suite.changed(&acme, &[(record(1), 1, Some(PERSON))], &[]).await;
    suite.followed(&token).await;
    let said = vec![told(1, Type::OrderPlaced, record(1), 9).given_name("Jan")];
    let token = suite.record(&acme, seal(&suite.keyring, &acme, &said).await).await;
    suite.followed(&token).await;
    suite
}

fn asking<T>(purpose: Purpose, message: T) -> Request<T> {
    let mut request = as_tenant(&tenant("acme"), message);
    request.metadata_mut().insert("purpose", MetadataValue::from_static(purpose.as_str()));
    request
}

fn whole() -> GetProfileRequest {
    GetProfileRequest { by: Some(By::PersonId(PERSON.to_string())), ..Default::default() }
}

async fn reads(suite: &Suite, of: Option<Of>) -> Vec<SensitiveRead> {
    let ask = ListSensitiveReadsRequest { of, ..Default::default() };
    let answer = suite.client.clone().list_sensitive_reads(as_tenant(&tenant("acme"), ask)).await;
    answer.expect("a page").into_inner().reads
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sensitive_read_is_noted_with_who_and_what_for() {
    for place in places() {
        let suite = started(&place).await;
        for purpose in Purpose::ALL {
            suite.client.clone().get_profile(asking(*purpose, whole())).await.expect("a profile");
        }
        let batch = BatchGetProfilesRequest { person_ids: vec![PERSON.to_string()], ..Default::default() };
        suite.client.clone().batch_get_profiles(asking(Purpose::Aml, batch)).await.expect("profiles");
        let by = Some(explain_field_request::By::PersonId(PERSON.to_string()));
        let explain = ExplainFieldRequest { by, path: "name.given_name".into(), ..Default::default() };
        suite.client.clone().explain_field(asking(Purpose::Legal, explain)).await.expect("evidence");
        let export = ExportRecordsRequest { record_ids: vec![record(1).to_string()] };
        suite.client.clone().export_records(asking(Purpose::Service, export)).await.expect("an export");
        let of_person = reads(&suite, Some(Of::PersonId(PERSON.to_string()))).await;
        let told: Vec<_> = of_person.iter().rev().map(|read| (read.rpc.as_str(), read.purpose_code.as_str())).collect();
        let mut expected: Vec<_> = Purpose::ALL
            .iter()
            .filter(|purpose| purpose.scope().is_some())
            .map(|purpose| ("GetProfile", purpose.as_str()))
            .collect();
        expected.extend([("BatchGetProfiles", "aml"), ("ExplainField", "legal")]);
        // At one moment by the test's clock, the order is that of ids.
        let sorted = |mut list: Vec<(&'static str, &'static str)>| {
            list.sort_unstable();
            list.into_iter().map(|(rpc, purpose)| (rpc.to_owned(), purpose.to_owned())).collect::<Vec<_>>()
        };
        let mut told: Vec<_> = told.into_iter().map(|(rpc, purpose)| (rpc.to_owned(), purpose.to_owned())).collect();
        told.sort_unstable();
        assert_eq!(told, sorted(expected));
        assert!(of_person.iter().all(|read| read.principal == "test" && read.person_ids == [PERSON.to_string()]));
        let of_record = reads(&suite, Some(Of::RecordId(record(1).to_string()))).await;
        assert_eq!(of_record.iter().map(|read| read.rpc.as_str()).collect::<Vec<_>>(), ["ExportRecords"]);
        assert_eq!(reads(&suite, None).await.len(), of_person.len() + of_record.len());
        assert_eq!(reads(&suite, Some(Of::PersonId(PersonId([2; 16]).to_string()))).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_noted_is_not_shown() {
    for place in places() {
        let suite = started(&place).await;
        let tx = suite.store.begin().await.expect("a transaction");
        tx.execute("DROP TABLE sensitive_read", vec![]).await.expect("gone");
        tx.commit().await.expect("committed");
        let refused = suite.client.clone().get_profile(asking(Purpose::Care, whole())).await;
        assert!(refused.is_err(), "{refused:?}");
        suite.client.clone().get_profile(asking(Purpose::Service, whole())).await.expect("needs no note");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_without_all_services_has_no_end() {
    for place in places() {
        let suite = started(&place).await;
        let by = Some(export_person_request::By::PersonId(PERSON.to_string()));
        let ask = as_tenant(&tenant("acme"), ExportPersonRequest { by, ..Default::default() });
        let mut stream = suite.client.clone().export_person(ask).await.expect("begun").into_inner();
        let (mut own, mut failed) = (0, None);
        while let Some(part) = stream.next().await {
            match part.map(|part| part.part) {
                Ok(Some(Part::End(end))) => panic!("an end without the other services: {end:?}"),
                Ok(_) => own += 1,
                Err(status) => failed = Some(status),
            }
        }
        let failed = failed.expect("a refusal");
        assert_eq!((failed.code(), own >= 3), (Code::Unavailable, true), "{own}: {failed:?}");
        assert!(failed.details().windows(9).any(|some| some == b"collector"), "it tells which: {failed:?}");
    }
}
