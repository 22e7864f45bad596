//! What happened and had its time is forgotten once the collector tells that its journal does not tell of it any more, and does not come back by being
//! amended.

use std::{collections::BTreeMap, time::Duration};

use prost::{Message as _, Name as _};
use tenure_journal::read_page;
use tenure_kernel::{PersonId, RecordId, Tenant, Timestamp};
use tenure_proto::{
    collector::v1::TouchpointType as Type,
    profile::v1::{
        ApplyRetentionRequest, DefineRetentionRequest, FactPeriod, ForgettingDecided, GetRetentionRunRequest,
        RetentionPolicy, RetentionRun, record_decision::Decision,
    },
};
use tokio::time::{Instant, sleep};

use crate::{
    entries::{append, forgotten_draft},
    suite::{NOW, Options, Suite, as_tenant, places, tenant},
    touchpoints::{Told, id, record, seal, told},
};

const PERSON: PersonId = PersonId([7; 16]);

async fn say(suite: &Suite, acme: &Tenant, all: &[Told]) {
    let token = suite.record(acme, seal(&suite.keyring, acme, all).await).await;
    suite.followed(&token).await;
}

/// A person that called long ago, which was corrected, said its name with it, and came by of late.
async fn known(suite: &Suite, acme: &Tenant) {
    let token = suite.changed(acme, &[(record(1), 1, Some(PERSON)), (record(2), 1, Some(PERSON))], &[]).await;
    suite.followed(&token).await;
    let all = [
        told(1, Type::CallEnded, record(1), 400).given_name("Jan"),
        told(2, Type::CallEnded, record(1), 390).corrects(1, 1).given_name("Johan"),
        told(3, Type::CallEnded, record(2), 380),
        told(4, Type::CallEnded, record(2), 30),
        told(5, Type::FeatureUsed, record(2), 5),
    ];
    say(suite, acme, &all).await;
    let fact_periods = vec![FactPeriod { class_code: "contacts".to_owned(), days: 365 }];
    let policy = Some(RetentionPolicy { fact_periods, ..Default::default() });
    let define = DefineRetentionRequest { policy, expected_version: None };
    suite.client.clone().define_retention(as_tenant(acme, define)).await.expect("defined");
}

async fn found(suite: &Suite, acme: &Tenant, run_id: &str) -> RetentionRun {
    let ask = GetRetentionRunRequest { run_id: run_id.to_owned() };
    let found = suite.client.clone().get_retention_run(as_tenant(acme, ask)).await.expect("a run");
    found.into_inner().run.expect("a run")
}

async fn ran(suite: &Suite, acme: &Tenant, request_id: &str) -> RetentionRun {
    let ask = ApplyRetentionRequest { request_id: request_id.to_owned(), ..Default::default() };
    let begun = suite.client.clone().apply_retention(as_tenant(acme, ask)).await.expect("begun").into_inner();
    let run_id = begun.run.expect("a run").run_id;
    until("the run does not end", async || found(suite, acme, &run_id).await.done_time.is_some()).await;
    found(suite, acme, &run_id).await
}

async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !holds().await {
        assert!(Instant::now() < until, "{what}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// What was decided, in the order of the journal.
async fn decided(suite: &Suite) -> Vec<ForgettingDecided> {
    let page = read_page(suite.profile.journal().store(), 0, &[].into()).await.expect("a page");
    let entries = page.entries.iter().filter(|entry| entry.type_name == ForgettingDecided::full_name());
    entries.map(|entry| ForgettingDecided::decode(entry.payload.clone()).expect("a decision")).collect()
}

/// Facts and entries of a decision, by record.
fn facts(decided: &ForgettingDecided) -> BTreeMap<RecordId, (Vec<u8>, Vec<i64>)> {
    let fact = |one: &tenure_proto::profile::v1::forgetting_decided::Fact| {
        (RecordId::from_slice(&one.record_id).expect("an id"), (one.fact_id.clone(), one.sequences.clone()))
    };
    decided.facts.iter().map(fact).collect()
}

async fn forget(suite: &Suite, acme: &Tenant, decided: &ForgettingDecided) {
    let token = append(&suite.collector, vec![forgotten_draft(acme, decided.clone())]).await;
    suite.followed(&token).await;
}

/// How often what happened, and the name.
async fn now(suite: &Suite, acme: &Tenant) -> (BTreeMap<String, i64>, Vec<String>) {
    let profile = suite.profile_of(acme, record(1), "").await;
    let names = profile.fields.iter().filter(|field| field.path == "name.given_name");
    let counts = profile.touchpoints.iter().map(|one| (one.r#type.clone(), one.count)).collect();
    (counts, names.map(|field| field.value.clone()).collect())
}

fn counted(calls: i64) -> BTreeMap<String, i64> {
    [("call.ended".to_owned(), calls), ("feature.used".to_owned(), 1)].into()
}

async fn happened(suite: &Suite) -> i64 {
    suite.number("SELECT CAST(SUM(happened) AS BIGINT) FROM activity_count").await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_had_its_time_goes_and_what_was_said_with_it_stays() {
    for place in places() {
        let suite = Suite::start(&place, Options { ranges: 4, ..Options::default() }).await;
        let acme = tenant("acme");
        known(&suite, &acme).await;
        assert_eq!(now(&suite, &acme).await, (counted(3), vec!["Johan".to_owned()]));
        assert_eq!(happened(&suite).await, 4);

        let run = ran(&suite, &acme, "run").await;
        let line = &run.counts[0];
        let what = (line.class_code.as_str(), line.decision(), line.ground_code.as_str(), line.records, line.facts);
        assert_eq!((run.counts.len(), what), (1, ("contacts", Decision::Anonymise, "statistics", 2, 2)));
        let first = decided(&suite).await;
        let of: Vec<_> = first.iter().flat_map(facts).collect();
        let expected = [(record(1), (id(1).0.to_vec(), vec![1, 2])), (record(2), (id(3).0.to_vec(), vec![3]))];
        assert_eq!(of, expected);
        assert_eq!(run.forgotten_facts, 0, "the collector has not told yet");

        for one in &first {
            forget(&suite, &acme, one).await;
        }
        let after = counted(1);
        assert_eq!(now(&suite, &acme).await, (after.clone(), vec!["Johan".to_owned()]));
        let there = found(&suite, &acme, &run.run_id).await;
        assert_eq!(there.forgotten_facts, 2);
        let list = suite.client.clone().list_retention_runs(as_tenant(&acme, Default::default())).await;
        assert_eq!(list.expect("a page").into_inner().runs, [there]);
        until("the counts do not come back", async || happened(&suite).await == 4).await;
        // Nothing is found again, nor told again if it is told twice.
        assert_eq!(ran(&suite, &acme, "again").await.counts, []);
        forget(&suite, &acme, &first[0]).await;
        assert_eq!((decided(&suite).await.len(), happened(&suite).await), (first.len(), 4));
        assert_eq!(now(&suite, &acme).await.0, after);

        // An amendment says what it says, but what it amends does not come back, and its entry is rewritten at once.
        let late = told(6, Type::CallEnded, record(1), 20).corrects(1, 2).given_name("Janus");
        say(&suite, &acme, &[late]).await;
        assert_eq!(now(&suite, &acme).await, (after.clone(), vec!["Janus".to_owned()]));
        let all = decided(&suite).await;
        let last = all.last().expect("a decision");
        assert_eq!((all.len(), last.run_id.len()), (first.len() + 1, 0));
        assert_eq!(facts(last), [(record(1), (id(1).0.to_vec(), vec![8]))].into());
        forget(&suite, &acme, last).await;
        assert_eq!((decided(&suite).await.len(), happened(&suite).await), (first.len() + 1, 4));
        assert_eq!(now(&suite, &acme).await, (after, vec!["Janus".to_owned()]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amendment_that_comes_between_the_decision_and_the_deed_is_not_left_over() {
    for place in places() {
        let (suite, acme) = (Suite::start(&place, Options::default()).await, tenant("acme"));
        known(&suite, &acme).await;
        ran(&suite, &acme, "run").await;
        let first = decided(&suite).await;
        assert_eq!(first.len(), 1);
        say(&suite, &acme, &[told(6, Type::CallEnded, record(1), 20).corrects(1, 2)]).await;
        assert_eq!(now(&suite, &acme).await.0["call.ended"], 3, "it is not forgotten yet");
        forget(&suite, &acme, &first[0]).await;
        assert_eq!(now(&suite, &acme).await.0["call.ended"], 1);
        let all = decided(&suite).await;
        assert_eq!((all.len(), facts(&all[1])), (2, [(record(1), (id(1).0.to_vec(), vec![6]))].into()));
        forget(&suite, &acme, &all[1]).await;
        assert_eq!(decided(&suite).await.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_far_ahead_waits_for_those_who_forget() {
    for place in places() {
        let (suite, acme) = (Suite::start(&place, Options::default()).await, tenant("acme"));
        known(&suite, &acme).await;
        // More than a page of persons, and more than two thousand facts in its first.
        let ids = (0..230_u32).map(|n| [n.to_be_bytes(), [9; 4], [9; 4], [9; 4]].concat());
        let moves: Vec<(RecordId, i64, Option<PersonId>)> =
            ids.map(|id| (RecordId::from_slice(&id).expect("an id"), 1, PersonId::from_slice(&id).ok())).collect();
        let token = suite.changed(&acme, &moves, &[]).await;
        suite.followed(&token).await;
        let calls = moves.iter().flat_map(|(record, ..)| (0..13).map(|n| (*record, if n == 0 { 3 } else { 400 + n })));
        let all: Vec<Told> =
            (1_000..).zip(calls).map(|(n, (whose, days))| told(n, Type::CallEnded, whose, days)).collect();
        say(&suite, &acme, &all).await;

        let ask = ApplyRetentionRequest { request_id: "run".to_owned(), ..Default::default() };
        let begun = suite.client.clone().apply_retention(as_tenant(&acme, ask)).await.expect("begun").into_inner();
        let run_id = begun.run.expect("a run").run_id;
        until("the run does not begin", async || found(&suite, &acme, &run_id).await.persons > 0).await;
        suite.clock.set(Timestamp(NOW.0 + 1_000_000));
        sleep(Duration::from_millis(500)).await;
        let run = found(&suite, &acme, &run_id).await;
        assert_eq!((run.persons, run.done_time), (200, None), "it goes no further");
        for one in &decided(&suite).await {
            forget(&suite, &acme, one).await;
        }
        suite.clock.set(Timestamp(NOW.0 + 2_000_000));
        until("the run does not go on", async || found(&suite, &acme, &run_id).await.done_time.is_some()).await;
        let run = found(&suite, &acme, &run_id).await;
        assert_eq!((run.persons, run.counts[0].facts), (231, 230 * 12 + 2));
    }
}
