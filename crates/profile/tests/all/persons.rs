//! Persons that are merged and split, and ids that lead to others.

use prost::Message;
use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_proto::{
    collector::v1::TouchpointType as Type,
    profile::v1::{GetProfileResponse, Profile, get_profile_request::By},
};
use tonic::Code;

use crate::{
    suite::{Options, Suite, places, tenant},
    touchpoints::{Told, record, seal, told},
};

const FIRST: PersonId = PersonId([1; 16]);
const SECOND: PersonId = PersonId([2; 16]);

fn person(id: PersonId) -> By {
    By::PersonId(id.to_string())
}

fn whose(record: RecordId) -> By {
    By::RecordId(record.to_string())
}

/// The same touchpoints, of two records or of one.
fn touchpoints(first: RecordId, second: RecordId) -> Vec<Told> {
    vec![
        told(1, Type::OrderPlaced, first, 9).given_name("Jan").family_name("Vries").email("jan@example.nl"),
        told(2, Type::OrderPlaced, second, 8).given_name("Johan").email("johan@example.nl"),
        told(3, Type::ConsentGiven, first, 7).email("johan@example.nl"),
        told(4, Type::DeathReported, second, 7),
        told(5, Type::OrderPlaced, first, 3).given_name("J."),
        told(6, Type::OrderPlaced, second, 3).source("web", 2).given_name("Joop"),
        told(7, Type::OrderPlaced, second, 3).corrects(6, 1).source("web", 1).given_name("Jo"),
    ]
}

/// Without what must differ.
fn without_ids(mut profile: Profile) -> Profile {
    (profile.person_id, profile.record_ids) = (String::new(), Vec::new());
    for provenance in profile.fields.iter_mut().filter_map(|field| field.provenance.as_mut()) {
        provenance.record_id = String::new();
    }
    profile
}

async fn bytes(suite: &Suite, tenant: &Tenant, by: By, token: &str) -> Vec<u8> {
    suite.get(tenant, by, token).await.expect("a profile").encode_to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_person_is_known_as_one_record_would_be_and_a_split_restores_every_byte() {
    for place in places() {
        let suite = Suite::start(&place, Options::default()).await;
        let (two, one) = (tenant("two"), tenant("one"));
        let (a, b) = (record(1), record(2));
        suite.record(&one, seal(&suite.keyring, &one, &touchpoints(a, a)).await).await;
        let token = suite.record(&two, seal(&suite.keyring, &two, &touchpoints(a, b)).await).await;
        suite.changed(&one, &[(a, 1, Some(FIRST))], &[]).await;
        let apart = suite.changed(&two, &[(a, 1, Some(FIRST)), (b, 1, Some(SECOND))], &[]).await;
        suite.followed(&token).await;
        let before =
            (bytes(&suite, &two, person(FIRST), &apart).await, bytes(&suite, &two, person(SECOND), &apart).await);

        let merged = suite.changed(&two, &[(b, 2, Some(FIRST))], &[(SECOND, 1, Some(FIRST))]).await;
        let expected = suite.get(&one, person(FIRST), &merged).await.expect("a profile").profile.expect("a profile");
        let mut answers = Vec::new();
        for by in [person(FIRST), person(SECOND), whose(a), whose(b)] {
            answers.push(bytes(&suite, &two, by, &merged).await);
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "every id leads to the same answer");
        let profile = GetProfileResponse::decode(answers[0].as_slice()).expect("an answer").profile.expect("a profile");
        assert_eq!(profile.person_id, FIRST.to_string());
        assert_eq!(profile.record_ids.len(), 2);
        assert_eq!(without_ids(profile), without_ids(expected));

        let split = suite.changed(&two, &[(b, 3, Some(SECOND))], &[(SECOND, 2, None)]).await;
        let after =
            (bytes(&suite, &two, person(FIRST), &split).await, bytes(&suite, &two, person(SECOND), &split).await);
        assert_eq!(before, after);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_followed_to_their_end_and_circles_lead_nowhere() {
    for place in places() {
        let suite = Suite::start(&place, Options::default()).await;
        let acme = tenant("acme");
        let id = |number: u8| PersonId([number; 16]);
        let chain: Vec<_> = (1..9).map(|number| (id(number), 1, Some(id(number + 1)))).collect();
        let circle = [(id(20), 1, Some(id(21))), (id(21), 1, Some(id(20)))];
        suite.changed(&acme, &[(record(1), 1, Some(id(9)))], &chain).await;
        let token = suite.changed(&acme, &[], &circle).await;
        let found = suite.get(&acme, person(id(1)), &token).await.expect("a profile").profile.expect("a profile");
        assert_eq!((found.person_id, found.fields.len()), (id(9).to_string(), 0));
        for lost in [id(20), id(30)] {
            let status = suite.get(&acme, person(lost), &token).await.expect_err("nobody");
            assert_eq!(status.code(), Code::NotFound);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_membership_never_overwrites_a_newer_one() {
    for place in places() {
        let suite = Suite::start(&place, Options::default()).await;
        let acme = tenant("acme");
        suite.changed(&acme, &[(record(1), 3, Some(SECOND))], &[(FIRST, 2, None)]).await;
        let token = suite.changed(&acme, &[(record(1), 2, Some(FIRST))], &[(FIRST, 1, Some(SECOND))]).await;
        assert_eq!(suite.profile_of(&acme, record(1), &token).await.person_id, SECOND.to_string());
        assert_eq!(suite.get(&acme, person(FIRST), &token).await.expect_err("nobody").code(), Code::NotFound);
    }
}
