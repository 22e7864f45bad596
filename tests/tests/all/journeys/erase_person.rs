//! A person is erased: gone from every service, what still comes in is refused, and others are as they were.

use std::time::Duration;

use tenure_proto::{
    collector::v1::{ExportRecordsRequest, RecordTouchpointsRequest, SubjectAttributes, outcome::Status as Outcome},
    expectation::v1 as expectation,
    identity::v1::{self as identity, GetPersonRequest, MergePersonsRequest, get_person_request},
    profile::v1::{
        self as profile, ErasePersonRequest, Erasure, GetErasureRequest, GetProfileRequest, erasure::State,
        get_profile_request,
    },
    value::v1 as value,
};
use tenure_server::Stack;
use tenure_store::testing::TestPlace;
use tenure_tests::{
    caller::Caller,
    host::Host,
    touchpoints::{purchase, with_attributes},
};
use tokio::time::{Instant, sleep};
use tonic::Code;

const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_is_gone_from_every_service_and_stays_away() {
    for place in TestPlace::each() {
        let host = Host::start(place).await;
        erase_person(&host.stack()).await;
        host.stop().await;
    }
}

/// Two customers with two keys each; a steward made one person of each two.
struct Told {
    /// By customer.
    records: Vec<Vec<String>>,
    persons: Vec<String>,
    read_token: String,
}

async fn told(caller: &mut Caller) -> Told {
    let bought = |customer: &str, key: &str, day| {
        let name = SubjectAttributes { family_name: format!("{customer}{key}"), ..SubjectAttributes::default() };
        with_attributes(purchase("shop", &format!("{customer}{key}"), &format!("{customer}{key}"), day, 1_999), name)
    };
    let touchpoints = ["Kanarie", "Merel"].iter().flat_map(|one| [bought(one, "a", 3), bought(one, "b", 5)]).collect();
    let request = RecordTouchpointsRequest { touchpoints, validate_only: false };
    let answer = caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
    let records: Vec<String> = answer.outcomes.into_iter().map(|outcome| outcome.record_id).collect();
    let mut persons = Vec::new();
    for both in records.chunks(2) {
        let mut person_ids = Vec::new();
        for record in both {
            let by = Some(get_person_request::By::RecordId(record.clone()));
            let ask = GetPersonRequest { by, read_after: answer.read_token.clone() };
            let found = caller.identity.get_person(ask).await.expect("a person").into_inner().person.expect("set");
            person_ids.push(found.person_id);
        }
        let request_id = format!("merge-{}", person_ids[0]);
        let merge = MergePersonsRequest { request_id, person_ids: person_ids.clone(), ..Default::default() };
        caller.identity.merge_persons(merge).await.expect("merged");
        let by = Some(get_person_request::By::RecordId(both[0].clone()));
        let ask = GetPersonRequest { by, ..Default::default() };
        persons.push(caller.identity.get_person(ask).await.expect("one").into_inner().person.expect("set").person_id);
    }
    Told { records: records.chunks(2).map(<[String]>::to_vec).collect(), persons, read_token: answer.read_token }
}

/// The journey, of tenant "erased".
pub(super) async fn erase_person(stack: &Stack) {
    let mut caller = Caller::new(stack, "erased");
    let told = told(&mut caller).await;
    until_of_two_records(&mut caller, &told).await;
    let ask = ErasePersonRequest {
        request_id: "erase".to_owned(),
        person_id: told.persons[0].clone(),
        read_after: told.read_token.clone(),
    };
    let begun = caller.profile.erase_person(ask).await.expect("begun").into_inner().erasure.expect("an erasure");
    assert_eq!(begun.records.len(), 2, "both records of the merged person");
    let done = until_done(&mut caller, &begun).await;
    assert!(done.records.iter().all(|record| record.erase_time.is_some()));
    let gone = told.records[0].clone();
    until_gone(&mut caller, &gone).await;
    // The same touchpoint again, and a new one: suppressed, and counted so.
    let late = vec![purchase("shop", "Kanariea", "Kanariea", 3, 1_999), purchase("shop", "late", "Kanarieb", 9, 5)];
    let request = RecordTouchpointsRequest { touchpoints: late, validate_only: false };
    let answer = caller.collector.record_touchpoints(request).await.expect("answered").into_inner();
    assert!(answer.outcomes.iter().all(|outcome| outcome.status() == Outcome::Suppressed), "{:?}", answer.outcomes);
    // The other customer is as it was.
    let by = Some(get_profile_request::By::PersonId(told.persons[1].clone()));
    let ask = GetProfileRequest { by, ..Default::default() };
    let other = caller.profile.get_profile(ask).await.expect("a profile").into_inner().profile.expect("set");
    assert_eq!((other.record_ids.len(), other.touchpoints[0].count), (2, 2));
}

/// Waits until profile knows of the merges.
async fn until_of_two_records(caller: &mut Caller, told: &Told) {
    let until = Instant::now() + PATIENCE;
    for person in &told.persons {
        let by = Some(get_profile_request::By::PersonId(person.clone()));
        let ask = GetProfileRequest { by, read_after: told.read_token.clone(), ..Default::default() };
        let of = |found: profile::GetProfileResponse| found.profile.expect("set").record_ids.len();
        while caller.profile.get_profile(ask.clone()).await.map_or(0, |found| of(found.into_inner())) < 2 {
            assert!(Instant::now() < until, "profile does not follow the merge");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn until_done(caller: &mut Caller, begun: &Erasure) -> Erasure {
    let until = Instant::now() + PATIENCE;
    loop {
        let ask = GetErasureRequest { erasure_id: begun.erasure_id.clone() };
        let answer = caller.profile.get_erasure(ask).await.expect("an erasure").into_inner();
        let found = answer.erasure.filter(|erasure| erasure.state() == State::Done);
        if let Some(done) = found {
            assert_eq!(answer.receipt.expect("a receipt").signature.len(), 64);
            return done;
        }
        assert!(Instant::now() < until, "it is not done");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until no service has anything of records.
pub(super) async fn until_gone(caller: &mut Caller, records: &[String]) {
    let until = Instant::now() + PATIENCE;
    while !are_gone(caller, records).await {
        assert!(Instant::now() < until, "something is left");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn are_gone(caller: &mut Caller, records: &[String]) -> bool {
    let record_ids = records.to_vec();
    let export = ExportRecordsRequest { record_ids: record_ids.clone(), ..Default::default() };
    let collected = caller.collector.export_records(export).await.expect("an export").into_inner().touchpoints;
    let export = profile::ExportRecordsRequest { record_ids: record_ids.clone() };
    let profiles = caller.profile.export_records(export).await.expect("an export").into_inner().profiles;
    let export = identity::ExportRecordsRequest { record_ids: record_ids.clone() };
    let identified = caller.identity.export_records(export).await.expect("an export").into_inner().records;
    let export = value::ExportRecordsRequest { record_ids: record_ids.clone() };
    let valued = caller.value.export_records(export).await.expect("an export").into_inner().days;
    let export = expectation::ExportRecordsRequest { record_ids };
    let expected = caller.expectation.export_records(export).await.expect("an export").into_inner().records;
    let mut nobody = true;
    for record in records {
        let by = Some(get_person_request::By::RecordId(record.clone()));
        let found = caller.identity.get_person(GetPersonRequest { by, ..Default::default() }).await;
        nobody &= found.is_err_and(|status| status.code() == Code::NotFound);
    }
    let left = [collected.len(), profiles.len(), identified.len(), valued.len(), expected.len()];
    nobody && left == [0; 5]
}
