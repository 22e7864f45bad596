//! A tenant moves to another deployment and another kind of database, and back: it is known there as it was here, nobody else comes along,
//! and everything goes on.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
    sync::Arc,
    time::Duration,
};

use futures::TryStreamExt as _;
use tempfile::TempDir;
use tenure_kernel::{Tenant, Timestamp, clock::SetClock};
use tenure_proto::{
    collector::v1::{
        RecordTouchpointsRequest, ReportSourceProgressRequest, TouchpointType, outcome::Status as Outcome,
    },
    expectation::v1::{
        CheckSurveyRequest, ComplaintReceipt, ListComplaintsRequest, RegisterComplaintRequest, Survey, SurveyKind,
        check_survey_request,
    },
    profile::v1::{
        ErasePersonRequest, ExportPersonRequest, GetErasureRequest, GetProfileRequest, ListErasuresRequest,
        erasure::State, export_person_request::By, export_person_response::Part, get_profile_request,
    },
    value::v1::{
        CostRate, ListCostRatesRequest, ListPurchaseSummariesRequest, PurchaseSummary, RegisterCostRatesRequest,
    },
};
use tenure_store::{Query as _, testing::TestPlace};
use tenure_tests::{
    caller::Caller,
    cluster::binary,
    faults::witness::{Witness, routed},
    host::Host,
    touchpoints::{NEW_YEAR, purchase},
};
use tokio::time::{Instant, sleep};

use super::permutation;
use crate::definitions;

const PATIENCE: Duration = Duration::from_secs(60);
/// Tuesday 14 April 2026, at noon.
const NOW: i64 = (NEW_YEAR + 103 * 86_400 + 10 * 3_600) * 1_000_000;
/// Where the tenant moves to, the work is shared among more replicas.
const RANGES: u16 = 4;
/// Who moves, and who stays.
const TENANTS: [&str; 2] = ["acme", "neighbour"];

/// The command on a deployment's databases.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        // Those of the hosts.
        let kek = folder.path().join("kek");
        fs::write(&kek, "07".repeat(32)).expect("written");
        fs::set_permissions(&kek, fs::Permissions::from_mode(0o600)).expect("private");
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, place: &TestPlace, args: &[&str], ranges: &str) -> Output {
        let mut command = Command::new(binary());
        command.args(args).current_dir(self.path()).env_remove("TENURE_CONFIG");
        command.env("TENURE__STORE__URL", &place.config.url).env("TENURE__KEYRING__KEK_FILE", "kek");
        command.env("TENURE__CREDENTIALS__API_KEYS_FILE", "keys.toml").env("TENURE__FOLLOW__RANGES", ranges);
        command.output().expect("the command runs")
    }

    /// Runs it to an end that is no failure. Connections of a suite that ended may go a moment later.
    async fn done(&self, place: &TestPlace, args: &[&str], ranges: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let output = self.run(place, args, ranges);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            if output.status.success() {
                return;
            }
            assert!(said.contains(" runs") && Instant::now() < until, "{args:?}: {said}");
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// What it says when it refuses.
    fn refused(&self, place: &TestPlace, args: &[&str], ranges: &str) -> String {
        let output = self.run(place, args, ranges);
        assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// The files of an export.
    fn files(&self, name: &str) -> BTreeMap<String, String> {
        let files = fs::read_dir(self.path().join(name)).expect("an export").map(|file| file.expect("a file"));
        files
            .map(|file| {
                let text = fs::read_to_string(file.path()).expect("text");
                (file.file_name().to_string_lossy().into_owned(), text)
            })
            .collect()
    }
}

async fn until<T>(what: &str, mut found: impl AsyncFnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = found().await {
            return found;
        }
        assert!(Instant::now() < until, "{what} did not come");
        sleep(Duration::from_millis(20)).await;
    }
}

async fn summaries(caller: &mut Caller, read_after: &str) -> Vec<PurchaseSummary> {
    let currency_code = "EUR".to_owned();
    let ask = ListPurchaseSummariesRequest { currency_code, read_after: read_after.to_owned(), ..Default::default() };
    caller.value.list_purchase_summaries(ask).await.expect("summaries").into_inner().summaries
}

/// What is told of a tenant before it moves: a history of three sources, what the tenant sets itself, a complaint, and somebody's erasure.
struct Told {
    /// A person that complained, and one of its records.
    person: (String, String),
    /// Of a purchase of the erased customer and of one who stays.
    events: [(&'static str, &'static str); 2],
    read_token: String,
}

async fn tell(caller: &mut Caller) -> Told {
    permutation::in_some_order(caller, 0, 0).await;
    let bought = vec![purchase("shop", "goes", "goes", 3, 1_999), purchase("shop", "stays", "stays", 3, 2_999)];
    let request = RecordTouchpointsRequest { touchpoints: bought, validate_only: false };
    let answer = caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
    let found = summaries(caller, &answer.read_token).await;
    let of = |record: &str| {
        let one = found.iter().find(|one| one.record_ids.iter().any(|id| id == record)).expect("a customer");
        one.person_id.clone()
    };
    let (goes, stays) = (answer.outcomes[0].record_id.clone(), answer.outcomes[1].record_id.clone());
    let complete_until = Some(prost_types::Timestamp { seconds: NEW_YEAR + 86_400 * 100, nanos: 0 });
    let progress = ReportSourceProgressRequest { source: "shop".to_owned(), complete_until };
    caller.collector.report_source_progress(progress).await.expect("reported");
    definitions::definitions(caller).await;
    let kind = TouchpointType::CallEnded.into();
    let rates = vec![CostRate { r#type: kind, minor_units: 500, ..CostRate::default() }];
    let rates = RegisterCostRatesRequest {
        request_id: "rates".to_owned(),
        currency_code: "EUR".to_owned(),
        earned_part: Some(0.3),
        rates,
    };
    caller.value.register_cost_rates(rates).await.expect("registered");
    let register = RegisterComplaintRequest {
        request_id: "complain".to_owned(),
        record_id: stays.clone(),
        receipt: Some(ComplaintReceipt {
            receive_time: Some(prost_types::Timestamp { seconds: NEW_YEAR + 86_400 * 102, nanos: 0 }),
            ..Default::default()
        }),
        actor_ref: "eva".to_owned(),
        text: "Ik wacht al drie weken".to_owned(),
        ..Default::default()
    };
    until("the record", async || caller.expectation.register_complaint(register.clone()).await.ok()).await;
    let ask = ErasePersonRequest { request_id: "erase".to_owned(), person_id: of(&goes), ..Default::default() };
    let begun = until("the person", async || caller.profile.erase_person(ask.clone()).await.ok()).await.into_inner();
    let ask = GetErasureRequest { erasure_id: begun.erasure.expect("set").erasure_id };
    let done = async || {
        let erasure = caller.profile.get_erasure(ask.clone()).await.ok()?.into_inner().erasure?;
        (erasure.state() == State::Done).then_some(())
    };
    until("the erasure", done).await;
    let events = [("goes", "goes"), ("stays", "stays")];
    Told { person: (of(&stays), stays), events, read_token: answer.read_token }
}

/// What every service says of a tenant.
async fn seen(host: &Host, told: &Told) -> Vec<String> {
    let tenant: Tenant = TENANTS[0].parse().expect("a tenant");
    let caller = &mut host.caller(TENANTS[0]);
    let mut seen = host.state(&tenant).await;
    let (person, record) = &told.person;
    let by = Some(get_profile_request::By::PersonId(person.clone()));
    let ask = GetProfileRequest { by, read_after: told.read_token.clone(), ..Default::default() };
    seen.push(format!("{:?}", caller.profile.get_profile(ask).await.expect("a profile").into_inner()));
    let ask = ExportPersonRequest { by: Some(By::RecordId(record.clone())), ..Default::default() };
    let parts: Vec<_> =
        caller.profile.export_person(ask).await.expect("an export").into_inner().try_collect().await.expect("all");
    let items = parts.into_iter().filter_map(|part| match part.part {
        Some(Part::Item(item)) => Some(format!("{item:?}")),
        _ => None,
    });
    let items: Vec<String> = items.collect();
    assert!(items.len() > 4, "{items:?}");
    seen.extend(items);
    let ask = ListComplaintsRequest { include_ended: true, ..Default::default() };
    let complaints = caller.expectation.list_complaints(ask).await.expect("complaints").into_inner().complaints;
    assert_eq!(complaints.len(), 1);
    seen.push(format!("{complaints:?}"));
    let survey = Some(Survey { kind: SurveyKind::RelationalNps.into(), ..Survey::default() });
    let by = Some(check_survey_request::By::PersonId(person.clone()));
    let ask = CheckSurveyRequest { by, survey, ..Default::default() };
    let decided = caller.expectation.check_survey(ask).await.expect("a decision").into_inner();
    assert!(!decided.decision.as_ref().expect("set").reasons.is_empty(), "who complains is not asked");
    seen.push(format!("{decided:?}"));
    seen.push(format!("{:?}", summaries(caller, "").await));
    let rates = caller.value.list_cost_rates(ListCostRatesRequest::default()).await.expect("rates").into_inner();
    seen.push(format!("{rates:?}"));
    let erasures = caller.profile.list_erasures(ListErasuresRequest::default()).await.expect("erasures").into_inner();
    assert_eq!(erasures.erasures.len(), 1);
    seen.push(format!("{erasures:?}"));
    seen
}

/// The same once nothing more comes of what was told.
async fn settled(host: &Host, told: &Told) -> Vec<String> {
    let mut last = Vec::new();
    let settled = async || {
        let now = seen(host, told).await;
        let before = std::mem::replace(&mut last, now.clone());
        sleep(Duration::from_millis(500)).await;
        (now == before).then_some(now)
    };
    until("rest", settled).await
}

/// Things go on: what was told is a duplicate, the erased stay away, and what is new is followed to the end.
async fn go_on(host: &Host, told: &Told, event: &str) {
    let caller = &mut host.caller(TENANTS[0]);
    let [(goes, gone), (stays, key)] = told.events;
    let before = summaries(caller, &told.read_token).await;
    let touchpoints = vec![
        purchase("shop", stays, key, 3, 2_999),
        purchase("shop", goes, gone, 3, 1_999),
        purchase("shop", &format!("{event}-gone"), gone, 9, 5),
        purchase("shop", event, key, 9, 777),
        purchase("shop", &format!("{event}-new"), event, 9, 888),
    ];
    let request = RecordTouchpointsRequest { touchpoints, validate_only: false };
    let answer = caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
    let outcomes: Vec<Outcome> = answer.outcomes.iter().map(|outcome| outcome.status()).collect();
    let [duplicate, suppressed, accepted] = [Outcome::Duplicate, Outcome::Suppressed, Outcome::Accepted];
    assert_eq!(outcomes, [duplicate, suppressed, suppressed, accepted, accepted]);
    permutation::follow(caller, &answer.read_token).await;
    let after = summaries(caller, &answer.read_token).await;
    assert_eq!(after.len(), before.len() + 1, "one customer more");
    let worth = |found: &[PurchaseSummary]| {
        found.iter().find(|one| one.person_id == told.person.0).expect("still there").purchases
    };
    assert_eq!(worth(&after), worth(&before) + 1, "of the same person");
}

/// Nothing of others, and of checkpoints what is the tenant's own.
async fn is_the_tenants_own(place: &TestPlace, desk: &Desk) {
    let witness = Witness::open(&place.config, &desk.path().join("kek"), RANGES).await.expect("the databases");
    let mut counted = 0;
    for checkpoint in witness.checkpoints().await.expect("checkpoints") {
        let mut entries = witness.journal(&checkpoint.journal).await.expect("a journal");
        assert!(entries.iter().all(|entry| entry.tenant == TENANTS[0]));
        entries.retain(|entry| entry.sequence <= checkpoint.sequence);
        let had = routed(&entries, checkpoint.range, RANGES);
        assert_eq!(checkpoint.applied + checkpoint.parked, had, "{checkpoint:?}");
        counted += had;
    }
    assert!(counted > 100, "{counted}");
}

async fn in_four_ranges(place: TestPlace, clock: Arc<SetClock>) -> Host {
    Host::configured(place, clock, None, |config| config.follow.ranges = RANGES).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_moves_to_another_kind_of_database_and_back() {
    let Some(postgres) = TestPlace::database().await else { return };
    let (desk, clock) = (Desk::new(), Arc::new(SetClock::new(Timestamp(NOW))));
    let host = Host::at(TestPlace::sqlite(), clock.clone()).await;
    let told = tell(&mut host.caller(TENANTS[0])).await;
    permutation::in_some_order(&mut host.caller(TENANTS[1]), 1, 0).await;
    let before = settled(&host, &told).await;
    let sqlite = host.stop().await;
    desk.done(&sqlite, &["export-tenant", TENANTS[0], "away", "--ranges", "4"], "1").await;
    let away = desk.files("away");
    let foreign = format!("\"tenant\":\"{}\"", TENANTS[1]);
    assert!(away.values().all(|text| !text.contains(&foreign)));
    for file in
        ["collector.erased_record", "identity.membership", "expectation.timer", "keyring.data_key", "profile.erasure"]
    {
        assert!(!away[&format!("{file}.jsonl")].is_empty(), "{file}");
    }

    let refused = desk.refused(&postgres, &["import-tenant", "away"], "2");
    assert!(refused.contains("set follow.ranges = 4, or export with --ranges 2"), "{refused}");
    desk.done(&postgres, &["import-tenant", "away"], "4").await;
    desk.done(&postgres, &["export-tenant", TENANTS[0], "there"], "4").await;
    assert!(desk.files("there") == away, "what came is what went");
    is_the_tenants_own(&postgres, &desk).await;
    let host = in_four_ranges(postgres, clock.clone()).await;
    assert_eq!(seen(&host, &told).await, before);
    assert_eq!(host.state(&TENANTS[1].parse().expect("a tenant")).await, Vec::<String>::new());
    go_on(&host, &told, "there").await;
    let before = settled(&host, &told).await;
    let postgres = host.stop().await;

    desk.done(&postgres, &["export-tenant", TENANTS[0], "home"], "4").await;
    is_the_tenants_own(&postgres, &desk).await;
    let sqlite = TestPlace::sqlite();
    desk.done(&sqlite, &["import-tenant", "home"], "4").await;
    let host = in_four_ranges(sqlite, clock).await;
    assert_eq!(seen(&host, &told).await, before);
    go_on(&host, &told, "home").await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_with_a_live_lease_is_left_alone() {
    let Some(place) = TestPlace::database().await else { return };
    let desk = Desk::new();
    let host = Host::start(place).await;
    host.caller("acme")
        .collector
        .record_touchpoints(RecordTouchpointsRequest {
            touchpoints: vec![purchase("shop", "a", "a", 3, 1_999)],
            validate_only: false,
        })
        .await
        .expect("recorded");
    let refused = desk.refused(&host.place, &["export-tenant", "acme", "away"], "1");
    assert!(refused.contains("collector runs: end all processes of the suite first"), "{refused}");
    let place = host.stop().await;
    let store = place.open::<tenure_value::Migrator>("value").await;
    let tx = store.begin().await.expect("a transaction");
    tx.execute("UPDATE lease SET expires_at = ?", vec![i64::MAX.into()]).await.expect("held");
    tx.commit().await.expect("committed");
    store.close().await;
    let until = Instant::now() + PATIENCE;
    loop {
        let refused = desk.refused(&place, &["export-tenant", "acme", "away"], "1");
        if refused.contains("value runs, or was killed just now: it holds a lease") {
            break;
        }
        assert!(Instant::now() < until, "{refused}");
    }
    assert!(!desk.path().join("away").exists());
}
