//! The golden corpus: payloads of every revision ever written must be read for ever. Entries of a small history stand in
//! `golden/`, with the keyring that they are sealed under; every follower applies them, parks none, and ends in the state that
//! stands beside them.
//!
//! When a payload gets a new revision, add a folder (`TENURE_UPDATE_GOLDEN=r2`) and keep the old ones.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::{StreamExt, future::BoxFuture, stream, stream::BoxStream};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use tenure_expectation::{Expectation, ExpectationConfig};
use tenure_identity::Identity;
use tenure_journal::{Operate as _, ReadToken, Source};
use tenure_kernel::{RandomIds, SystemClock, Tenant, Timestamp, clock::SetClock};
use tenure_keyring::{Kek, Keyring};
use tenure_profile::{Profile, ProfileConfig, RedisConfig};
use tenure_proto::{
    FILE_DESCRIPTOR_SET,
    collector::v1::{
        Correlation, DeliveryDetail, EraseRecordsRequest, RecordTouchpointsRequest, ReportSourceProgressRequest,
        Touchpoint, TouchpointType, touchpoint::Detail,
    },
    expectation::v1::{
        ComplaintReceipt, GetExpectationOverviewRequest, RedeemSurveyPermitRequest, RegisterComplaintRequest,
        ReserveSurveyRequest, Survey, SurveyKind, reserve_survey_request,
    },
    identity::v1::{
        ListLinkageModelsRequest, ListLinkageModelsResponse, PromoteModelRequest, TrainModelRequest,
        promote_model_request::Target,
    },
    journal::v1::{InputProgress, JournalEntry, TailRequest, TailResponse},
    profile::v1::{
        ApplyRetentionRequest, DefineRetentionRequest, DefineSegmentRequest, DefineTraitRequest, DeleteSegmentRequest,
        DeleteTraitRequest, ErasePersonRequest, ExpressionTrait, FactPeriod, GetErasureRequest, GetErasureResponse,
        GetProfileRequest, GetRetentionRunRequest, GetRetentionRunResponse, RestrictPersonRequest, RetentionPeriod,
        RetentionPolicy, SegmentDefinition, TraitAggregate, TraitDefinition, WindowedTrait, erasure,
        get_profile_request, trait_definition::Source as TraitSource,
    },
    value::v1::{CostRate, FitModelRequest, ListPurchaseSummariesRequest, RegisterCostRatesRequest},
};
use tenure_server::{PageTokens, Peer};
use tenure_store::{Query as _, testing::TestPlace};
use tenure_tests::{
    caller::Caller,
    host::Host,
    touchpoints::{NEW_YEAR, alike, in_doubt, touchpoint},
};
use tenure_value::{Value, ValueConfig};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::{definitions, journeys::permutation};

const EPOCH: [u8; 16] = [7; 16];
/// The journals that are written, and those of them that somebody follows.
const JOURNALS: [&str; 5] = ["collector", "identity", "profile", "value", "expectation"];
const FOLLOWED: [&str; 4] = ["collector", "identity", "profile", "expectation"];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/all/golden")
}

/// A journal that was written long ago.
struct Kept(Vec<JournalEntry>);

impl Source for Kept {
    fn tail(
        &self,
        request: TailRequest,
    ) -> BoxFuture<'static, Result<BoxStream<'static, Result<TailResponse, Status>>, Status>> {
        let entries: Vec<_> = self.0.iter().filter(|entry| entry.sequence > request.after).cloned().collect();
        let high_water = self.0.last().map_or(0, |entry| entry.sequence);
        // Whatever of the collector is kept was applied before the last entry here.
        let inputs = vec![InputProgress { journal: "collector".to_owned(), epoch: EPOCH.to_vec(), sequence: i64::MAX }];
        let frame = TailResponse { epoch: EPOCH.to_vec(), entries, high_water, inputs };
        Box::pin(async move { Ok(stream::once(async move { Ok(frame) }).chain(stream::pending()).boxed()) })
    }
}

fn read(file: &Path) -> Vec<JournalEntry> {
    let bytes = fs::read(file).expect("a corpus");
    let (mut rest, mut entries) = (bytes.as_slice(), Vec::new());
    while !rest.is_empty() {
        entries.push(JournalEntry::decode_length_delimited(&mut rest).expect("an entry"));
    }
    entries
}

#[tokio::test(flavor = "multi_thread")]
async fn every_revision_ever_written_is_still_read() {
    if let Ok(revision) = std::env::var("TENURE_UPDATE_GOLDEN") {
        write(&folder().join(revision)).await;
    }
    let mut revisions = 0;
    for revision in fs::read_dir(folder()).expect("a folder") {
        let revision = revision.expect("an entry").path();
        let expected = fs::read_to_string(revision.join("state.txt")).expect("a state");
        assert_eq!(replay(&revision).await.join("\n"), expected.trim_end(), "{}", revision.display());
        revisions += 1;
    }
    assert!(revisions >= 1, "there is a corpus");
}

/// The payload types of the contract: the messages of the files of events that the corpus can be decoded as.
#[test]
fn every_type_of_payload_is_in_the_corpus() {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("the contract");
    let events = pool.files().filter(|file| file.name().ends_with("_event.proto"));
    let messages: Vec<MessageDescriptor> = events.flat_map(|file| file.messages().collect::<Vec<_>>()).collect();
    // A message that another one of them holds is no payload of its own.
    let held: BTreeSet<String> = messages
        .iter()
        .flat_map(|message| message.fields().collect::<Vec<_>>())
        .filter_map(|field| field.kind().as_message().map(|held| held.full_name().to_owned()))
        .collect();
    let payloads = messages.iter().map(|message| message.full_name().to_owned()).filter(|name| !held.contains(name));
    let mut found = BTreeSet::new();
    for revision in fs::read_dir(folder()).expect("a folder") {
        let revision = revision.expect("an entry").path();
        for entry in JOURNALS.into_iter().flat_map(|journal| read(&revision.join(format!("{journal}.binpb")))) {
            let message = pool.get_message_by_name(&entry.type_name).expect("a type of the contract");
            DynamicMessage::decode(message, entry.payload).expect("decoded");
            found.insert(entry.type_name);
        }
    }
    assert_eq!(found, payloads.collect());
}

async fn keyring(place: &TestPlace) -> Keyring {
    Keyring::open(&place.config, "keyring", Kek::new(&[7; 32]).expect("a key")).await.expect("a keyring")
}

/// The followers of a corpus.
struct Followers {
    identity: Identity,
    profile: Profile,
    value: Value,
    expectation: Expectation,
}

impl Followers {
    async fn open(place: &TestPlace, kept: &BTreeMap<&'static str, Vec<JournalEntry>>) -> Self {
        let sources = || -> BTreeMap<&'static str, Arc<dyn Source>> {
            kept.iter()
                .map(|(journal, entries)| (*journal, Arc::new(Kept(entries.clone())) as Arc<dyn Source>))
                .collect()
        };
        let keyring = keyring(place).await;
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds::default()));
        let identity = tenure_identity::Parts {
            store: place.open::<tenure_identity::Migrator>("identity").await,
            keyring: keyring.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            tokens: PageTokens::new([1; 32]),
            sources: sources(),
            ranges: 1,
        };
        let profile = tenure_profile::Parts {
            store: place.open::<tenure_profile::Migrator>("profile").await,
            keyring: keyring.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            tokens: PageTokens::new([1; 32]),
            sources: sources(),
            ranges: 1,
            redis: RedisConfig::default(),
            peers: tenure_profile::Peers::default(),
        };
        let value = tenure_value::Parts {
            store: place.open::<tenure_value::Migrator>("value").await,
            clock: clock.clone(),
            ids: ids.clone(),
            tokens: PageTokens::new([1; 32]),
            sources: sources(),
            profile: Peer::later().0,
            ranges: 1,
        };
        let expectation = tenure_expectation::Parts {
            store: place.open::<tenure_expectation::Migrator>("expectation").await,
            clock,
            ids,
            tokens: PageTokens::new([1; 32]),
            keyring,
            sources: sources(),
            ranges: 1,
        };
        let config = ExpectationConfig::default();
        Self {
            identity: Identity::open(identity).await.expect("identity"),
            profile: Profile::open(profile, &ProfileConfig::default()).await.expect("profile"),
            value: Value::open(value, &ValueConfig::default()).await.expect("value"),
            expectation: Expectation::open(expectation, &config).await.expect("expectation"),
        }
    }

    /// Waits until all have followed a journal to its end. Identity does not follow itself; profile does, and is the only one who
    /// follows it here, and expectation's.
    async fn at_the_end_of(&self, journal: &str, sequence: i64) {
        let token = ReadToken { journal: journal.to_owned(), epoch: EPOCH, sequence }.encode();
        if journal == "collector" {
            self.identity.following().read_after().wait(&token, None).await.expect("identity follows");
        }
        self.profile.following().read_after().wait(&token, None).await.expect("profile follows");
        if ["profile", "expectation"].contains(&journal) {
            return;
        }
        self.value.following().read_after().wait(&token, None).await.expect("value follows");
        self.expectation.following().read_after().wait(&token, None).await.expect("expectation follows");
    }

    async fn state(&self) -> Vec<String> {
        let tenant: Tenant = "acme".parse().expect("a tenant");
        let mut state = self.identity.canonical_export(&tenant).await.expect("identity's state");
        state.extend(self.profile.canonical_export(&tenant).await.expect("profile's state"));
        state.extend(self.value.canonical_export(&tenant).await.expect("value's state"));
        state.extend(self.expectation.canonical_export(&tenant).await.expect("expectation's state"));
        state
    }

    async fn parked(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        let stores = [
            self.identity.following().store(),
            self.profile.following().store(),
            self.value.following().store(),
            self.expectation.following().store(),
        ];
        for store in stores {
            let rows = store.all("SELECT reason FROM parked", vec![]).await.expect("a query");
            reasons.extend(rows.iter().map(|row| row.get::<String>(0).expect("a reason")));
        }
        reasons
    }
}

/// Has every follower apply a corpus: the state that they end in.
async fn replay(revision: &Path) -> Vec<String> {
    let place = TestPlace::sqlite();
    let data = place.config.url.strip_prefix("sqlite:").expect("a folder").to_owned();
    fs::copy(revision.join("keyring.db"), Path::new(&data).join("keyring.db")).expect("copied");
    let kept = FOLLOWED.map(|journal| (journal, read(&revision.join(format!("{journal}.binpb"))))).into();
    let followers = Followers::open(&place, &kept).await;
    let stop = CancellationToken::new();
    let running = [
        tokio::spawn(followers.identity.clone().run(stop.clone())),
        tokio::spawn(followers.profile.clone().run(stop.clone())),
        tokio::spawn(followers.value.clone().run(stop.clone())),
        tokio::spawn(followers.expectation.clone().run(stop.clone())),
    ];
    for (journal, entries) in &kept {
        followers.at_the_end_of(journal, entries.last().map_or(0, |entry| entry.sequence)).await;
    }
    let (state, parked) = (followers.state().await, followers.parked().await);
    assert!(parked.is_empty(), "{parked:?}");
    stop.cancel();
    for task in running {
        task.await.expect("an orderly end");
    }
    state
}

/// What the journals of a history do not have yet: a source's progress, promises and surveys, a fitted model, rates, traits, an
/// erasure.
async fn the_rest(host: &Host) {
    let mut caller = host.caller("acme");
    let progress = ReportSourceProgressRequest {
        source: "shop".to_owned(),
        complete_until: Some(prost_types::Timestamp { seconds: NEW_YEAR, nanos: 0 }),
    };
    caller.collector.report_source_progress(progress).await.expect("reported");
    let promised = promises(&mut caller).await;
    let fit = FitModelRequest {
        request_id: "fit".to_owned(),
        currency_code: "EUR".to_owned(),
        period_end: Some(prost_types::Timestamp { seconds: NEW_YEAR + 86_400 * 60, nanos: 0 }),
        ..Default::default()
    };
    caller.value.fit_model(fit).await.expect("fitted");
    let (kind, request_id, currency_code) = (TouchpointType::CallEnded.into(), "rates".to_owned(), "EUR".to_owned());
    let rates = vec![CostRate { r#type: kind, minor_units: 500, ..CostRate::default() }];
    let rates = RegisterCostRatesRequest { request_id, currency_code, earned_part: Some(0.3), rates };
    caller.value.register_cost_rates(rates).await.expect("registered");
    let listed = ListPurchaseSummariesRequest { currency_code: "EUR".to_owned(), ..Default::default() };
    let summaries = caller.value.list_purchase_summaries(listed).await.expect("summaries").into_inner().summaries;
    models(&mut caller).await;
    traits(&mut caller).await;
    retention(&mut caller).await;
    rights(&mut caller, [&summaries[1].person_id, &summaries[2].person_id]).await;
    let record_ids = vec![summaries[0].record_ids[0].clone(), promised];
    let erased = caller.collector.erase_records(EraseRecordsRequest { record_ids: record_ids.clone() }).await;
    let read_after = erased.expect("erased").into_inner().read_token;
    let by = Some(get_profile_request::By::RecordId(record_ids[0].clone()));
    let read = GetProfileRequest { by, read_after: read_after.clone(), ..Default::default() };
    caller.profile.get_profile(read).await.expect_err("it is erased");
    rest(&mut caller, &read_after).await;
}

/// Traits and segments that are defined, and one of each that is deleted.
async fn traits(caller: &mut Caller) {
    let count = WindowedTrait { aggregate: TraitAggregate::Count.into(), ..WindowedTrait::default() };
    let often = ExpressionTrait { text: "touchpoints > 5".to_owned() };
    for (name, source) in [("touchpoints", TraitSource::Windowed(count)), ("often", TraitSource::Expression(often))] {
        let name = name.to_owned();
        let definition = Some(TraitDefinition { name, source: Some(source), ..TraitDefinition::default() });
        let define = DefineTraitRequest { definition, ..DefineTraitRequest::default() };
        caller.profile.define_trait(define).await.expect("defined");
    }
    caller.profile.delete_trait(DeleteTraitRequest { name: "often".to_owned() }).await.expect("deleted");
    for name in ["active", "quiet"] {
        let condition = "touchpoints > 3".to_owned();
        let definition = Some(SegmentDefinition { name: name.to_owned(), condition, ..SegmentDefinition::default() });
        let define = DefineSegmentRequest { definition, ..DefineSegmentRequest::default() };
        caller.profile.define_segment(define).await.expect("defined");
    }
    caller.profile.delete_segment(DeleteSegmentRequest { name: "quiet".to_owned() }).await.expect("deleted");
}

/// Periods after which data has had its time, and a run by them, which finds a click.
async fn retention(caller: &mut Caller) {
    let clicks = [-3_000, -2_000]
        .map(|day| touchpoint(TouchpointType::FeatureUsed, "app", &format!("click{day}"), "zwaluw", day));
    let record = RecordTouchpointsRequest { touchpoints: clicks.to_vec(), validate_only: false };
    let read_after = caller.collector.record_touchpoints(record).await.expect("recorded").into_inner().read_token;
    let periods = vec![RetentionPeriod { kind_code: "prospects".to_owned(), days: 36_500 }];
    let fact_periods = vec![FactPeriod { class_code: "digital".to_owned(), days: 365 }];
    let policy = Some(RetentionPolicy { periods, fact_periods, ..RetentionPolicy::default() });
    let define = DefineRetentionRequest { policy, expected_version: None };
    caller.profile.define_retention(define).await.expect("defined");
    let apply = ApplyRetentionRequest { request_id: "retention".to_owned(), read_after, ..Default::default() };
    let run = caller.profile.apply_retention(apply).await.expect("begun").into_inner().run.expect("a run");
    let ask = GetRetentionRunRequest { run_id: run.run_id };
    let done = |found: GetRetentionRunResponse| found.run.expect("a run").forgotten_facts > 0;
    while !done(caller.profile.get_retention_run(ask.clone()).await.expect("a run").into_inner()) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// One person is restricted, another is erased.
async fn rights(caller: &mut Caller, [restricted, erased]: [&String; 2]) {
    let restrict = RestrictPersonRequest {
        request_id: "restrict".to_owned(),
        person_id: restricted.clone(),
        ground_code: "accuracy_contested".to_owned(),
        ..Default::default()
    };
    caller.profile.restrict_person(restrict).await.expect("restricted");
    let by = Some(get_profile_request::By::PersonId(erased.clone()));
    let mut sensitive = tonic::Request::new(GetProfileRequest { by, ..Default::default() });
    sensitive.metadata_mut().insert("purpose", "privacy".parse().expect("ASCII"));
    caller.profile.get_profile(sensitive).await.expect("a profile");
    let erase = ErasePersonRequest { request_id: "erase".to_owned(), person_id: erased.clone(), ..Default::default() };
    let begun = caller.profile.erase_person(erase).await.expect("begun").into_inner().erasure.expect("an erasure");
    let ask = GetErasureRequest { erasure_id: begun.erasure_id };
    let state = |found: GetErasureResponse| found.erasure.expect("an erasure").state();
    while state(caller.profile.get_erasure(ask.clone()).await.expect("an erasure").into_inner()) != erasure::State::Done
    {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// A linkage model that is trained, and promoted until all records are weighed by it.
async fn models(caller: &mut Caller) {
    let record =
        RecordTouchpointsRequest { touchpoints: in_doubt().into_iter().chain(alike()).collect(), validate_only: false };
    let told = caller.collector.record_touchpoints(record).await.expect("recorded").into_inner();
    let train = TrainModelRequest {
        request_id: "train".to_owned(),
        read_after: told.read_token,
        ..TrainModelRequest::default()
    };
    let model = caller.identity.train_model(train).await.expect("trained").into_inner().model.expect("a model");
    let target = Some(Target::ModelId(model.model_id));
    let promote = PromoteModelRequest { request_id: "promote".to_owned(), target, expected_version: String::new() };
    caller.identity.promote_model(promote).await.expect("promoted");
    let list = ListLinkageModelsRequest::default();
    let share = |listed: ListLinkageModelsResponse| listed.in_use.expect("a model").rescored_share;
    while share(caller.identity.list_linkage_models(list.clone()).await.expect("a list").into_inner()) < 1.0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// Waits until expectation has followed, and looked at everybody again.
async fn rest(caller: &mut Caller, read_after: &str) {
    let ask = GetExpectationOverviewRequest { read_after: read_after.to_owned() };
    while caller.expectation.get_expectation_overview(ask.clone()).await.expect("an overview").into_inner().pending > 0
    {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// Promises that fall overdue; one was kept in time after all, one late. Of the third, and a survey of its customer, the record.
async fn promises(caller: &mut Caller) -> String {
    let delivery = |kind, n: i64, day| Touchpoint {
        correlation: Some(Correlation { order_ref: format!("g{n}"), ..Correlation::default() }),
        detail: Some(Detail::Delivery(DeliveryDetail {
            // The fourth is promised for a day that is not long ago.
            promised_time: Some(prost_types::Timestamp { seconds: NEW_YEAR + 86_400 * (45 + n / 4 * 50), nanos: 0 }),
            ..DeliveryDetail::default()
        })),
        ..touchpoint(kind, "post", &format!("{kind:?}{n}"), &format!("golden{n}"), day)
    };
    let promised = (1..5).map(|n| delivery(TouchpointType::DeliveryPromised, n, 42)).collect();
    let record = RecordTouchpointsRequest { touchpoints: promised, validate_only: false };
    let answer = caller.collector.record_touchpoints(record).await.expect("recorded").into_inner();
    let progress = ReportSourceProgressRequest {
        source: "post".to_owned(),
        complete_until: Some(prost_types::Timestamp { seconds: NEW_YEAR + 86_400 * 100, nanos: 0 }),
    };
    let progress = caller.collector.report_source_progress(progress).await.expect("reported").into_inner();
    rest(caller, &progress.read_token).await;
    let came = [(1, 44), (2, 47), (4, 98)];
    let delivered = came.map(|(n, day)| delivery(TouchpointType::DeliveryDelivered, n, day)).to_vec();
    let record = RecordTouchpointsRequest { touchpoints: delivered, validate_only: false };
    let told = caller.collector.record_touchpoints(record).await.expect("recorded").into_inner();
    rest(caller, &told.read_token).await;
    let reserve = ReserveSurveyRequest {
        request_id: "reserve".to_owned(),
        by: Some(reserve_survey_request::By::RecordId(answer.outcomes[0].record_id.clone())),
        survey: Some(Survey { kind: SurveyKind::RelationalNps.into(), ..Survey::default() }),
        read_after: told.read_token,
    };
    let permit = caller.expectation.reserve_survey(reserve).await.expect("an answer").into_inner();
    let redeem = RedeemSurveyPermitRequest { request_id: "redeem".to_owned(), permit_id: permit.permit_id };
    caller.expectation.redeem_survey_permit(redeem).await.expect("used");
    let register = RegisterComplaintRequest {
        request_id: "complain".to_owned(),
        record_id: answer.outcomes[1].record_id.clone(),
        receipt: Some(ComplaintReceipt {
            receive_time: Some(prost_types::Timestamp { seconds: NEW_YEAR + 86_400 * 102, nanos: 0 }),
            ..ComplaintReceipt::default()
        }),
        actor_ref: "clerk".to_owned(),
        text: "Mijn bank kwam twee dagen te laat".to_owned(),
        ..RegisterComplaintRequest::default()
    };
    caller.expectation.register_complaint(register).await.expect("registered");
    definitions::definitions(caller).await;
    rest(caller, "").await;
    definitions::recovery(caller).await;
    answer.outcomes[2].record_id.clone()
}

/// Writes a corpus from a history that is run through a suite.
async fn write(revision: &Path) {
    fs::create_dir_all(revision).expect("a folder");
    let secrets = TestPlace::sqlite();
    let shared = keyring(&secrets).await;
    // Tuesday 14 April 2026, at noon: a time to send surveys.
    let clock = Arc::new(SetClock::new(Timestamp((NEW_YEAR + 103 * 86_400 + 10 * 3_600) * 1_000_000)));
    let enriching = |config: &mut tenure::Config| config.profile.enrichment.providers = vec!["email".to_owned()];
    let host = Host::configured(TestPlace::sqlite(), clock, Some(shared), enriching).await;
    permutation::in_some_order(&mut host.caller("acme"), 0, 0).await;
    the_rest(&host).await;
    host.enriched().await;
    for journal in JOURNALS {
        let store = match journal {
            "collector" => host.suite.collector().expect("hosted").journal().store().clone(),
            "identity" => host.suite.identity().expect("hosted").following().store().clone(),
            "profile" => host.suite.profile().expect("hosted").following().store().clone(),
            "value" => host.suite.value().expect("hosted").following().store().clone(),
            _ => host.suite.expectation().expect("hosted").following().store().clone(),
        };
        let page = tenure_journal::read_page(&store, 0, &BTreeSet::new()).await.expect("entries");
        let mut bytes = Vec::new();
        for entry in page.entries {
            entry.encode_length_delimited(&mut bytes).expect("encoded");
        }
        fs::write(revision.join(format!("{journal}.binpb")), bytes).expect("written");
    }
    // VACUUM INTO copies what stands in the write-ahead log too.
    let copy = revision.join("keyring.db");
    let _ = fs::remove_file(&copy);
    let store = secrets.open::<tenure_keyring::Migrator>("keyring").await;
    store.all(&format!("VACUUM INTO '{}'", copy.display()), vec![]).await.expect("copied");
    let state = replay(revision).await.join("\n");
    fs::write(revision.join("state.txt"), format!("{state}\n")).expect("written");
}
