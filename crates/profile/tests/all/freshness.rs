//! Profiles kept in memory are never older than what was followed, and a rebuild changes nothing.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tenure_journal::Operate;
use tenure_kernel::PersonId;
use tenure_proto::{
    collector::v1::TouchpointType as Type,
    profile::v1::{Profile, get_profile_request::By},
};

use crate::{
    suite::{NOW, Options, Suite, places, tenant},
    touchpoints::{DAY, record, seal, told},
};

const PERSON: PersonId = PersonId([1; 16]);
const OTHER: PersonId = PersonId([2; 16]);

fn given_name(profile: &Profile) -> &str {
    profile.fields.iter().find(|field| field.path == "name.given_name").map_or("", |field| &field.value)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_older_than_what_was_followed() {
    for place in places() {
        let suite = Suite::start(&place, Options::default()).await;
        let acme = tenant("acme");
        suite.changed(&acme, &[(record(1), 1, Some(PERSON))], &[]).await;
        let (suite, acme, stop) = (&suite, &acme, &AtomicBool::new(false));
        // Readers without a token try to put what they read into memory all the while.
        let reading = || async move {
            while !stop.load(Ordering::Relaxed) {
                let _ = suite.get(acme, By::RecordId(record(1).to_string()), "").await;
                let _ = suite.get(acme, By::PersonId(OTHER.to_string()), "").await;
                tokio::task::yield_now().await;
            }
        };
        let writing = async {
            for round in 1..=40_u32 {
                let name = format!("name-{round:02}");
                let one = told(round, Type::NameChanged, record(1), 60 - i64::from(round)).given_name(&name);
                let token = suite.record(acme, seal(&suite.keyring, acme, &[one]).await).await;
                assert_eq!(given_name(&suite.profile_of(acme, record(1), &token).await), name);
                // Now the person's, now the other's.
                let (person, elsewhere) = if round % 2 == 0 { (PERSON, OTHER) } else { (OTHER, PERSON) };
                let version = i64::from(round) + 1;
                let redirects = [(elsewhere, version, Some(person)), (person, version, None)];
                let token = suite.changed(acme, &[(record(1), version, Some(person))], &redirects).await;
                for by in [By::RecordId(record(1).to_string()), By::PersonId(OTHER.to_string())] {
                    let found = suite.get(acme, by, &token).await.expect("a profile").profile.expect("a profile");
                    assert_eq!(
                        (found.person_id.as_str(), given_name(&found)),
                        (person.to_string().as_str(), name.as_str())
                    );
                }
            }
            stop.store(true, Ordering::Relaxed);
        };
        futures::join!(reading(), reading(), writing);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_planned_is_shown_from_its_time_on_even_when_hot() {
    for place in places() {
        let suite = Suite::start(&place, Options::default()).await;
        let acme = tenant("acme");
        suite.changed(&acme, &[(record(1), 1, Some(PERSON))], &[]).await;
        let all = [
            told(1, Type::NameChanged, record(1), 9).given_name("Jan"),
            told(2, Type::NameChanged, record(1), 1).given_name("Jos").effective(-30),
        ];
        let token = suite.record(&acme, seal(&suite.keyring, &acme, &all).await).await;
        for (days, name) in [(0, "Jan"), (29, "Jan"), (30, "Jos"), (31, "Jos")] {
            suite.clock.set(tenure_kernel::Timestamp(NOW.0 + days * DAY));
            assert_eq!(given_name(&suite.profile_of(&acme, record(1), &token).await), name, "{days}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_ends_in_the_same_state_while_serving() {
    for place in places() {
        let suite = Suite::start(&place, Options { ranges: 2, ..Options::default() }).await;
        let acme = tenant("acme");
        let records: Vec<_> = (1..=9).map(|number| (record(number), 1, Some(PERSON))).collect();
        suite.changed(&acme, &records, &[]).await;
        let mut all = Vec::new();
        for number in 1..=60_u32 {
            let whose = record(1 + u8::try_from(number % 9).expect("small"));
            all.push(told(number, Type::OrderPlaced, whose, i64::from(number)).given_name(&format!("name-{number}")));
        }
        all.push(told(100, Type::OrderPlaced, record(2), 1).retracts(1, 1));
        let token = suite.record(&acme, seal(&suite.keyring, &acme, &all).await).await;
        let token = {
            suite.followed(&token).await;
            suite.erase(&acme, &[record(5)]).await
        };
        suite.followed(&token).await;
        let before = suite.profile.canonical_export(&acme).await.expect("an export");
        let shown = suite.profile_of(&acme, record(1), "").await;
        let generation = suite.profile.following().rebuild().await.expect("a rebuild");
        let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
        while suite.number("SELECT active FROM projection WHERE name = 'profile'").await != generation {
            assert!(tokio::time::Instant::now() < deadline, "the rebuild does not end");
            assert_eq!(suite.profile_of(&acme, record(1), "").await, shown);
        }
        assert_eq!(suite.profile.canonical_export(&acme).await.expect("an export"), before);
        assert_eq!(suite.profile_of(&acme, record(1), "").await, shown);
        let gone = format!("SELECT COUNT(*) FROM fact_slot WHERE generation <> {generation}");
        while suite.number(&gone).await != 0 {
            assert!(tokio::time::Instant::now() < deadline, "the old generation stays");
        }
    }
}
