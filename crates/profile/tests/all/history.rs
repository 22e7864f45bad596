//! What was known at a moment, and why a field is what it is.

use tenure_kernel::PersonId;
use tenure_proto::{
    collector::v1::TouchpointType as Type,
    profile::v1::{Profile, field_evidence::Standing},
};

use crate::{
    suite::{Options, Suite, places, tenant},
    touchpoints::{Told, id, record, seal, told},
};

const PERSON: PersonId = PersonId([1; 16]);

/// What is said of one person's two records, one of them corrected and one retracted.
fn said() -> Vec<Told> {
    let orders = Type::OrderPlaced;
    vec![
        told(1, orders, record(1), 90).received(90).given_name("Jan").email("jan@example.nl"),
        told(2, orders, record(2), 60).received(60).given_name("Johan"),
        told(3, orders, record(1), 40).received(40).given_name("Joop").email("joop@example.nl"),
        // What was said 40 days ago was corrected 20 days ago, and what was said 60 days ago was taken back 10 days ago.
        told(4, orders, record(1), 40).received(20).corrects(3, 1).given_name("Jaap").email("jaap@example.nl"),
        told(5, orders, record(2), 60).received(10).retracts(2, 1),
        // Recorded late.
        told(6, orders, record(2), 50).received(5).given_name("Hans"),
        told(7, Type::AddressChanged, record(1), 3).received(3).effective(-9).given_name("Pieter"),
    ]
}

async fn started(place: &tenure_store::testing::TestPlace, said: &[Told]) -> Suite {
    let suite = Suite::start(place, Options { ranges: 3, ..Options::default() }).await;
    let acme = tenant("acme");
    let moves = [(record(1), 1, Some(PERSON)), (record(2), 1, Some(PERSON))];
    let token = suite.changed(&acme, &moves, &[]).await;
    suite.followed(&token).await;
    let token = suite.record(&acme, seal(&suite.keyring, &acme, said).await).await;
    suite.followed(&token).await;
    suite
}

fn shown(profile: &Profile) -> (Vec<&str>, i64) {
    let fields = profile.fields.iter().map(|field| field.value.as_str()).collect();
    (fields, profile.touchpoints.iter().map(|one| one.count).sum())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_read_as_of_any_time_and_as_it_was_known_then() {
    for place in places() {
        for said in [said(), said().into_iter().rev().collect()] {
            let (suite, acme) = (started(&place, &said).await, tenant("acme"));
            for (days, expected) in [
                ([None, None], (vec!["jaap@example.nl", "jan@example.nl", "Jaap"], 4)),
                ([Some(95), None], (vec![], 0)),
                ([Some(45), None], (vec!["jan@example.nl", "Hans"], 2)),
                ([Some(45), Some(45)], (vec!["jan@example.nl", "Johan"], 2)),
                ([None, Some(30)], (vec!["jan@example.nl", "joop@example.nl", "Joop"], 3)),
                ([None, Some(15)], (vec!["jaap@example.nl", "jan@example.nl", "Jaap"], 3)),
                ([Some(-10), None], (vec!["jaap@example.nl", "jan@example.nl", "Pieter"], 4)),
                ([Some(-10), Some(4)], (vec!["jaap@example.nl", "jan@example.nl", "Jaap"], 3)),
            ] {
                let profile = suite.back_then(&acme, record(1), days).await;
                assert_eq!(shown(&profile), expected, "{days:?}");
                assert_eq!(profile.person_id, PERSON.to_string());
            }
            let now = suite.profile_of(&acme, record(2), "").await;
            assert_eq!(suite.back_then(&acme, record(2), [Some(0), None]).await, now);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_is_explained_by_all_that_was_said_of_it() {
    for place in places() {
        let (suite, acme) = (started(&place, &said()).await, tenant("acme"));
        let told = |path: &'static str| {
            let (suite, acme) = (&suite, &acme);
            async move {
                let evidence = suite.explain(acme, record(2), path).await;
                let one = |one: tenure_proto::profile::v1::FieldEvidence| {
                    let from = one.provenance.clone().expect("a provenance");
                    (one.value.clone(), one.standing(), from.touchpoint_id, from.record_id)
                };
                evidence.into_iter().map(one).collect::<Vec<_>>()
            }
        };
        let is = |value: &str, standing, number, of| {
            (value.to_owned(), standing, id(number).to_string(), record(of).to_string())
        };
        let expected = [
            is("Pieter", Standing::Planned, 7, 1),
            is("Jaap", Standing::Holds, 4, 1),
            is("Joop", Standing::Amended, 3, 1),
            is("Hans", Standing::Outranked, 6, 2),
            is("Johan", Standing::Amended, 2, 2),
            is("Jan", Standing::Outranked, 1, 1),
        ];
        assert_eq!(told("name.given_name").await, expected);
        let expected = [
            is("jaap@example.nl", Standing::Holds, 4, 1),
            is("joop@example.nl", Standing::Amended, 3, 1),
            is("jan@example.nl", Standing::Holds, 1, 1),
        ];
        assert_eq!(told("contact.email").await, expected);
        assert_eq!(told("address.city").await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_record_has_no_past() {
    for place in places() {
        let (suite, acme) = (started(&place, &said()).await, tenant("acme"));
        assert_eq!(suite.number("SELECT COUNT(*) FROM fact_history").await, 2);
        let token = suite.erase(&acme, &[record(1)]).await;
        suite.followed(&token).await;
        assert_eq!(suite.number("SELECT COUNT(*) FROM fact_history").await, 1, "of the other record");
        let evidence = suite.explain(&acme, record(2), "name.given_name").await;
        let values: Vec<_> = evidence.iter().map(|one| (one.value.as_str(), one.standing())).collect();
        assert_eq!(values, [("Hans", Standing::Holds), ("Johan", Standing::Amended)]);
        assert_eq!(shown(&suite.back_then(&acme, record(2), [Some(45), Some(45)]).await), (vec!["Johan"], 1));
    }
}
