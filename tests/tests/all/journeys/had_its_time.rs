//! What happened and had its time is forgotten everywhere while its customer goes on being known: no service counts it, no export or database holds
//! it, what was told of the customer with it stays, and a rebuild ends in the same.

use std::{collections::BTreeMap, time::Duration};

use futures::TryStreamExt as _;
use prost_types::Timestamp;
use tenure_journal::Operate as _;
use tenure_kernel::Tenant;
use tenure_proto::{
    collector::v1::{
        ContactDetail, Correlation, CustomDetail, CustomSchema, RecordTouchpointsRequest, RegisterSchemaRequest,
        ReportSourceProgressRequest, SubjectAttributes, Touchpoint, TouchpointType as Type, amendment::Kind,
        touchpoint::Detail,
    },
    expectation::v1::{CheckSurveyRequest, Survey, SurveyKind, check_survey_request},
    profile::v1::{
        ApplyRetentionRequest, DefineRetentionRequest, EndRightRequest, ExportPersonRequest, FactPeriod,
        GetProfileRequest, GetRetentionRunRequest, HoldPersonRequest, ListActivityCountsRequest, Profile,
        RetentionPolicy, RetentionRun, export_person_request, get_profile_request::By, record_decision::Decision,
    },
    value::v1::ListPurchaseSummariesRequest,
};
use tenure_store::{Dialect, Query as _, Store, testing::TestPlace};
use tenure_tests::{
    caller::Caller,
    host::Host,
    touchpoints::{NEW_YEAR, amending, purchase, touchpoint, with_attributes},
};
use tokio::time::{Instant, sleep};

use super::sealed;

const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until a condition holds.
macro_rules! until {
    ($what:expr, $condition:expr) => {
        let until = Instant::now() + PATIENCE;
        while !$condition {
            assert!(Instant::now() < until, "{}", $what);
            sleep(Duration::from_millis(20)).await;
        }
    };
}

/// What nothing may tell of any more, wherever it was said: in a reference, a note, a document, a product.
const CANARIES: [&str; 5] =
    ["zaak-kanarie-1", "kanarie in een notitie", "kanarie in een document", "kanarie-schoen", "kanarie-later"];

/// A touchpoint of Zwaluw's, that says her name, a reference and a note.
fn called(event_id: &str, key: &str, day: i64) -> Touchpoint {
    let attributes = SubjectAttributes { family_name: "Zwaluw".to_owned(), ..SubjectAttributes::default() };
    let mut called = with_attributes(touchpoint(Type::CallEnded, "desk", event_id, key, day), attributes);
    called.correlation = Some(Correlation { case_ref: CANARIES[0].to_owned(), ..Correlation::default() });
    called.note = CANARIES[1].to_owned();
    called.detail = Some(Detail::Contact(ContactDetail { handle_seconds: 600, ..ContactDetail::default() }));
    called
}

/// Of a customer with three purchases, of which two are old, old calls, of which one was corrected, and a document of the tenant's own.
fn of(key: &str) -> Vec<Touchpoint> {
    let event = |name: &str| format!("{key}-{name}");
    let mut old = purchase("desk", &event("old"), key, -900, 1_999);
    old.correlation = Some(Correlation { order_ref: CANARIES[3].to_owned(), ..Correlation::default() });
    vec![
        old,
        purchase("desk", &event("older"), key, -950, 2_999),
        purchase("desk", &event("new"), key, 5, 7_777),
        called(&event("call"), key, -700),
        amending(called(&event("amended"), key, -690), Kind::Correction, &event("call"), 1),
        called(&event("second"), key, -650),
        touchpoint(Type::FeatureUsed, "desk", &event("used"), key, 6),
    ]
}

/// What is told of a customer in a document of the tenant's own.
fn document(key: &str) -> Touchpoint {
    let json = format!(r#"{{"said":"{}"}}"#, CANARIES[2]);
    let custom = CustomDetail { schema_name: "visit".to_owned(), schema_revision: 0, json };
    let visit = touchpoint(Type::Custom, "desk", &format!("{key}-own"), key, -800);
    Touchpoint { detail: Some(Detail::Custom(custom)), ..visit }
}

async fn record(caller: &mut Caller, touchpoints: Vec<Touchpoint>) -> (Vec<String>, String) {
    let request = RecordTouchpointsRequest { touchpoints, validate_only: false };
    let answer = caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
    assert!(answer.outcomes.iter().all(|one| one.violations.is_empty()), "{:?}", answer.outcomes);
    (answer.outcomes.into_iter().map(|outcome| outcome.record_id).collect(), answer.read_token)
}

async fn profile(caller: &mut Caller, record: &str, read_after: &str) -> Profile {
    let by = Some(By::RecordId(record.to_owned()));
    let ask = GetProfileRequest { by, read_after: read_after.to_owned(), ..Default::default() };
    caller.profile.get_profile(ask).await.expect("a profile").into_inner().profile.expect("set")
}

fn counts(profile: &Profile) -> BTreeMap<String, i64> {
    profile.touchpoints.iter().map(|one| (one.r#type.clone(), one.count)).collect()
}

fn what_is_left() -> BTreeMap<String, i64> {
    ["order.placed", "feature.used"].map(|name| (name.to_owned(), 1)).into()
}

/// All that every service holds of a person, as it is given to it.
async fn held(caller: &mut Caller, record: &str) -> String {
    let by = Some(export_person_request::By::RecordId(record.to_owned()));
    let stream =
        caller.profile.export_person(ExportPersonRequest { by, ..Default::default() }).await.expect("an export");
    let parts: Vec<_> = stream.into_inner().try_collect().await.expect("all of it");
    String::from_utf8_lossy(&parts.iter().flat_map(prost::Message::encode_to_vec).collect::<Vec<_>>()).into_owned()
}

fn canaries(text: &str) -> Vec<&'static str> {
    CANARIES.into_iter().filter(|one| text.contains(one)).collect()
}

async fn ran(caller: &mut Caller, request_id: &str, dry_run: bool) -> RetentionRun {
    let ask = ApplyRetentionRequest { request_id: request_id.to_owned(), dry_run, read_after: String::new() };
    let begun = caller.profile.apply_retention(ask).await.expect("begun").into_inner().run.expect("a run");
    let until = Instant::now() + PATIENCE;
    loop {
        let ask = GetRetentionRunRequest { run_id: begun.run_id.clone() };
        let run = caller.profile.get_retention_run(ask).await.expect("a run").into_inner().run.expect("a run");
        let gone = run.counts.iter().filter(|one| one.decision() == Decision::Anonymise).map(|one| one.facts).sum();
        if run.done_time.is_some() && (dry_run || run.forgotten_facts >= gone) {
            assert_eq!(run.forgotten_facts, if dry_run { 0 } else { gone }, "the run proves itself");
            return run;
        }
        assert!(Instant::now() < until, "the run does not end: {run:?}");
        sleep(Duration::from_millis(20)).await;
    }
}

fn lines(run: &RetentionRun) -> Vec<(&str, Decision, &str, i64, i64)> {
    let line = run.counts.iter();
    line.map(|one| (one.class_code.as_str(), one.decision(), one.ground_code.as_str(), one.records, one.facts))
        .collect()
}

/// How much happened, of whomever, by what. Ten customers, so that it is told.
async fn activity(caller: &mut Caller) -> BTreeMap<(i32, i32), i64> {
    let ask = ListActivityCountsRequest { last_day: 30_000, page_size: 1_000, ..Default::default() };
    let page = caller.profile.list_activity_counts(ask).await.expect("counts").into_inner();
    page.counts.iter().map(|one| ((one.day, one.r#type), one.count)).collect()
}

async fn define(caller: &mut Caller) {
    let schema = CustomSchema { name: "visit".to_owned(), revision: 0, json_schema: "{}".to_owned() };
    caller.collector.register_schema(RegisterSchemaRequest { schema: Some(schema) }).await.expect("registered");
    let period = |(code, days): (&str, i32)| FactPeriod { class_code: code.to_owned(), days };
    let fact_periods = [("contacts", 365), ("orders", 365), ("custom", 30), ("digital", 9_000)].map(period).to_vec();
    let policy = Some(RetentionPolicy { fact_periods, ..Default::default() });
    let ask = DefineRetentionRequest { policy, expected_version: None };
    caller.profile.define_retention(ask).await.expect("defined");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_had_its_time_is_forgotten_everywhere_and_its_customer_is_not() {
    for place in TestPlace::each() {
        let host = Host::start(place).await;
        let mut caller = host.caller("acme");
        define(&mut caller).await;
        // Eleven customers alike, of whom two have a document and one of these is on hold.
        let mut all: Vec<Touchpoint> = (0..11).flat_map(|n| of(&format!("klant-{n}"))).collect();
        all.extend([document("klant-0"), document("klant-1")]);
        let (records, token) = record(&mut caller, all).await;
        let (free, on_hold) = (records[0].clone(), records[7].clone());
        let before = profile(&mut caller, &free, &token).await;
        assert_eq!(counts(&before)["call.ended"], 2);
        let hold = HoldPersonRequest {
            request_id: "hold".to_owned(),
            person_id: profile(&mut caller, &on_hold, &token).await.person_id,
            ground_code: "court_case".to_owned(),
            ..Default::default()
        };
        let stated = caller.profile.hold_person(hold).await.expect("held").into_inner();
        profile(&mut caller, &on_hold, &stated.read_token).await;
        assert_eq!(canaries(&held(&mut caller, &free).await), CANARIES[..4]);
        let counted = activity(&mut caller).await;
        assert!(!counted.is_empty());

        let dry = ran(&mut caller, "dry", true).await;
        let expected = [
            ("orders", Decision::Anonymise, "statistics", 10, 20),
            ("orders", Decision::Retain, "legal_hold", 1, 2),
            ("contacts", Decision::Anonymise, "statistics", 10, 20),
            ("contacts", Decision::Retain, "legal_hold", 1, 2),
            ("custom", Decision::Anonymise, "statistics", 1, 1),
            ("custom", Decision::Retain, "legal_hold", 1, 1),
        ];
        assert_eq!((lines(&dry), dry.due_persons), (expected.to_vec(), 0));
        assert_eq!(canaries(&held(&mut caller, &free).await), CANARIES[..4], "a dry run forgets nothing");
        let run = ran(&mut caller, "run", false).await;
        assert_eq!(lines(&run), lines(&dry));

        let after = profile(&mut caller, &free, "").await;
        assert_eq!(counts(&after), what_is_left());
        assert!(after.fields.iter().any(|field| field.value == "Zwaluw"), "what she was told to be called stays");
        until!("value or expectation tell of it still", canaries(&held(&mut caller, &free).await).is_empty());
        assert_eq!(canaries(&held(&mut caller, &on_hold).await), CANARIES[..4], "what is held stays");
        until!("how much happened is not as it was", activity(&mut caller).await == counted);
        // Another run finds what is held only.
        let kept: Vec<_> = expected.into_iter().filter(|one| one.1 == Decision::Retain).collect();
        assert_eq!(lines(&ran(&mut caller, "again", false).await), kept);

        amended_late(&mut caller, &free).await;
        let end = EndRightRequest { request_id: "end".to_owned(), right_id: stated.right.expect("set").right_id };
        let ended = caller.profile.end_right(end).await.expect("ended").into_inner();
        profile(&mut caller, &on_hold, &ended.read_token).await;
        ran(&mut caller, "released", false).await;
        until!("what was held is told still", canaries(&held(&mut caller, &on_hold).await).is_empty());
        rebuilt(&host).await;
        until!("how much happened is built otherwise", activity(&mut caller).await == counted);
        nothing_is_left(&host).await;
        host.stop().await;
    }
}

/// What is amended is forgotten already, and so is the amendment, without a run.
async fn amended_late(caller: &mut Caller, whose: &str) {
    let mut late = amending(called("klant-0-late", "klant-0", -600), Kind::Correction, "klant-0-call", 2);
    late.correlation = Some(Correlation { case_ref: CANARIES[4].to_owned(), ..Correlation::default() });
    let (_, token) = record(caller, vec![late]).await;
    let found = profile(caller, whose, &token).await;
    assert_eq!(counts(&found), what_is_left(), "it does not come back");
    until!("an amendment is told still", canaries(&held(caller, whose).await).is_empty());
}

/// Each service is built anew from what the journals tell now, and is as it was.
async fn rebuilt(host: &Host) {
    let acme: Tenant = "acme".parse().expect("a tenant");
    let before = settled(host, &acme).await;
    let suite = &host.suite;
    let identity = suite.identity().expect("hosted").following();
    until_built(identity.rebuild().await.expect("begun"), identity.store(), "identity").await;
    let profile = suite.profile().expect("hosted").following();
    until_built(profile.rebuild().await.expect("begun"), profile.store(), "profile").await;
    let value = suite.value().expect("hosted").following();
    until_built(value.rebuild().await.expect("begun"), value.store(), "value").await;
    let expectation = suite.expectation().expect("hosted").following();
    until_built(expectation.rebuild().await.expect("begun"), expectation.store(), "expectation").await;
    assert_eq!(settled(host, &acme).await, before);
}

/// The state once every service has followed all that the collector told so far, and looked at everybody.
async fn settled(host: &Host, acme: &Tenant) -> Vec<String> {
    let mut caller = host.caller("acme");
    let complete_until = Some(Timestamp { seconds: NEW_YEAR, nanos: 0 });
    let progress = ReportSourceProgressRequest { source: "desk".to_owned(), complete_until };
    let read_after = caller.collector.report_source_progress(progress).await.expect("reported").into_inner().read_token;
    let currency_code = "EUR".to_owned();
    let listed = ListPurchaseSummariesRequest { currency_code, read_after: read_after.clone(), ..Default::default() };
    let summaries =
        caller.value.list_purchase_summaries(listed).await.expect("value has followed").into_inner().summaries;
    let by = Some(check_survey_request::By::PersonId(summaries[0].person_id.clone()));
    let survey = Some(Survey { kind: SurveyKind::RelationalNps.into(), ..Survey::default() });
    let ask = CheckSurveyRequest { by, survey, read_after: read_after.clone() };
    caller.expectation.check_survey(ask).await.expect("expectation has followed");
    profile(&mut caller, &summaries[0].record_ids[0], &read_after).await;
    let mut state = host.state(acme).await;
    loop {
        sleep(Duration::from_millis(200)).await;
        let now = host.state(acme).await;
        if now == std::mem::replace(&mut state, now.clone()) {
            return now;
        }
    }
}

async fn until_built(generation: i64, store: &Store, name: &str) {
    let sql = "SELECT active FROM projection WHERE name = ?";
    let active = async || {
        let row = store.first(sql, vec![name.into()]).await.expect("a query").expect("a row");
        row.get::<i64>(0).expect("a generation")
    };
    until!(format!("{name} is not built"), active().await == generation);
}

/// No row of any table holds a canary.
async fn nothing_is_left(host: &Host) {
    if host.place.dialect() == Dialect::Postgres {
        let text = String::from_utf8_lossy(&sealed::dump(&host.place).await).into_owned();
        assert_eq!(canaries(&text), [""; 0]);
        for canary in CANARIES {
            let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
            assert!(!text.contains(&hex), "{canary}");
        }
        return;
    }
    let suite = &host.suite;
    let stores = [
        suite.collector().expect("hosted").following().store(),
        suite.identity().expect("hosted").following().store(),
        suite.profile().expect("hosted").following().store(),
        suite.value().expect("hosted").following().store(),
        suite.expectation().expect("hosted").following().store(),
    ];
    for store in stores {
        let sql = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' /* whole */";
        let columns = store.all(sql, vec![]).await.expect("columns");
        assert!(columns.len() > 50, "the tables are there");
        for row in columns {
            let (table, column): (String, String) = (row.get(0).expect("a name"), row.get(1).expect("a name"));
            let sql = format!(
                "SELECT COUNT(*) FROM {table} WHERE INSTR(CAST({column} AS BLOB), CAST(? AS BLOB)) > 0 /* whole */"
            );
            for canary in CANARIES {
                let found = store.first(&sql, vec![canary.into()]).await.expect("a query").expect("a row");
                assert_eq!(found.get::<i64>(0).expect("a count"), 0, "{table}.{column} holds {canary}");
            }
        }
    }
}
