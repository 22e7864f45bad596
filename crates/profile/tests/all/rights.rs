//! What customers may ask: to restrict, to object, to be held, to be erased.

use prost::Message;
use ring::signature::{ED25519, UnparsedPublicKey};
use tenure_kernel::{PersonId, Purpose, RecordId, Tenant};
use tenure_proto::{
    collector::v1::TouchpointType as Type,
    profile::v1::{
        self as pb, EndRightRequest, ErasePersonRequest, Erasure, GetErasureRequest, GetProfileRequest,
        HoldPersonRequest, ListErasuresRequest, ObjectToProfilingRequest, Profile, RestrictPersonRequest,
        erasure::State, get_profile_request::By, record_decision::Decision, withheld::Reason,
    },
};
use tenure_store::testing::TestPlace;
use tonic::metadata::MetadataValue;

use crate::{
    entries::{append, held_draft},
    suite::{NOW, Options, Suite, as_tenant, places, tenant},
    touchpoints::{DAY, Told, record, seal, told},
};

const PERSON: PersonId = PersonId([1; 16]);
const OTHER: PersonId = PersonId([2; 16]);

/// Records 1 and 2 are one person, record 3 another.
async fn started(place: &TestPlace, said: &[Told]) -> Suite {
    let suite = Suite::start(place, Options { ranges: 3, ..Options::default() }).await;
    let acme = tenant("acme");
    let moves = [(record(1), 1, Some(PERSON)), (record(2), 1, Some(PERSON)), (record(3), 1, Some(OTHER))];
    let token = suite.changed(&acme, &moves, &[]).await;
    suite.followed(&token).await;
    let token = suite.record(&acme, seal(&suite.keyring, &acme, said).await).await;
    suite.followed(&token).await;
    suite
}

fn known() -> Vec<Told> {
    vec![
        told(1, Type::OrderPlaced, record(1), 9).given_name("Jan"),
        told(2, Type::OrderPlaced, record(2), 8).email("jan@example.nl"),
        told(3, Type::OrderPlaced, record(3), 8).given_name("Kim"),
    ]
}

async fn read(suite: &Suite, whose: RecordId, purpose: Purpose, read_after: &str) -> Profile {
    let by = Some(By::RecordId(whose.to_string()));
    let mut request =
        as_tenant(&tenant("acme"), GetProfileRequest { by, read_after: read_after.to_owned(), ..Default::default() });
    request.metadata_mut().insert("purpose", MetadataValue::from_static(purpose.as_str()));
    suite.client.clone().get_profile(request).await.expect("a profile").into_inner().profile.expect("a profile")
}

fn bars(profile: &Profile) -> Vec<Reason> {
    let reasons = profile.withheld.iter().map(pb::Withheld::reason);
    reasons.filter(|reason| *reason != Reason::Category).collect()
}

fn names(profile: &Profile) -> usize {
    profile.fields.iter().filter(|field| field.path.starts_with("name") || field.path.starts_with("contact")).count()
}

fn restrict(request_id: &str, person: PersonId) -> RestrictPersonRequest {
    RestrictPersonRequest {
        request_id: request_id.into(),
        person_id: person.to_string(),
        ground_code: "accuracy_contested".into(),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restriction_follows_its_records_and_ends_once() {
    for place in places() {
        let (suite, acme) = (started(&place, &known()).await, tenant("acme"));
        let rights = || suite.client.clone();
        assert_eq!(names(&read(&suite, record(1), Purpose::Service, "").await), 2);
        let request = restrict("r1", PERSON);
        let one = rights().restrict_person(as_tenant(&acme, request.clone())).await.expect("restricted").into_inner();
        let again = rights().restrict_person(as_tenant(&acme, request)).await.expect("restricted").into_inner();
        assert_eq!(one.right, again.right);
        let right = one.right.expect("a right");
        assert_eq!(right.record_ids, [record(1).to_string(), record(2).to_string()], "ascending");
        let shown = read(&suite, record(1), Purpose::Service, &one.read_token).await;
        assert_eq!((names(&shown), bars(&shown)), (0, vec![Reason::Restricted]));
        assert_eq!(names(&read(&suite, record(1), Purpose::Privacy, "").await), 2);
        // Record 2 goes to the other person, whose it restricts, and record 1 stays restricted.
        let token = suite.changed(&acme, &[(record(2), 2, Some(OTHER))], &[]).await;
        let other = read(&suite, record(3), Purpose::Service, &token).await;
        assert_eq!((names(&other), bars(&other)), (0, vec![Reason::Restricted]));
        assert_eq!(bars(&read(&suite, record(1), Purpose::Service, &token).await), [Reason::Restricted]);
        let end = EndRightRequest { request_id: "r2".into(), right_id: right.right_id };
        let ended = rights().end_right(as_tenant(&acme, end)).await.expect("ended").into_inner();
        for whose in [record(1), record(2)] {
            let shown = read(&suite, whose, Purpose::Service, &ended.read_token).await;
            assert_eq!(bars(&shown), [], "{whose}");
            assert!(names(&shown) > 0);
        }
        let objects =
            ObjectToProfilingRequest { request_id: "r3".into(), person_id: PERSON.to_string(), ..Default::default() };
        let objected = rights().object_to_profiling(as_tenant(&acme, objects)).await.expect("noted").into_inner();
        let shown = read(&suite, record(1), Purpose::Profiling, &objected.read_token).await;
        assert_eq!((names(&shown), bars(&shown)), (0, vec![Reason::Objected]));
        assert_eq!(bars(&read(&suite, record(1), Purpose::Service, "").await), []);
    }
}

/// What the collector would do with what was decided: it erases the records of the newest decision.
async fn carried_out(suite: &Suite, acme: &Tenant, erasure: &Erasure) {
    let decided = erasure.records.iter().filter(|one| one.decision() == Decision::Erase && one.erase_time.is_none());
    let records: Vec<RecordId> = decided.map(|one| one.record_id.parse().expect("an id")).collect();
    let token = suite.erase(acme, &records).await;
    suite.followed(&token).await;
}

async fn erasure(suite: &Suite, acme: &Tenant, id: &str) -> Erasure {
    let request = as_tenant(acme, GetErasureRequest { erasure_id: id.to_owned() });
    let answer = suite.client.clone().get_erasure(request).await.expect("an erasure").into_inner();
    let receipt = answer.receipt.expect("a receipt");
    let key = UnparsedPublicKey::new(&ED25519, &receipt.public_key);
    key.verify(&receipt.erasure, &receipt.signature).expect("signed");
    assert_eq!(Erasure::decode(receipt.erasure.as_slice()).expect("an erasure"), answer.erasure.clone().expect("it"));
    answer.erasure.expect("an erasure")
}

fn decisions(erasure: &Erasure) -> Vec<(&str, &str)> {
    erasure.records.iter().map(|one| (one.record_id.as_str(), one.ground_code.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_takes_what_it_may_and_keeps_what_the_law_keeps_until_it_need_not() {
    for place in places() {
        let mut said = known();
        said.push(told(4, Type::KycPassed, record(2), 5).given_name("Johannes"));
        let (suite, acme) = (started(&place, &said).await, tenant("acme"));
        let ask =
            ErasePersonRequest { request_id: "e1".into(), person_id: PERSON.to_string(), read_after: String::new() };
        let begun = suite.client.clone().erase_person(as_tenant(&acme, ask.clone())).await.expect("begun").into_inner();
        let begun = begun.erasure.expect("an erasure");
        assert_eq!(begun.state(), State::Erasing);
        let (one, two) = (record(1).to_string(), record(2).to_string());
        assert_eq!(decisions(&begun), [(one.as_str(), "request"), (two.as_str(), "aml_retention")]);
        let again = suite.client.clone().erase_person(as_tenant(&acme, ask)).await.expect("the same").into_inner();
        assert_eq!(again.erasure.as_ref(), Some(&begun));
        carried_out(&suite, &acme, &begun).await;
        let now = erasure(&suite, &acme, &begun.erasure_id).await;
        assert_eq!(now.state(), State::Retaining);
        // What is retained is restricted, and due diligence sees it still.
        let shown = read(&suite, record(2), Purpose::Service, "").await;
        assert_eq!((names(&shown), bars(&shown)), (0, vec![Reason::Restricted]));
        assert_eq!(shown.record_ids, [two.as_str()]);
        assert!(names(&read(&suite, record(2), Purpose::Aml, "").await) > 0);
        assert_eq!(names(&read(&suite, record(3), Purpose::Service, "").await), 1, "the other person is as it was");
        // Five years later it is decided by itself.
        suite.clock.set(tenure_kernel::Timestamp(NOW.0 + 6 * 366 * DAY));
        let freed = suite.until_erasure(&acme, &begun.erasure_id, State::Erasing).await;
        carried_out(&suite, &acme, &freed).await;
        let done = erasure(&suite, &acme, &begun.erasure_id).await;
        assert_eq!(done.state(), State::Done);
        assert!(done.records.iter().all(|one| one.erase_time.is_some()));
        let due = done.records[1].classes.iter().find(|one| one.class_code == "due_diligence").expect("it had some");
        assert_eq!((due.decision(), due.ground_code.as_str()), (Decision::Erase, "retention_ended"));
        let page = ListErasuresRequest { page_size: 1, page_token: String::new() };
        let page = suite.client.clone().list_erasures(as_tenant(&acme, page)).await.expect("a page").into_inner();
        assert_eq!((page.erasures, page.next_page_token), (vec![done], String::new()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_keeps_everything_until_it_ends() {
    for place in places() {
        let (suite, acme) = (started(&place, &known()).await, tenant("acme"));
        let hold = HoldPersonRequest {
            request_id: "h1".into(),
            person_id: PERSON.to_string(),
            ground_code: "court_case".into(),
            ..Default::default()
        };
        let held = suite.client.clone().hold_person(as_tenant(&acme, hold)).await.expect("held").into_inner();
        let ask =
            ErasePersonRequest { request_id: "e1".into(), person_id: PERSON.to_string(), read_after: held.read_token };
        let begun = suite.client.clone().erase_person(as_tenant(&acme, ask)).await.expect("begun").into_inner();
        let begun = begun.erasure.expect("an erasure");
        assert_eq!(begun.state(), State::Retaining);
        assert!(begun.records.iter().all(|one| one.ground_code == "legal_hold" && one.retain_until_time.is_none()));
        suite.clock.set(tenure_kernel::Timestamp(NOW.0 + 1_000_000));
        let end = EndRightRequest { request_id: "h2".into(), right_id: held.right.expect("a right").right_id };
        suite.client.clone().end_right(as_tenant(&acme, end)).await.expect("ended");
        let freed = suite.until_erasure(&acme, &begun.erasure_id, State::Erasing).await;
        carried_out(&suite, &acme, &freed).await;
        assert_eq!(erasure(&suite, &acme, &begun.erasure_id).await.state(), State::Done);
    }
}

/// C24: a record with a complaint is kept as long as that needs, and the customer's other records are erased.
#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_keeps_its_record_and_no_other() {
    for place in places() {
        let (suite, acme) = (started(&place, &known()).await, tenant("acme"));
        let held = async |revision, until| {
            let token = append(&suite.expectation, vec![held_draft(&acme, record(2), revision, until)]).await;
            suite.followed(&token).await;
        };
        held(2, Some(None)).await;
        // What was said before comes late.
        held(1, None).await;
        let ask =
            ErasePersonRequest { request_id: "e1".into(), person_id: PERSON.to_string(), read_after: String::new() };
        let begun = suite.client.clone().erase_person(as_tenant(&acme, ask)).await.expect("begun").into_inner();
        let begun = begun.erasure.expect("an erasure");
        let (one, two) = (record(1).to_string(), record(2).to_string());
        assert_eq!(decisions(&begun), [(one.as_str(), "request"), (two.as_str(), "complaint_record")]);
        assert!(begun.records.iter().all(|one| one.retain_until_time.is_none()), "the case is open");
        carried_out(&suite, &acme, &begun).await;
        assert_eq!(erasure(&suite, &acme, &begun.erasure_id).await.state(), State::Retaining);
        let shown = read(&suite, record(2), Purpose::Service, "").await;
        assert_eq!((names(&shown), bars(&shown)), (0, vec![Reason::Restricted]));
        let marketing = read(&suite, record(2), Purpose::Marketing, "").await;
        assert!(!marketing.fields.iter().any(|field| field.path == "complaint_hold"), "that is not marketing's");
        // The case is closed, opened again, and closed for good.
        let end = tenure_kernel::Timestamp(NOW.0 + 366 * DAY);
        for (revision, until) in [(3, Some(end)), (4, None), (5, Some(end))] {
            held(revision, Some(until)).await;
            let mut seen = None;
            for _ in 0..3_000 {
                let now = erasure(&suite, &acme, &begun.erasure_id).await;
                seen = now.records.iter().find(|one| one.record_id == two).and_then(|one| one.retain_until_time);
                if seen == until.map(tenure_server::wire::to_wire) {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            assert_eq!(seen, until.map(tenure_server::wire::to_wire), "{revision}");
        }
        suite.clock.set(end);
        let freed = suite.until_erasure(&acme, &begun.erasure_id, State::Erasing).await;
        carried_out(&suite, &acme, &freed).await;
        assert_eq!(erasure(&suite, &acme, &begun.erasure_id).await.state(), State::Done);
    }
}
