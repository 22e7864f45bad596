//! What a read shows, and what it refuses.

use std::collections::BTreeMap;

use tenure_kernel::{PersonId, RecordId};
use tenure_proto::{
    collector::v1::{LoyaltyDetail, TouchpointType as Type, touchpoint::Detail},
    profile::v1::{GetProfileRequest, Profile, get_profile_request::By},
};
use tenure_server::wire;
use tenure_store::{Query, testing::TestPlace};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::{
    suite::{NOW, Options, Suite, as_tenant, places, tenant},
    touchpoints::{ago, id, record, seal, told},
};

const PERSON: PersonId = PersonId([1; 16]);

fn values(profile: &Profile) -> BTreeMap<&str, &str> {
    profile.fields.iter().map(|field| (field.path.as_str(), field.value.as_str())).collect()
}

fn violated(status: &Status) -> Vec<(String, String)> {
    let details = status.get_error_details();
    let violations = details.bad_request().expect("violations").field_violations.iter();
    violations.map(|one| (one.field.clone(), one.reason.clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_tells_its_source_and_times() {
    for place in places() {
        let suite = Suite::start(&place, Options::default()).await;
        let acme = tenant("acme");
        let tier = Detail::Loyalty(LoyaltyDetail { tier_code: "gold".into(), ..Default::default() });
        let all = [
            told(1, Type::TierChanged, record(1), 5).detail(tier).effective(4).source("web", 3),
            told(2, Type::OrderPlaced, record(1), 9).email("b@example.nl").given_name("Jan"),
            told(3, Type::OrderPlaced, record(1), 7).email("a@example.nl").email("b@example.nl"),
        ];
        suite.changed(&acme, &[(record(1), 1, Some(PERSON))], &[]).await;
        let token = suite.record(&acme, seal(&suite.keyring, &acme, &all).await).await;
        let profile = suite.profile_of(&acme, record(1), &token).await;
        let shown: Vec<_> = profile
            .fields
            .iter()
            .map(|field| {
                let from = field.provenance.clone().expect("a provenance");
                assert_eq!(from.record_time, Some(wire::to_wire(NOW)));
                assert_eq!(from.record_id, record(1).to_string());
                (field.path.as_str(), field.value.as_str(), from.source, from.occur_time, from.touchpoint_id)
            })
            .collect();
        let at = |days| Some(wire::to_wire(ago(days)));
        let (crm, web, from) = ("crm".to_owned(), "web".to_owned(), |number| id(number).to_string());
        let expected = [
            ("contact.email", "a@example.nl", crm.clone(), at(7), from(3)),
            ("contact.email", "b@example.nl", crm.clone(), at(7), from(3)),
            ("loyalty.tier", "gold", web, at(4), from(1)),
            ("name.given_name", "Jan", crm, at(9), from(2)),
        ];
        assert_eq!(shown, expected);
        let counts: Vec<_> =
            profile.touchpoints.into_iter().map(|one| (one.r#type, one.count, one.first_time, one.last_time)).collect();
        let expected = [("order.placed".to_owned(), 2, at(9), at(7)), ("tier.changed".to_owned(), 1, at(5), at(5))];
        assert_eq!(counts, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn amendments_win_by_revision_whenever_they_come() {
    for place in places() {
        let suite = Suite::start(&place, Options::default()).await;
        let acme = tenant("acme");
        suite.changed(&acme, &[(record(1), 1, Some(PERSON))], &[]).await;
        let orders = Type::OrderPlaced;
        let steps = [
            (vec![told(1, orders, record(1), 9).given_name("Jan")], Some("Jan"), 1),
            (vec![told(12, orders, record(1), 3).corrects(2, 1).given_name("Bo")], Some("Bo"), 2),
            (vec![told(2, orders, record(1), 2).given_name("original")], Some("Bo"), 2),
            (vec![told(22, orders, record(1), 2).retracts(2, 3)], Some("Jan"), 1),
            (vec![told(23, orders, record(1), 1).corrects(2, 2).given_name("late")], Some("Jan"), 1),
            (vec![told(24, orders, record(1), 1).corrects(2, 4).given_name("Ed")], Some("Ed"), 2),
            (vec![told(3, orders, record(1), 30).given_name("old news")], Some("Ed"), 3),
            (
                vec![told(25, orders, record(1), 1).retracts(2, 5), told(26, orders, record(1), 1).retracts(1, 1)],
                Some("old news"),
                1,
            ),
        ];
        for (touchpoints, name, count) in steps {
            let token = suite.record(&acme, seal(&suite.keyring, &acme, &touchpoints).await).await;
            let profile = suite.profile_of(&acme, record(1), &token).await;
            assert_eq!(values(&profile).get("name.given_name").copied(), name);
            assert_eq!(profile.touchpoints[0].count, count, "{name:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_others_goes_to_their_own_records() {
    for place in places() {
        let suite = Suite::start(&place, Options { ranges: 3, ..Options::default() }).await;
        let acme = tenant("acme");
        let moves: Vec<_> = (1..=2).map(|number| (record(number), 1, Some(PersonId([number; 16])))).collect();
        suite.changed(&acme, &moves, &[]).await;
        let claim = told(1, Type::ClaimNotified, record(1), 2).given_name("Jan").and(record(2)).given_name("Ans");
        let token = suite.record(&acme, seal(&suite.keyring, &acme, &[claim]).await).await;
        let (holder, insured) =
            (suite.profile_of(&acme, record(1), &token).await, suite.profile_of(&acme, record(2), &token).await);
        assert_eq!((values(&holder)["name.given_name"], values(&insured)["name.given_name"]), ("Jan", "Ans"));
        assert_eq!((holder.touchpoints.len(), insured.touchpoints.len()), (1, 0), "it is counted once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_record_is_read_from_its_summary_alone() {
    for place in places() {
        let suite = Suite::start(&place, Options { hot_bytes: 0, ..Options::default() }).await;
        let acme = tenant("acme");
        suite.changed(&acme, &[(record(1), 1, Some(PERSON))], &[]).await;
        let mut all: Vec<_> = (0..4_999).map(|number| told(number, Type::SessionSummarized, record(1), 1)).collect();
        all.push(told(5_000, Type::SessionSummarized, record(1), 2).given_name("Jan"));
        let token = suite.record(&acme, seal(&suite.keyring, &acme, &all).await).await;
        let before = suite.profile_of(&acme, record(1), &token).await;
        assert_eq!((before.touchpoints[0].count, values(&before)["name.given_name"]), (5_000, "Jan"));
        let tx = suite.store.begin().await.expect("a transaction");
        assert_eq!(tx.execute("DELETE FROM fact_slot", vec![]).await.expect("deleted"), 5_000);
        tx.commit().await.expect("a commit");
        assert_eq!(suite.profile_of(&acme, record(1), "").await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_person_looks_like_an_absent_one() {
    for place in places() {
        let suite = Suite::start(&place, Options::default()).await;
        let (acme, other) = (tenant("acme"), tenant("other"));
        suite.changed(&acme, &[(record(1), 1, Some(PERSON))], &[]).await;
        let named = told(1, Type::OrderPlaced, record(1), 1).given_name("Jan");
        let token = suite.record(&acme, seal(&suite.keyring, &acme, &[named]).await).await;
        suite.profile_of(&acme, record(1), &token).await;
        let mut refusals = Vec::new();
        for by in [
            By::PersonId(PERSON.to_string()),
            By::RecordId(record(1).to_string()),
            By::PersonId(PersonId([77; 16]).to_string()),
            By::RecordId(record(77).to_string()),
        ] {
            let status = suite.get(&other, by, &token).await.expect_err("not found");
            refusals.push((status.code(), status.message().to_owned(), status.details().to_vec()));
        }
        assert!(refusals.iter().all(|refusal| refusal == &refusals[0] && refusal.0 == Code::NotFound), "{refusals:?}");
        assert_eq!(suite.export(&other, vec![record(1).to_string()]).await.expect("an answer"), vec![]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_each_record_alone_and_leaves_out_what_is_unknown() {
    for place in places() {
        let suite = Suite::start(&place, Options::default()).await;
        let acme = tenant("acme");
        let all = [
            told(1, Type::OrderPlaced, record(1), 2).given_name("Jan"),
            told(2, Type::OrderPlaced, record(2), 1).given_name("Johan"),
        ];
        suite.changed(&acme, &[(record(1), 1, Some(PERSON)), (record(2), 1, Some(PERSON))], &[]).await;
        let token = suite.record(&acme, seal(&suite.keyring, &acme, &all).await).await;
        assert_eq!(values(&suite.profile_of(&acme, record(1), &token).await)["name.given_name"], "Johan");
        let wanted = [record(2), record(9), record(1), record(2)];
        let profiles = suite.export(&acme, wanted.iter().map(RecordId::to_string).collect()).await.expect("an answer");
        let mut shown: Vec<_> =
            profiles.iter().map(|one| (one.record_ids[0].clone(), values(one)["name.given_name"])).collect();
        shown.sort_unstable();
        let mut expected = vec![(record(1).to_string(), "Jan"), (record(2).to_string(), "Johan")];
        expected.sort_unstable();
        assert_eq!(shown, expected);
        assert!(profiles.iter().all(|profile| profile.person_id.is_empty()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_what_it_can_not_read_with_every_reason() {
    let place = TestPlace::sqlite();
    let suite = Suite::start(&place, Options::default()).await;
    let acme = tenant("acme");
    let by = |field: &str, reason: &str| vec![(field.to_owned(), reason.to_owned())];
    let nobody = as_tenant(&acme, GetProfileRequest::default());
    let status = suite.client.clone().get_profile(nobody).await.expect_err("refused");
    assert_eq!(violated(&status), by("by", "FIELD_REQUIRED"));
    for (asked, field, reason) in [
        (By::PersonId(record(1).to_string()), "person_id", "FIELD_MALFORMED"),
        (By::RecordId("record_x".to_owned()), "record_id", "FIELD_MALFORMED"),
        (By::PersonId(String::new()), "person_id", "FIELD_REQUIRED"),
        (By::RecordId(String::new()), "record_id", "FIELD_REQUIRED"),
    ] {
        let status = suite.get(&acme, asked, "").await.expect_err("refused");
        assert_eq!((status.code(), violated(&status)), (Code::InvalidArgument, by(field, reason)));
    }
    let status = suite.get(&acme, By::RecordId(record(1).to_string()), "zz").await.expect_err("refused");
    assert_eq!(status.get_error_details().error_info().expect("a reason").reason, "READ_TOKEN_INVALID");

    assert_eq!(violated(&suite.export(&acme, vec![]).await.expect_err("refused")), by("record_ids", "FIELD_REQUIRED"));
    let many = vec![record(1).to_string(); 101];
    assert_eq!(violated(&suite.export(&acme, many).await.expect_err("refused")), by("record_ids", "FIELD_TOO_LONG"));
    let two = vec!["a".to_owned(), record(1).to_string(), PERSON.to_string()];
    let expected = [by("record_ids[0]", "FIELD_MALFORMED"), by("record_ids[2]", "FIELD_MALFORMED")].concat();
    assert_eq!(violated(&suite.export(&acme, two).await.expect_err("refused")), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_are_read_at_once_as_each_is_by_itself() {
    for place in places() {
        let (suite, acme) = (Suite::start(&place, Options::default()).await, tenant("acme"));
        let person = |number| PersonId([number; 16]);
        let moves: Vec<_> = (1..=5).map(|number| (record(number), 1, Some(person(number)))).collect();
        suite.changed(&acme, &moves, &[]).await;
        // The fifth was merged into the fourth, and that into the first.
        let merged = [(record(5), 2, Some(person(1))), (record(4), 2, Some(person(1)))];
        suite.changed(&acme, &merged, &[(person(5), 1, Some(person(4))), (person(4), 1, Some(person(1)))]).await;
        let said: Vec<_> = (1..=5_u8)
            .map(|number| told(number.into(), Type::OrderPlaced, record(number), 9 - i64::from(number)))
            .map(|told| told.given_name("Jan").email("jan@example.nl"))
            .collect();
        let token = suite.record(&acme, seal(&suite.keyring, &acme, &said).await).await;
        suite.followed(&token).await;
        let ids = [person(3), person(77), person(5), person(1), person(3)];
        let all = suite.several(&acme, &ids, &[]).await;
        assert_eq!(all.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [0, 2, 3, 4]);
        for (place, profile) in all {
            let by = By::PersonId(ids[usize::try_from(place).expect("a place")].to_string());
            assert_eq!(suite.get(&acme, by, "").await.expect("a profile").profile, Some(profile));
        }
        assert_eq!(suite.several(&tenant("other"), &ids, &[]).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wanted_is_shown_and_nothing_else() {
    for place in places() {
        let (suite, acme) = (Suite::start(&place, Options::default()).await, tenant("acme"));
        suite.changed(&acme, &[(record(1), 1, Some(PERSON))], &[]).await;
        let said =
            told(1, Type::OrderPlaced, record(1), 1).given_name("Jan").family_name("Smit").email("jan@example.nl");
        let token = suite.record(&acme, seal(&suite.keyring, &acme, &[said]).await).await;
        suite.followed(&token).await;
        for (wanted, shown, counts) in [
            (vec![], vec!["contact.email", "name.family_name", "name.given_name"], 1),
            (vec!["name"], vec!["name.family_name", "name.given_name"], 0),
            (vec!["name.given_name", "contact", "touchpoints"], vec!["contact.email", "name.given_name"], 1),
            (vec!["touchpoints"], vec![], 1),
            (vec!["address", "name.given"], vec![], 0),
        ] {
            let paths = wanted.iter().map(|&path: &&str| path.to_owned()).collect();
            let by = Some(By::PersonId(PERSON.to_string()));
            // Twice: the second time it is hot.
            for _ in 0..2 {
                let request = GetProfileRequest { by: by.clone(), paths: Clone::clone(&paths), ..Default::default() };
                let answer = suite.client.clone().get_profile(as_tenant(&acme, request)).await.expect("a profile");
                let profile = answer.into_inner().profile.expect("a profile");
                let several = suite.several(&acme, &[PERSON], &wanted).await;
                assert_eq!(several, [(0, profile.clone())]);
                let paths: Vec<_> = profile.fields.iter().map(|field| field.path.as_str()).collect();
                assert_eq!((paths, profile.touchpoints.len()), (shown.clone(), counts), "{wanted:?}");
            }
        }
    }
}
