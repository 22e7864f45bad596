//! Every refusal that a caller of profile can get, as its full `google.rpc.Status`.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use tenure_journal::ReadToken;
use tenure_kernel::{ErasureId, PersonId, RightId};
use tenure_proto::{
    collector::v1::Money,
    profile::v1::{
        ApplyRetentionRequest, BatchGetProfilesRequest, CheckConsentRequest, DefineRetentionRequest,
        DefineSegmentRequest, DefineTraitRequest, DeleteSegmentRequest, DeleteTraitRequest, EndRightRequest,
        ErasePersonRequest, ExplainFieldRequest, ExportPersonRequest, ExportRecordsRequest, FactPeriod,
        GetConsentLedgerRequest, GetErasureRequest, GetProfileRequest, GetRetentionRequest, GetRetentionRunRequest,
        HoldPersonRequest, ListActivityCountsRequest, ListErasuresRequest, ListProfilesRequest,
        ListRetentionRunsRequest, ListSegmentsRequest, ListSensitiveReadsRequest, ListTraitsRequest,
        ObjectToProfilingRequest, RestrictPersonRequest, RetentionPeriod, RetentionPolicy, SegmentDefinition,
        TraitAggregate as Aggregate, TraitCondition, TraitDefinition, TraitMeasure as Measure, TraitValue,
        WatchProfilesRequest, WindowedTrait, check_consent_request::By as Consent, explain_field_request::By as Field,
        export_person_request, get_profile_request::By, list_sensitive_reads_request,
        profile_service_client::ProfileServiceClient, trait_value::Kind,
    },
};
use tenure_server::{Caller, Credentials, Identity, Peer, ServerBuilder, ServerConfig, testing::show};
use tenure_store::{Query, testing::TestPlace};
use tonic::metadata::MetadataValue;

use crate::{
    suite::{Options, Suite, as_tenant, places, tenant},
    touchpoints::{record, seal, told},
    traits::{expression, windowed},
};

type Client = ProfileServiceClient<Peer>;

const PERSON: PersonId = PersonId([1; 16]);

macro_rules! refused {
    ($text:ident, $client:expr, $who:expr, $name:expr, $rpc:ident, $request:expr) => {
        let status = $client.clone().$rpc(as_tenant(&tenant($who), $request)).await.expect_err($name);
        $text.push_str(&show($name, &status));
    };
}

fn get(by: Option<By>, read_after: &str) -> GetProfileRequest {
    GetProfileRequest { by, read_after: read_after.to_owned(), ..Default::default() }
}

fn several(person_ids: Vec<String>, paths: Vec<String>) -> BatchGetProfilesRequest {
    BatchGetProfilesRequest { person_ids, paths, read_after: String::new() }
}

fn explain(by: Option<Field>, path: &str) -> ExplainFieldRequest {
    ExplainFieldRequest { by, path: path.to_owned(), read_after: String::new() }
}

fn export(record_ids: Vec<String>) -> ExportRecordsRequest {
    ExportRecordsRequest { record_ids }
}

/// What is wrong with requests on consent and rights. There is a person of one record.
async fn wrong_rights(client: &Client) -> String {
    let mut text = String::new();
    let empty = CheckConsentRequest::default;
    refused!(text, client, "acme", "CheckConsent: by nothing, to nothing", check_consent, empty());
    let odd = CheckConsentRequest {
        by: Some(Consent::PersonId("person".into())),
        purpose_code: "x".repeat(65),
        channel_code: "x".repeat(65),
        jurisdiction_code: "nl".into(),
        text_versions: vec![String::new(); 21],
        as_of_time: Some(prost_types::Timestamp { seconds: 0, nanos: -1 }),
        ..empty()
    };
    refused!(text, client, "acme", "CheckConsent: everything wrong", check_consent, odd);
    let theirs = Some(Consent::PersonId(PERSON.to_string()));
    let theirs = CheckConsentRequest { by: theirs, purpose_code: "marketing".into(), ..empty() };
    refused!(text, client, "other", "CheckConsent: another tenant's person", check_consent, theirs);
    let nobody = GetConsentLedgerRequest::default();
    refused!(text, client, "acme", "GetConsentLedger: by nothing", get_consent_ledger, nobody);
    let restrict = RestrictPersonRequest {
        ground_code: "geen grond".into(),
        expire_time: Some(prost_types::Timestamp::default()),
        ..Default::default()
    };
    refused!(text, client, "acme", "RestrictPerson: everything wrong", restrict_person, restrict);
    let hold = HoldPersonRequest { person_id: "person".into(), ..Default::default() };
    refused!(text, client, "acme", "HoldPerson: no request, no person, no ground", hold_person, hold);
    let object = ObjectToProfilingRequest { purpose_code: "a b".into(), ..Default::default() };
    refused!(text, client, "acme", "ObjectToProfiling: everything wrong", object_to_profiling, object);
    refused!(text, client, "acme", "EndRight: nothing", end_right, EndRightRequest::default());
    let nothing = EndRightRequest { request_id: "1".into(), right_id: RightId([9; 16]).to_string() };
    refused!(text, client, "acme", "EndRight: of nothing", end_right, nothing);
    refused!(text, client, "acme", "ErasePerson: nobody", erase_person, ErasePersonRequest::default());
    let theirs = ErasePersonRequest { request_id: "1".into(), person_id: PERSON.to_string(), ..Default::default() };
    refused!(text, client, "other", "ErasePerson: another tenant's person", erase_person, theirs);
    refused!(text, client, "acme", "GetErasure: none", get_erasure, GetErasureRequest { erasure_id: "1".into() });
    let nowhere = GetErasureRequest { erasure_id: ErasureId([9; 16]).to_string() };
    refused!(text, client, "acme", "GetErasure: nowhere", get_erasure, nowhere);
    let page = ListErasuresRequest { page_size: -1, page_token: String::new() };
    refused!(text, client, "acme", "ListErasures: a size below 0", list_erasures, page);
    of_audits(&mut text, client).await;
    let page = ListErasuresRequest { page_size: 0, page_token: "zz".into() };
    refused!(text, client, "acme", "ListErasures: a token of nothing", list_erasures, page);
    let odd = ListActivityCountsRequest { first_day: 9, last_day: 8, page_size: -1, page_token: String::new() };
    refused!(text, client, "acme", "ListActivityCounts: everything wrong", list_activity_counts, odd);
    let odd = ListActivityCountsRequest { page_token: "zz".into(), ..Default::default() };
    refused!(text, client, "acme", "ListActivityCounts: a token of nothing", list_activity_counts, odd);
    of_retention(&mut text, client).await;
    let object = |purpose: &str| ObjectToProfilingRequest {
        request_id: "twice".into(),
        person_id: PERSON.to_string(),
        purpose_code: purpose.into(),
        ..Default::default()
    };
    client.clone().object_to_profiling(as_tenant(&tenant("acme"), object(""))).await.expect("noted");
    refused!(text, client, "acme", "ObjectToProfiling: the request twice", object_to_profiling, object("marketing"));
    text
}

async fn of_retention(text: &mut String, client: &Client) {
    let period = |code: &str, days| RetentionPeriod { kind_code: code.into(), days };
    let periods = vec![period("customers", 0), period("friends", 36_501), period("customers", 1)];
    let fact_period = |code: &str, days| FactPeriod { class_code: code.into(), days };
    let fact_periods = vec![fact_period("digital", 0), fact_period("complaints", 5), fact_period("digital", 40_000)];
    let policy = Some(RetentionPolicy { periods, fact_periods, ..Default::default() });
    let odd = DefineRetentionRequest { policy, expected_version: Some(-1) };
    refused!(text, client, "acme", "DefineRetention: everything wrong", define_retention, odd);
    let none = DefineRetentionRequest::default();
    refused!(text, client, "acme", "DefineRetention: nothing in it", define_retention, none);
    let none = ApplyRetentionRequest::default();
    refused!(text, client, "acme", "ApplyRetention: no request id", apply_retention, none);
    let early = ApplyRetentionRequest { request_id: "r".into(), dry_run: true, ..Default::default() };
    refused!(text, client, "acme", "ApplyRetention: without periods", apply_retention, early);
    let odd = GetRetentionRunRequest { run_id: "run".into() };
    refused!(text, client, "acme", "GetRetentionRun: no id", get_retention_run, odd);
    let odd = ListRetentionRunsRequest { page_size: -1, page_token: "zz".into() };
    refused!(text, client, "acme", "ListRetentionRuns: a size below 0", list_retention_runs, odd);
    refused!(text, client, "acme", "GetRetention: without periods", get_retention, GetRetentionRequest::default());
    let policy = Some(RetentionPolicy::default());
    let stale = DefineRetentionRequest { policy, expected_version: Some(3) };
    refused!(text, client, "acme", "DefineRetention: another version", define_retention, stale);
}

async fn of_audits(text: &mut String, client: &Client) {
    let reads = ListSensitiveReadsRequest {
        of: Some(list_sensitive_reads_request::Of::PersonId("nobody".into())),
        page_size: 1_001,
        ..Default::default()
    };
    refused!(text, client, "acme", "ListSensitiveReads: everything wrong", list_sensitive_reads, reads);
    let reads = ListSensitiveReadsRequest { page_token: "zz".into(), ..Default::default() };
    refused!(text, client, "acme", "ListSensitiveReads: a token of nothing", list_sensitive_reads, reads);
    let export = ExportPersonRequest::default();
    refused!(text, client, "acme", "ExportPerson: of nobody", export_person, export);
    let by = Some(export_person_request::By::PersonId(PersonId([9; 16]).to_string()));
    let export = ExportPersonRequest { by, ..Default::default() };
    refused!(text, client, "acme", "ExportPerson: of someone unknown", export_person, export);
}

/// Whoever may read profiles, but not for each purpose.
struct Reader;

impl Credentials for Reader {
    fn identify(&self, bearer: &str) -> Option<Identity> {
        let scopes = ["profile.read".to_owned(), "purpose.care".to_owned()].into();
        Some(Identity::Tenant(Caller { tenant: bearer.parse().ok()?, principal: "test".to_owned(), scopes }))
    }
}

/// For purposes that need a scope of their own.
async fn beyond_its_purposes(reader: &Client) -> String {
    let mut text = String::new();
    for purpose in ["service", "care", "aml", "legal", "privacy"] {
        let mut request = as_tenant(&tenant("acme"), get(Some(By::PersonId(PERSON.to_string())), ""));
        request.metadata_mut().insert("purpose", MetadataValue::from_static(purpose));
        match reader.clone().get_profile(request).await {
            Ok(_) => assert!(["service", "care"].contains(&purpose), "{purpose}"),
            Err(status) => text.push_str(&show(&format!("GetProfile: for {purpose}"), &status)),
        }
    }
    text
}

/// Without a purpose, or for one that is none.
async fn without_purpose(client: &Client) -> String {
    let mut text = String::new();
    let person = || get(Some(By::PersonId(PERSON.to_string())), "");
    let mut request = as_tenant(&tenant("acme"), person());
    request.metadata_mut().remove("purpose");
    let status = client.clone().get_profile(request).await.expect_err("no purpose");
    text.push_str(&show("GetProfile: for no purpose", &status));
    let mut request = as_tenant(&tenant("acme"), person());
    request.metadata_mut().insert("purpose", MetadataValue::from_static("curiosity"));
    let status = client.clone().get_profile(request).await.expect_err("no such purpose");
    text + &show("GetProfile: out of curiosity", &status)
}

/// There is a person of one record.
async fn wrong_requests(client: &Client) -> String {
    let mut text = String::new();
    refused!(text, client, "acme", "GetProfile: by nothing", get_profile, get(None, ""));
    let empty = get(Some(By::PersonId(String::new())), "");
    refused!(text, client, "acme", "GetProfile: empty person id", get_profile, empty);
    let odd = get(Some(By::PersonId(record(1).to_string())), "");
    refused!(text, client, "acme", "GetProfile: no person id", get_profile, odd);
    let empty = get(Some(By::RecordId(String::new())), "");
    refused!(text, client, "acme", "GetProfile: empty record id", get_profile, empty);
    let odd = get(Some(By::RecordId(PERSON.to_string())), "");
    refused!(text, client, "acme", "GetProfile: no record id", get_profile, odd);
    let absent = get(Some(By::PersonId(PersonId([77; 16]).to_string())), "");
    refused!(text, client, "acme", "GetProfile: nobody", get_profile, absent);
    let absent = get(Some(By::RecordId(record(77).to_string())), "");
    refused!(text, client, "acme", "GetProfile: a record of nobody", get_profile, absent);
    let theirs = get(Some(By::PersonId(PERSON.to_string())), "");
    refused!(text, client, "other", "GetProfile: another tenant's person", get_profile, theirs);
    let odd = prost_types::Timestamp { seconds: i64::MAX, nanos: 0 };
    let never = GetProfileRequest { as_of_time: Some(odd), known_time: Some(odd), ..get(None, "") };
    refused!(text, client, "acme", "GetProfile: at no time, by nothing", get_profile, never);
    let absent = get(Some(By::PersonId(PersonId([77; 16]).to_string())), "");
    let absent = GetProfileRequest { as_of_time: Some(prost_types::Timestamp::default()), ..absent };
    refused!(text, client, "acme", "GetProfile: nobody's past", get_profile, absent);
    let odd = vec!["name".to_owned(), String::new(), "nmae.given_name".to_owned(), "x".repeat(257)];
    let odd = GetProfileRequest { paths: odd, ..get(Some(By::PersonId(PERSON.to_string())), "") };
    refused!(text, client, "acme", "GetProfile: paths of no fields", get_profile, odd);
    let nobody = several(vec![], vec!["name".to_owned(); 101]);
    refused!(text, client, "acme", "BatchGetProfiles: nobody, too many paths", batch_get_profiles, nobody);
    let many = several(vec![PERSON.to_string(); 101], vec!["nmae".to_owned()]);
    refused!(text, client, "acme", "BatchGetProfiles: too many, a path of no field", batch_get_profiles, many);
    let nothing = explain(None, &"x".repeat(257));
    refused!(text, client, "acme", "ExplainField: by nothing, a long path", explain_field, nothing);
    let odd = explain(Some(Field::PersonId(record(1).to_string())), "");
    refused!(text, client, "acme", "ExplainField: no person id, no path", explain_field, odd);
    let odd = explain(Some(Field::PersonId(PERSON.to_string())), "nmae.given_name");
    refused!(text, client, "acme", "ExplainField: a path of no field", explain_field, odd);
    let absent = explain(Some(Field::RecordId(record(77).to_string())), "name.given_name");
    refused!(text, client, "acme", "ExplainField: a record of nobody", explain_field, absent);
    let theirs = explain(Some(Field::PersonId(PERSON.to_string())), "name.given_name");
    refused!(text, client, "other", "ExplainField: another tenant's person", explain_field, theirs);
    refused!(text, client, "acme", "ExportRecords: none", export_records, export(vec![]));
    let many = export(vec![record(1).to_string(); 101]);
    refused!(text, client, "acme", "ExportRecords: too many", export_records, many);
    let odd = export(vec![String::new(), record(1).to_string(), PERSON.to_string()]);
    refused!(text, client, "acme", "ExportRecords: not records", export_records, odd);
    text
}

fn define(definition: TraitDefinition) -> DefineTraitRequest {
    DefineTraitRequest { definition: Some(definition), expected_version: None }
}

fn count() -> WindowedTrait {
    WindowedTrait { aggregate: Aggregate::Count.into(), ..WindowedTrait::default() }
}

/// There are the traits `orders`, `idle` from it, and `call` from that.
async fn wrong_traits(client: &Client) -> String {
    let mut text = String::new();
    refused!(text, client, "acme", "DefineTrait: nothing", define_trait, DefineTraitRequest::default());
    let odd = WindowedTrait {
        aggregate: 99,
        measure: 99,
        currency_code: "EUR".into(),
        types: vec![140, 0, 9_999, tenure_proto::collector::v1::TouchpointType::VulnerabilitySignalled.into()],
        channels: vec![99],
        product_codes: [vec![String::new()], vec!["p".to_owned(); 50]].concat(),
        line_codes: vec!["x".repeat(65)],
        window_hours: 43_849,
    };
    let odd = DefineTraitRequest { expected_version: Some(-1), ..define(windowed("Orders!", odd)) };
    refused!(text, client, "acme", "DefineTrait: all wrong", define_trait, odd);
    let nothing = define(windowed(&"x".repeat(65), WindowedTrait::default()));
    refused!(text, client, "acme", "DefineTrait: no aggregate", define_trait, nothing);
    for (name, aggregate, measure, currency) in [
        ("DefineTrait: a sum of nothing", Aggregate::Sum, Measure::Unspecified, ""),
        ("DefineTrait: a count of amounts", Aggregate::Count, Measure::Amount, "EUR"),
        ("DefineTrait: a sum of times", Aggregate::Sum, Measure::Time, ""),
        ("DefineTrait: no currency", Aggregate::Sum, Measure::Amount, ""),
        ("DefineTrait: not a currency", Aggregate::Sum, Measure::Amount, "EURO"),
    ] {
        let (aggregate, measure, currency_code) = (aggregate.into(), measure.into(), currency.to_owned());
        let odd = define(windowed("sum", WindowedTrait { aggregate, measure, currency_code, ..count() }));
        refused!(text, client, "acme", name, define_trait, odd);
    }
    for (name, of, written) in [
        ("DefineTrait: an empty expression", "one", String::new()),
        ("DefineTrait: a long expression", "one", "1".repeat(2_001)),
        ("DefineTrait: an expression without end", "one", "orders +".to_owned()),
        ("DefineTrait: a word of expressions", "since", "orders".to_owned()),
        ("DefineTrait: kinds that do not fit", "one", "orders and since(idle) or nobody > 1d".to_owned()),
        ("DefineTrait: a personal field", "one", "field('birth_date')".to_owned()),
        ("DefineTrait: from itself", "orders", "if(call, 1, 2)".to_owned()),
        ("DefineTrait: of another kind than others need", "orders", "now".to_owned()),
    ] {
        refused!(text, client, "acme", name, define_trait, define(expression(of, &written)));
    }
    let other = DefineTraitRequest { expected_version: Some(7), ..define(expression("idle", "orders > 1")) };
    refused!(text, client, "acme", "DefineTrait: another version", define_trait, other);
    let theirs = define(expression("one", "orders"));
    refused!(text, client, "other", "DefineTrait: from another tenant's trait", define_trait, theirs);
    for (who, name) in [("acme", ""), ("acme", "No name"), ("acme", "nobody"), ("acme", "idle"), ("other", "idle")] {
        let name = name.to_owned();
        refused!(text, client, who, "DeleteTrait", delete_trait, DeleteTraitRequest { name });
    }
    let odd = ListTraitsRequest { page_size: 201, page_token: String::new() };
    refused!(text, client, "acme", "ListTraits: too many", list_traits, odd);
    let odd = ListTraitsRequest { page_size: 1, page_token: "zz".to_owned() };
    refused!(text, client, "acme", "ListTraits: no page token", list_traits, odd);
    text
}

fn segment(name: &str, condition: &str) -> DefineSegmentRequest {
    let (name, condition) = (name.to_owned(), condition.to_owned());
    let definition = Some(SegmentDefinition { name, condition, ..SegmentDefinition::default() });
    DefineSegmentRequest { definition, expected_version: None }
}

fn by(name: &str, equal_to: Option<Kind>) -> ListProfilesRequest {
    let equal_to = equal_to.map(|kind| TraitValue { kind: Some(kind) });
    let condition = TraitCondition { name: name.to_owned(), equal_to, ..TraitCondition::default() };
    ListProfilesRequest { r#trait: Some(condition), ..ListProfilesRequest::default() }
}

/// There are the traits of `wrong_traits`, `counted`, which is indexed, and the segment `idlers` on `call`.
async fn wrong_segments(client: &Client) -> String {
    let mut text = String::new();
    refused!(text, client, "acme", "DefineSegment: nothing", define_segment, DefineSegmentRequest::default());
    for (name, of, condition) in [
        ("DefineSegment: no name, no condition", "Not A Name", ""),
        ("DefineSegment: not a truth", "one", "orders + 1"),
        ("DefineSegment: kinds that do not fit", "one", "orders and since(idle)"),
        ("DefineSegment: a personal field", "one", "field('contact.email') = 'x'"),
    ] {
        refused!(text, client, "acme", name, define_segment, segment(of, condition));
    }
    let other = DefineSegmentRequest { expected_version: Some(7), ..segment("idlers", "orders > 1") };
    refused!(text, client, "acme", "DefineSegment: another version", define_segment, other);
    refused!(text, client, "other", "DefineSegment: on another tenant's trait", define_segment, segment("one", "idle"));
    let changed = define(expression("call", "1"));
    refused!(text, client, "acme", "DefineTrait: of another kind than a segment needs", define_trait, changed);
    let used = DeleteTraitRequest { name: "call".to_owned() };
    refused!(text, client, "acme", "DeleteTrait: on which there is a segment", delete_trait, used);
    for (who, name) in [("acme", ""), ("acme", "nobody"), ("other", "idlers")] {
        let name = name.to_owned();
        refused!(text, client, who, "DeleteSegment", delete_segment, DeleteSegmentRequest { name });
    }
    let odd = ListSegmentsRequest { page_size: 201, page_token: String::new() };
    refused!(text, client, "acme", "ListSegments: too many", list_segments, odd);
    let odd = ListSegmentsRequest { page_size: 1, page_token: "zz".to_owned() };
    refused!(text, client, "acme", "ListSegments: no page token", list_segments, odd);
    text + &wrong_lists(client).await
}

async fn wrong_lists(client: &Client) -> String {
    let mut text = String::new();
    let odd = ListProfilesRequest { descending: true, page_size: -1, paths: vec!["?".into()], ..Default::default() };
    refused!(text, client, "acme", "ListProfiles: nothing", list_profiles, odd);
    let unset = Some(TraitValue { kind: None });
    let bounds =
        TraitCondition { name: "Not a name".into(), equal_to: unset.clone(), at_least: unset, less_than: None };
    let odd =
        ListProfilesRequest { segment: "Not a name".into(), r#trait: Some(bounds), page_size: 101, ..by("", None) };
    refused!(text, client, "acme", "ListProfiles: all wrong", list_profiles, odd);
    for (name, value) in [
        ("ListProfiles: not a number", Kind::Number(f64::NAN)),
        ("ListProfiles: no currency", Kind::Money(Money { currency_code: "EURO".into(), minor_units: 1 })),
        ("ListProfiles: a long text", Kind::Text("x".repeat(201))),
        ("ListProfiles: two signs", Kind::Duration(prost_types::Duration { seconds: 1, nanos: -1 })),
        ("ListProfiles: no time", Kind::Time(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 })),
        ("ListProfiles: of another kind", Kind::Truth(true)),
    ] {
        refused!(text, client, "acme", name, list_profiles, by("counted", Some(value)));
    }
    for (who, name) in [("acme", "orders"), ("acme", "nobody"), ("other", "counted")] {
        refused!(text, client, who, "ListProfiles: not an indexed trait", list_profiles, by(name, None));
    }
    for (who, name) in [("acme", "nobody"), ("other", "idlers")] {
        let request = ListProfilesRequest { segment: name.to_owned(), ..ListProfilesRequest::default() };
        refused!(text, client, who, "ListProfiles: no such segment", list_profiles, request);
    }
    let odd = WatchProfilesRequest {
        after: String::new(),
        person_ids: vec![PERSON.to_string(), record(1).to_string()],
        segment: "Not a name".into(),
        paths: vec!["?".into()],
    };
    refused!(text, client, "acme", "WatchProfiles: all wrong", watch_profiles, odd);
    let odd = WatchProfilesRequest { after: "zz".into(), ..WatchProfilesRequest::default() };
    refused!(text, client, "acme", "WatchProfiles: no read token", watch_profiles, odd);
    let odd = ListProfilesRequest { page_token: "zz".to_owned(), ..by("counted", None) };
    refused!(text, client, "acme", "ListProfiles: no page token", list_profiles, odd);
    text
}

/// `token` is of the last entry of a journal.
async fn reads_after(client: &Client, token: &str) -> String {
    let mut text = String::new();
    let after = |token: &str| get(Some(By::PersonId(PERSON.to_string())), token);
    let last = ReadToken::decode(token).expect("a token").expect("a token");
    let foreign = ReadToken { journal: "value".to_owned(), ..last.clone() }.encode();
    let ahead = ReadToken { sequence: last.sequence + 5, ..last }.encode();
    refused!(text, client, "acme", "GetProfile: no read token", get_profile, after("zz"));
    refused!(text, client, "acme", "GetProfile: a journal not followed", get_profile, after(&foreign));
    let mut request = as_tenant(&tenant("acme"), after(&ahead));
    request.set_timeout(Duration::from_secs(2));
    let status = client.clone().get_profile(request).await.expect_err("ahead");
    text + &show("GetProfile: ahead of the journal", &status)
}

/// What each RPC answers to those who may not call it, or can't be served.
async fn whatever_is_asked(client: &Client, who: &str) -> String {
    let mut text = String::new();
    let nobody = get(Some(By::PersonId(PersonId([77; 16]).to_string())), "");
    refused!(text, client, who, "GetProfile", get_profile, nobody);
    let nobody = several(vec![PersonId([77; 16]).to_string()], vec![]);
    refused!(text, client, who, "BatchGetProfiles", batch_get_profiles, nobody);
    let nothing = explain(Some(Field::RecordId(record(77).to_string())), "name.given_name");
    refused!(text, client, who, "ExplainField", explain_field, nothing);
    refused!(text, client, who, "ExportRecords", export_records, export(vec![record(77).to_string()]));
    refused!(text, client, who, "DefineTrait", define_trait, define(windowed("one", count())));
    let name = "one".to_owned();
    refused!(text, client, who, "DeleteTrait", delete_trait, DeleteTraitRequest { name });
    refused!(text, client, who, "ListTraits", list_traits, ListTraitsRequest::default());
    refused!(text, client, who, "DefineSegment", define_segment, segment("one", "true"));
    refused!(text, client, who, "DeleteSegment", delete_segment, DeleteSegmentRequest { name: "one".to_owned() });
    refused!(text, client, who, "ListSegments", list_segments, ListSegmentsRequest::default());
    refused!(text, client, who, "ListProfiles", list_profiles, by("one", None));
    refused!(text, client, who, "WatchProfiles", watch_profiles, WatchProfilesRequest::default());
    text
}

/// A bearer "service" of a service; any other is of a tenant's caller that may do nothing.
struct Powerless;

impl Credentials for Powerless {
    fn identify(&self, bearer: &str) -> Option<Identity> {
        let caller = |tenant| Caller { tenant, principal: "test".to_owned(), scopes: [].into() };
        match bearer {
            "service" => Some(Identity::Service("value".to_owned())),
            tenant => tenant.parse().ok().map(caller).map(Identity::Tenant),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_the_documented_one() {
    for place in places() {
        let (suite, acme) = (Suite::start(&place, Options::default()).await, tenant("acme"));
        suite.changed(&acme, &[(record(1), 1, Some(PERSON))], &[]).await;
        let touchpoint = told(1, tenure_proto::collector::v1::TouchpointType::OrderPlaced, record(1), 1);
        let token = suite.record(&acme, seal(&suite.keyring, &acme, &[touchpoint]).await).await;
        suite.followed(&token).await;
        let powerless = ServerBuilder::new(ServerConfig::default(), Arc::new(Powerless));
        let powerless = ProfileServiceClient::new(Peer::in_process(suite.profile.add_to(powerless).routes()));
        let mut shown = wrong_requests(&suite.client).await;
        for definition in
            [windowed("orders", count()), expression("idle", "orders = 0"), expression("call", "not idle")]
        {
            suite.client.clone().define_trait(as_tenant(&acme, define(definition))).await.expect("defined");
        }
        shown += &wrong_traits(&suite.client).await;
        let counted = TraitDefinition { indexed: true, ..windowed("counted", count()) };
        suite.client.clone().define_trait(as_tenant(&acme, define(counted))).await.expect("defined");
        suite.client.clone().define_segment(as_tenant(&acme, segment("idlers", "call"))).await.expect("defined");
        shown += &wrong_segments(&suite.client).await;
        shown += &reads_after(&suite.client, &token).await;
        shown += &wrong_rights(&suite.client).await;
        shown += &without_purpose(&suite.client).await;
        let reader = ServerBuilder::new(ServerConfig::default(), Arc::new(Reader));
        let reader = ProfileServiceClient::new(Peer::in_process(suite.profile.add_to(reader).routes()));
        shown += &beyond_its_purposes(&reader).await;
        let _ = write!(shown, "\nWithout a scope\n\n{}", whatever_is_asked(&powerless, "acme").await);
        let _ = write!(shown, "\nBy a service\n\n{}", whatever_is_asked(&powerless, "service").await);
        suite.store.clone().close().await;
        let _ = write!(shown, "\nWithout the database\n\n{}", whatever_is_asked(&suite.client, "acme").await);
        insta::assert_snapshot!("refusals", shown);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_reads_of_the_database_than_allowed_are_refused_early() {
    let Some(place) = TestPlace::postgres() else { return };
    let suite = Suite::start(&place, Options { load_limit: 1, ..Options::default() }).await;
    // Whoever reads waits, and only one may.
    let tx = suite.store.begin().await.expect("a transaction");
    tx.execute("LOCK TABLE membership IN ACCESS EXCLUSIVE MODE", vec![]).await.expect("locked");
    let ask = |number: u8| {
        let (mut client, person) = (suite.client.clone(), PersonId([number; 16]).to_string());
        Box::pin(async move {
            client
                .get_profile(as_tenant(&tenant("acme"), get(Some(By::PersonId(person)), "")))
                .await
                .expect_err("refused")
        })
    };
    let (refused, waiting) = futures::future::select(ask(1), ask(2)).await.factor_first();
    insta::assert_snapshot!("overloaded", show("GetProfile", &refused));
    tx.rollback().await.expect("rolled back");
    assert_eq!(waiting.await.code(), tonic::Code::NotFound, "it was only slow");
}
