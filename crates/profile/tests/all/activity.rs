//! How much happened, by day and type: of whomever, and as it was when a person is erased.

use std::time::Duration;

use tenure_journal::Operate as _;
use tenure_kernel::{PersonId, Tenant};
use tenure_proto::{
    collector::v1::TouchpointType as Type,
    profile::v1::{ErasePersonRequest, Erasure, ListActivityCountsRequest, record_decision::Decision},
};
use tenure_store::testing::TestPlace;
use tokio::time::{Instant, sleep};

use crate::{
    entries::{append, held_draft},
    suite::{NOW, Options, Suite, as_tenant, places, tenant},
    touchpoints::{DAY, Told, record, seal, told},
};

const PERSON: PersonId = PersonId([1; 16]);

/// Records 1 and 2 are one person, record 3 another.
async fn started(place: &TestPlace, acme: &Tenant, said: &[Told]) -> Suite {
    let suite = Suite::start(place, Options { ranges: 4, ..Options::default() }).await;
    let moves = [(1, PERSON), (2, PERSON), (3, PersonId([2; 16]))].map(|(n, whose)| (record(n), 1, Some(whose)));
    let token = suite.changed(acme, &moves, &[]).await;
    suite.followed(&token).await;
    say(&suite, acme, said).await;
    suite
}

async fn say(suite: &Suite, acme: &Tenant, said: &[Told]) {
    let token = suite.record(acme, seal(&suite.keyring, acme, said).await).await;
    suite.followed(&token).await;
}

/// The counts of the last thirty days, by days ago and type.
async fn counts(suite: &Suite, of: &Tenant, page_size: i32) -> Vec<(i32, Type, i64)> {
    let today = i32::try_from(NOW.0.div_euclid(DAY)).expect("a day");
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let ask = ListActivityCountsRequest { first_day: today - 30, last_day: today, page_size, page_token };
        let page = suite.client.clone().list_activity_counts(as_tenant(of, ask)).await.expect("a page").into_inner();
        assert!(page_size == 0 || i32::try_from(page.counts.len()).is_ok_and(|size| size <= page_size));
        all.extend(page.counts.iter().map(|one| (today - one.day, one.r#type(), one.count)));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

/// Of records 1 and 3 alike: 24 orders five days ago and 10 calls the day before. Of record 1: too few to be told of, and what is counted nowhere.
fn busy() -> Vec<Told> {
    let whose = |n| record(if n % 2 == 0 { 3 } else { 1 });
    let mut all: Vec<Told> = (0..24).map(|n| told(n, Type::OrderPlaced, whose(n), 5)).collect();
    all.extend((30..40).map(|n| told(n, Type::CallEnded, whose(n), 6)));
    all.extend((50..59).map(|n| told(n, Type::LoginSucceeded, record(1), 5)));
    all.extend((60..80).map(|n| told(n, Type::VulnerabilitySignalled, record(1), 5)));
    all.extend((80..100).map(|n| told(n, Type::KycPassed, record(1), 5)));
    all.extend((100..120).map(|n| told(n, Type::OrderPlaced, record(1), 5).aml_only()));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_leaves_the_counts_as_they_were() {
    for place in places() {
        let acme = tenant("acme");
        let suite = started(&place, &acme, &busy()).await;
        let expected = [(6, Type::CallEnded, 10), (5, Type::OrderPlaced, 24)];
        assert_eq!(counts(&suite, &acme, 0).await, expected, "neither few, nor special, nor due diligence's");
        assert_eq!(counts(&suite, &acme, 1).await, expected, "page by page");
        assert!(counts(&suite, &tenant("other"), 0).await.is_empty());
        let token = suite.erase(&acme, &[record(1)]).await;
        suite.followed(&token).await;
        assert_eq!(suite.number("SELECT COUNT(*) FROM fact_slot").await, 17, "those of the other");
        assert_eq!(counts(&suite, &acme, 0).await, expected);
        // What is told of it again is not taken in, and not counted.
        say(&suite, &acme, &[told(200, Type::OrderPlaced, record(1), 5)]).await;
        assert_eq!(counts(&suite, &acme, 0).await, expected);
        // A rebuild counts the same, though it meets what was told before and after the erasure in one batch with it.
        let generation = suite.profile.following().rebuild().await.expect("begun");
        let until = Instant::now() + Duration::from_secs(60);
        while suite.number("SELECT active FROM projection WHERE name = 'profile'").await != generation {
            assert!(Instant::now() < until, "the rebuild does not end");
            sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(counts(&suite, &acme, 0).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_corrected_counts_as_it_is_now() {
    for place in places() {
        let acme = tenant("acme");
        let suite = started(&place, &acme, &busy()).await;
        let amended = [
            told(300, Type::CallEnded, record(3), 6).corrects(0, 1),
            told(301, Type::OrderPlaced, record(1), 5).retracts(1, 1),
            told(302, Type::OrderPlaced, record(3), 5).corrects(2, 1),
            told(303, Type::OrderPlaced, record(3), 5).corrects(2, 1),
        ];
        for _ in 0..2 {
            say(&suite, &acme, &amended).await;
            assert_eq!(counts(&suite, &acme, 0).await, [(6, Type::CallEnded, 11), (5, Type::OrderPlaced, 22)]);
        }
        say(&suite, &acme, &[told(304, Type::OrderPlaced, record(3), 5).corrects(0, 2)]).await;
        assert_eq!(counts(&suite, &acme, 0).await, [(6, Type::CallEnded, 10), (5, Type::OrderPlaced, 23)]);
    }
}

/// Of each class of a record: what is done with it, why, how many facts, and whether it has an end.
fn classes(erasure: &Erasure, place: usize) -> Vec<(&str, Decision, &str, i32, bool)> {
    let all = erasure.records[place].classes.iter();
    all.map(|one| {
        let ends = one.retain_until_time.is_some();
        (one.class_code.as_str(), one.decision(), one.ground_code.as_str(), one.facts, ends)
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_says_what_is_done_with_each_class_of_facts() {
    for place in places() {
        let acme = tenant("acme");
        let said = [
            told(1, Type::OrderPlaced, record(1), 3).given_name("Jan"),
            told(2, Type::LoginSucceeded, record(1), 3),
            told(3, Type::OrderPlaced, record(2), 3),
            told(4, Type::KycPassed, record(2), 3).given_name("Johan"),
            told(5, Type::OrderPlaced, record(3), 3).given_name("Kim"),
        ];
        let suite = started(&place, &acme, &said).await;
        let token = append(&suite.expectation, vec![held_draft(&acme, record(3), 1, Some(None))]).await;
        suite.followed(&token).await;
        let erase = async |person: PersonId| {
            let ask = ErasePersonRequest {
                request_id: person.to_string(),
                person_id: person.to_string(),
                read_after: String::new(),
            };
            let begun = suite.client.clone().erase_person(as_tenant(&acme, ask)).await.expect("begun");
            begun.into_inner().erasure.expect("an erasure")
        };
        let one = erase(PERSON).await;
        let expected = [
            ("statements", Decision::Erase, "request", 1, false),
            ("happenings", Decision::Anonymise, "statistics", 2, false),
        ];
        assert_eq!(classes(&one, 0), expected);
        let expected = [
            ("happenings", Decision::Retain, "aml_retention", 1, true),
            ("due_diligence", Decision::Retain, "aml_retention", 1, true),
        ];
        assert_eq!(classes(&one, 1), expected);
        let expected = [
            // The name, and that the record is held.
            ("statements", Decision::Retain, "complaint_record", 2, false),
            ("happenings", Decision::Retain, "complaint_record", 1, false),
        ];
        assert_eq!(classes(&erase(PersonId([2; 16])).await, 0), expected);
    }
}
