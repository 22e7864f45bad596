//! What has had its time goes, as a dry run said before; what is held or must be kept stays; a run that is broken off goes on.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tenure_kernel::{PersonId, RecordId, Tenant, Timestamp};
use tenure_proto::{
    collector::v1::TouchpointType as Type,
    profile::v1::{
        ApplyRetentionRequest, DefineRetentionRequest, ErasePersonRequest, Erasure, GetRetentionRequest,
        GetRetentionRunRequest, HoldPersonRequest, ListErasuresRequest, ListRetentionRunsRequest,
        ObjectToProfilingRequest, RestrictPersonRequest, RetentionPeriod, RetentionPolicy, RetentionRun,
        record_decision::Decision,
    },
};
use tenure_store::testing::TestPlace;
use tokio::time::{Instant, sleep};
use tonic::Code;

use crate::{
    entries::{append, held_draft},
    suite::{NOW, Options, Suite, as_tenant, places, tenant},
    touchpoints::{record, seal, told},
};

fn person(number: u8) -> PersonId {
    PersonId([number; 16])
}

/// Persons by number, a record each of the same number: 1 bought long ago, 2 lately; 3 called long ago, 4 lately; 5, 6, 9 and 10 bought long ago, but 5 is
/// held, 6 went through due diligence, 9 complained, and has record 19 besides, and 10 is restricted; 7 has a contract that goes on, of long ago; 8
/// called long ago and asked to be erased; 11 called long ago and objected lately; of 12 nothing is known.
async fn known(place: &TestPlace, ranges: u16) -> (Suite, Tenant) {
    let suite = Suite::start(place, Options { ranges, ..Options::default() }).await;
    let acme = tenant("acme");
    let mut moves: Vec<(RecordId, i64, Option<PersonId>)> = (1..=12).map(|n| (record(n), 1, Some(person(n)))).collect();
    moves.push((record(19), 1, Some(person(9))));
    let token = suite.changed(&acme, &moves, &[]).await;
    suite.followed(&token).await;
    let all = [
        told(1, Type::OrderPlaced, record(1), 400).given_name("Jan"),
        told(2, Type::CallEnded, record(1), 390),
        told(3, Type::OrderPlaced, record(2), 100),
        told(4, Type::CallEnded, record(3), 40).given_name("Piet"),
        told(5, Type::CallEnded, record(4), 20),
        told(6, Type::OrderPlaced, record(5), 400),
        told(7, Type::OrderPlaced, record(6), 400),
        told(8, Type::KycPassed, record(6), 395).given_name("Johan"),
        told(9, Type::ContractStarted, record(7), 900).contract("P-7"),
        told(10, Type::CallEnded, record(8), 60),
        told(11, Type::OrderPlaced, record(9), 400),
        told(12, Type::CallEnded, record(19), 380),
        told(13, Type::OrderPlaced, record(10), 400),
        told(14, Type::CallEnded, record(11), 45),
    ];
    let token = suite.record(&acme, seal(&suite.keyring, &acme, &all).await).await;
    suite.followed(&token).await;
    let token = append(&suite.expectation, vec![held_draft(&acme, record(9), 1, Some(None))]).await;
    suite.followed(&token).await;
    state_rights(&suite, &acme).await;
    (suite, acme)
}

async fn state_rights(suite: &Suite, acme: &Tenant) {
    let rights = || suite.client.clone();
    let hold = HoldPersonRequest {
        request_id: "hold".to_owned(),
        person_id: person(5).to_string(),
        ground_code: "court_case".to_owned(),
        ..Default::default()
    };
    rights().hold_person(as_tenant(acme, hold)).await.expect("held");
    let restrict = RestrictPersonRequest {
        request_id: "restrict".to_owned(),
        person_id: person(10).to_string(),
        ground_code: "needed_for_a_claim".to_owned(),
        ..Default::default()
    };
    rights().restrict_person(as_tenant(acme, restrict)).await.expect("restricted");
    let (request_id, person_id) = ("object".to_owned(), person(11).to_string());
    let object = ObjectToProfilingRequest { request_id, person_id, ..Default::default() };
    let objected = rights().object_to_profiling(as_tenant(acme, object)).await.expect("noted").into_inner();
    suite.followed(&objected.read_token).await;
    let (request_id, person_id) = ("erase".to_owned(), person(8).to_string());
    let erase = ErasePersonRequest { request_id, person_id, ..Default::default() };
    rights().erase_person(as_tenant(acme, erase)).await.expect("begun");
}

fn periods(customers: i32, prospects: i32) -> DefineRetentionRequest {
    let period = |(code, days): (&str, i32)| RetentionPeriod { kind_code: code.to_owned(), days };
    let periods = [("customers", customers), ("prospects", prospects)].map(period).to_vec();
    DefineRetentionRequest { policy: Some(RetentionPolicy { periods, ..Default::default() }), expected_version: None }
}

async fn define(suite: &Suite, acme: &Tenant, ask: DefineRetentionRequest) -> RetentionPolicy {
    let answer = suite.client.clone().define_retention(as_tenant(acme, ask)).await.expect("defined");
    answer.into_inner().policy.expect("a policy")
}

fn apply(request_id: &str, dry_run: bool) -> ApplyRetentionRequest {
    ApplyRetentionRequest { request_id: request_id.to_owned(), dry_run, read_after: String::new() }
}

async fn begin(suite: &Suite, acme: &Tenant, request_id: &str, dry_run: bool) -> RetentionRun {
    let ask = as_tenant(acme, apply(request_id, dry_run));
    suite.client.clone().apply_retention(ask).await.expect("begun").into_inner().run.expect("a run")
}

async fn done(suite: &Suite, acme: &Tenant, run_id: &str) -> RetentionRun {
    let until = Instant::now() + Duration::from_secs(180);
    loop {
        let ask = GetRetentionRunRequest { run_id: run_id.to_owned() };
        let answer = suite.client.clone().get_retention_run(as_tenant(acme, ask)).await.expect("a run").into_inner();
        let run = answer.run.expect("a run");
        if run.done_time.is_some() {
            return run;
        }
        assert!(Instant::now() < until, "the run does not end");
        sleep(Duration::from_millis(20)).await;
    }
}

/// A run from its beginning to its end.
async fn ran(suite: &Suite, acme: &Tenant, request_id: &str, dry_run: bool) -> RetentionRun {
    let run = begin(suite, acme, request_id, dry_run).await;
    done(suite, acme, &run.run_id).await
}

/// What a run found, without which and when it was.
fn found(run: &RetentionRun) -> RetentionRun {
    let run = run.clone();
    RetentionRun { run_id: String::new(), dry_run: false, begin_time: None, done_time: None, ..run }
}

fn lines(run: &RetentionRun) -> Vec<(&str, &str, Decision, &str, i64, i64)> {
    let counts = run.counts.iter();
    counts
        .map(|one| {
            let (kind, class, ground) = (one.kind_code.as_str(), one.class_code.as_str(), one.ground_code.as_str());
            (kind, class, one.decision(), ground, one.records, one.facts)
        })
        .collect()
}

/// What has had its time of those whom [`known`] names, by customers of a year ago and prospects of a month ago.
const LINES: [(&str, &str, Decision, &str, i64, i64); 12] = [
    ("customers", "statements", Decision::Erase, "retention", 1, 1),
    ("customers", "statements", Decision::Retain, "legal_hold", 1, 1),
    ("customers", "statements", Decision::Retain, "complaint_record", 1, 1),
    ("customers", "statements", Decision::Retain, "restriction", 1, 1),
    ("customers", "happenings", Decision::Anonymise, "statistics", 2, 3),
    ("customers", "happenings", Decision::Retain, "aml_retention", 1, 1),
    ("customers", "happenings", Decision::Retain, "legal_hold", 1, 1),
    ("customers", "happenings", Decision::Retain, "complaint_record", 1, 1),
    ("customers", "happenings", Decision::Retain, "restriction", 1, 1),
    ("customers", "due_diligence", Decision::Retain, "aml_retention", 1, 1),
    ("prospects", "statements", Decision::Erase, "retention", 2, 2),
    ("prospects", "happenings", Decision::Anonymise, "statistics", 2, 2),
];

/// How many records and facts go, by class and ground: as a report says, and as receipts do.
type Gone = BTreeMap<(String, String), (i64, i64)>;

fn reported(run: &RetentionRun) -> Gone {
    let mut gone = Gone::new();
    for one in run.counts.iter().filter(|one| one.decision() != Decision::Retain) {
        let there = gone.entry((one.class_code.clone(), one.ground_code.clone())).or_default();
        *there = (there.0 + one.records, there.1 + one.facts);
    }
    gone
}

fn done_by(erasures: &[Erasure]) -> Gone {
    let mut gone = Gone::new();
    let records = erasures.iter().flat_map(|erasure| &erasure.records);
    for one in records.flat_map(|record| &record.classes) {
        let there = gone.entry((one.class_code.clone(), one.ground_code.clone())).or_default();
        *there = (there.0 + 1, there.1 + i64::from(one.facts));
    }
    gone
}

/// The erasures that a run began.
async fn erasures(suite: &Suite, acme: &Tenant, run_id: &str) -> Vec<Erasure> {
    let ask = as_tenant(acme, ListErasuresRequest { page_size: 1_000, ..Default::default() });
    let mut all = suite.client.clone().list_erasures(ask).await.expect("a page").into_inner().erasures;
    all.retain(|one| one.retention_run_id == run_id);
    all
}

async fn happened(suite: &Suite) -> i64 {
    suite.number("SELECT CAST(SUM(happened) AS BIGINT) FROM activity_count").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_does_what_a_dry_one_says() {
    for place in places() {
        let (suite, acme) = known(&place, 4).await;
        let none = suite.client.clone().apply_retention(as_tenant(&acme, apply("early", true))).await;
        assert_eq!(none.expect_err("no policy").code(), Code::NotFound);
        assert_eq!(define(&suite, &acme, periods(365, 30)).await.version, 1);
        let (facts, counted) = (suite.number("SELECT COUNT(*) FROM fact_slot").await, happened(&suite).await);
        let dry = ran(&suite, &acme, "dry", true).await;
        assert_eq!(lines(&dry), LINES);
        assert_eq!((dry.persons, dry.due_persons, dry.policy_version), (12, 7, 1));
        assert_eq!(erasures(&suite, &acme, &dry.run_id).await, [], "a dry run erases nothing");
        assert_eq!(suite.number("SELECT COUNT(*) FROM erasure").await, 1, "and the customer's own request");

        let run = ran(&suite, &acme, "run", false).await;
        assert_eq!(found(&run), found(&dry), "the report is what the dry run said");
        let begun = erasures(&suite, &acme, &run.run_id).await;
        assert_eq!(done_by(&begun), reported(&dry), "what is done is what the report says");
        let records = begun.iter().flat_map(|one| &one.records).map(|one| one.record_id.clone());
        assert_eq!(BTreeSet::from_iter(records), [1, 3, 11, 19].map(|n| record(n).to_string()).into());
        // The same request is answered by the same run; another body is refused.
        assert_eq!(begin(&suite, &acme, "run", false).await, run);
        let other = suite.client.clone().apply_retention(as_tenant(&acme, apply("run", true))).await;
        assert_eq!(other.expect_err("another").code(), Code::AlreadyExists);
        // Another run finds what is kept only, before and after the collector has done what was decided.
        let kept: Vec<_> = LINES.into_iter().filter(|one| one.2 == Decision::Retain).collect();
        let again = ran(&suite, &acme, "again", false).await;
        assert_eq!((lines(&again), again.due_persons), (kept.clone(), 4));
        assert_eq!(erasures(&suite, &acme, &again.run_id).await, []);
        let token = suite.erase(&acme, &[1, 3, 8, 11, 19].map(record)).await;
        suite.followed(&token).await;
        let again = ran(&suite, &acme, "and again", false).await;
        assert_eq!((lines(&again), again.persons, again.due_persons), (kept, 8, 4));
        // The six facts that had their time are gone, and that of the customer who asked; how much happened is as it was.
        assert_eq!(suite.number("SELECT COUNT(*) FROM fact_slot").await, facts - 7);
        assert_eq!(happened(&suite).await, counted);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_listed_the_newest_first_and_in_pages() {
    for place in places() {
        let (suite, acme) = known(&place, 1).await;
        let page = async |page_size, page_token: String| {
            let ask = as_tenant(&acme, ListRetentionRunsRequest { page_size, page_token });
            let page = suite.client.clone().list_retention_runs(ask).await.expect("a page").into_inner();
            (page.runs, page.next_page_token)
        };
        assert_eq!(page(0, String::new()).await, (vec![], String::new()));
        define(&suite, &acme, periods(365, 30)).await;
        let mut runs = Vec::new();
        for (request, minutes) in [("one", 0), ("two", 0), ("three", 1)] {
            suite.clock.set(Timestamp(NOW.0 + minutes * 60_000_000));
            runs.push(ran(&suite, &acme, request, true).await);
        }
        let (first, token) = page(2, String::new()).await;
        assert_eq!((&first[0], token.is_empty()), (&runs[2], false));
        let (second, token) = page(2, token).await;
        assert_eq!((second.len(), token), (1, String::new()));
        let all: BTreeSet<String> = first.iter().chain(&second).map(|run| run.run_id.clone()).collect();
        assert_eq!(all, runs.iter().map(|run| run.run_id.clone()).collect());
        let ask = as_tenant(&tenant("other"), ListRetentionRunsRequest::default());
        assert_eq!(suite.client.clone().list_retention_runs(ask).await.expect("a page").into_inner().runs, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn periods_are_versions_and_the_newest_counts() {
    for place in places() {
        let (suite, acme) = known(&place, 1).await;
        assert_eq!(define(&suite, &acme, periods(365, 365)).await.version, 1);
        assert_eq!(define(&suite, &acme, periods(365, 365)).await.version, 1, "equal ones keep their version");
        let changed = DefineRetentionRequest { expected_version: Some(1), ..periods(365, 30) };
        let second = define(&suite, &acme, changed).await;
        assert_eq!(second.version, 2);
        let stale = DefineRetentionRequest { expected_version: Some(1), ..periods(300, 30) };
        let stale = suite.client.clone().define_retention(as_tenant(&acme, stale)).await.expect_err("stale");
        assert_eq!(stale.code(), Code::Aborted);
        let get = async |version| {
            let ask = as_tenant(&acme, GetRetentionRequest { version });
            suite.client.clone().get_retention(ask).await.map(|found| found.into_inner().policy.expect("a policy"))
        };
        assert_eq!(get(0).await.expect("the newest"), second);
        assert_eq!(get(1).await.expect("the first").periods[1].days, 365);
        assert_eq!(get(3).await.expect_err("none").code(), Code::NotFound);
        assert_eq!(ran(&suite, &acme, "dry", true).await.policy_version, 2);
        // A kind without period is kept.
        let mut customers = periods(365, 1);
        customers.policy.as_mut().expect("a policy").periods.truncate(1);
        define(&suite, &acme, customers).await;
        let run = ran(&suite, &acme, "customers", true).await;
        assert!(run.counts.iter().all(|one| one.kind_code == "customers"), "{run:?}");
        assert_eq!(run.due_persons, 5);
    }
}

/// Persons of long ago, more than two pages of a run.
async fn many(suite: &Suite, acme: &Tenant) {
    let ids = (0..450_u32).map(|n| [n.to_be_bytes(), [9; 4], [9; 4], [9; 4]].concat());
    let moves: Vec<(RecordId, i64, Option<PersonId>)> =
        ids.map(|id| (RecordId::from_slice(&id).expect("an id"), 1, PersonId::from_slice(&id).ok())).collect();
    let token = suite.changed(acme, &moves, &[]).await;
    suite.followed(&token).await;
    let all: Vec<_> = (1_000..).zip(&moves).map(|(n, (record, ..))| told(n, Type::CallEnded, *record, 80)).collect();
    let token = suite.record(acme, seal(&suite.keyring, acme, &all).await).await;
    suite.followed(&token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_broken_off_goes_on_where_it_was() {
    for place in places() {
        // The service runs in a runtime of its own, which ends in the middle of the run, wherever its tasks are.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("one");
        let (killed, dry, run_id) = tokio::task::block_in_place(|| {
            runtime.block_on(async {
                let (suite, acme) = known(&place, 1).await;
                many(&suite, &acme).await;
                define(&suite, &acme, periods(365, 30)).await;
                let dry = ran(&suite, &acme, "dry", true).await;
                let run = begin(&suite, &acme, "run", false).await;
                let begun = "SELECT COUNT(*) FROM retention_run WHERE LENGTH(after_person) > 0";
                let until = Instant::now() + Duration::from_secs(60);
                while suite.number(begun).await < 2 {
                    assert!(Instant::now() < until, "the run does not begin");
                    sleep(Duration::from_millis(2)).await;
                }
                let to_go_on = "SELECT COUNT(*) FROM timer WHERE kind = 'retention'";
                assert_eq!(suite.number(to_go_on).await, 1, "it is not done yet");
                (suite, dry, run.run_id)
            })
        });
        runtime.shutdown_background();
        drop(killed);
        assert_eq!((dry.persons, dry.due_persons), (462, 457));
        let (suite, acme) = (Suite::start(&place, Options::default()).await, tenant("acme"));
        // Nobody gave back the leases: they run out.
        suite.clock.set(Timestamp(NOW.0 + 60_000_000));
        let run = done(&suite, &acme, &run_id).await;
        assert_eq!(found(&run), found(&dry));
        let begun = erasures(&suite, &acme, &run_id).await;
        assert_eq!((begun.len(), done_by(&begun)), (454, reported(&dry)), "each once");
    }
}
