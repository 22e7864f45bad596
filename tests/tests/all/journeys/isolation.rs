//! A tenant is never seen by another: through every RPC and every field that takes an id, generated from the contract.

use std::collections::BTreeMap;

use bytes::{Buf as _, BufMut as _};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MethodDescriptor, Value};
use tenure_proto::{
    FILE_DESCRIPTOR_SET,
    collector::v1::{IdentifierKind, RecordTouchpointsRequest, TouchpointType},
    expectation::v1::{
        ComplaintAction, ComplaintMove, ComplaintReceipt, RegisterComplaintRequest, ReserveSurveyRequest, Survey,
        SurveyKind, complaint_action::What, reserve_survey_request::By as WhomToAsk,
    },
    identity::v1::{GetPersonRequest, MergePersonsRequest, TrainModelRequest, Verdict, get_person_request::By},
    profile::v1::{
        ApplyRetentionRequest, DefineRetentionRequest, ErasePersonRequest, GetProfileRequest, HoldPersonRequest,
        RetentionPolicy, get_profile_request::By as WhoseProfile,
    },
    value::v1::FitModelRequest,
};
use tenure_server::Stack;
use tenure_store::testing::TestPlace;
use tenure_tests::{
    caller::Caller,
    host::Host,
    touchpoints::{NEW_YEAR, alike, purchase, touchpoint, with_identifier},
};
use tonic::{
    Code, Request, Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

/// Services whose every method works for a tenant.
const SERVICES: [&str; 5] = [
    "tenure.collector.v1.CollectorService",
    "tenure.identity.v1.IdentityService",
    "tenure.profile.v1.ProfileService",
    "tenure.value.v1.ValueService",
    "tenure.expectation.v1.ExpectationService",
];

/// Answers that are the caller's own: the position of the entry that it caused.
const OWN_POSITION: [&str; 1] = ["EraseRecords"];
/// After which the things that others ask for are gone.
const ERASES: [&str; 2] = ["EraseRecords", "ErasePerson"];

/// Ids of things, by the field that takes them.
type Ids = BTreeMap<&'static str, Vec<String>>;

/// Bytes as they are.
#[derive(Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining()).to_vec()))
    }
}

/// A call: the method and the request, and which field names the things that it asks for.
struct Case {
    path: String,
    field: String,
    request: Vec<u8>,
}

async fn call(stack: &Stack, tenant: &str, case: &Case) -> Result<Vec<u8>, Status> {
    let mut client = tonic::client::Grpc::new(stack.clone());
    client.ready().await.map_err(|_| Status::internal("not ready"))?;
    let mut request = Request::new(case.request.clone());
    request.metadata_mut().insert("authorization", format!("Bearer {tenant}").parse().expect("a header"));
    request.metadata_mut().insert("purpose", "service".parse().expect("a header"));
    let path = case.path.parse().expect("a path");
    client.unary(request, path, Raw).await.map(tonic::Response::into_inner)
}

/// One case for each field of each request that takes an id. A field of a new kind of id fails, until `fill` has one.
fn cases(ids: &Ids) -> Vec<Case> {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("the contract");
    let mut cases = Vec::new();
    for service in SERVICES {
        let service = pool.get_service_by_name(service).expect("a service");
        for method in service.methods().filter(|method| !method.is_server_streaming()) {
            let is_id = |name: &str| (name.ends_with("_id") || name.ends_with("_ids")) && name != "request_id";
            for field in method.input().fields().filter(|field| is_id(field.name())) {
                assert!(ids.contains_key(field.name()), "{} is an id that is not tried", field.full_name());
                cases.push(case(&method, &field, ids));
            }
        }
    }
    cases
}

fn case(method: &MethodDescriptor, asked: &FieldDescriptor, ids: &Ids) -> Case {
    let mut request = DynamicMessage::new(method.input());
    for field in method.input().fields() {
        // Of a oneof the field in question alone.
        if field.containing_oneof().is_some_and(|oneof| !oneof.is_synthetic()) && field != *asked {
            continue;
        }
        let known = ids.get(field.full_name()).or_else(|| ids.get(field.name()));
        let value = match (field.name(), known) {
            (_, Some(ids)) if field.is_list() => Value::List(ids.iter().cloned().map(Value::String).collect()),
            (_, Some(ids)) => Value::String(ids[0].clone()),
            ("request_id", _) => Value::String(format!("isolation-{}", method.name())),
            ("actor_ref", _) => Value::String("clerk".to_owned()),
            ("currency_code", _) => Value::String("EUR".to_owned()),
            ("ground_code", _) => Value::String("court_case".to_owned()),
            ("purpose_code", _) => Value::String("marketing".to_owned()),
            ("path", _) => Value::String("name.family_name".to_owned()),
            ("verdict", _) => {
                request.set_field(&field, Value::EnumNumber(Verdict::Same.into()));
                continue;
            }
            ("receipt" | "action", _) => {
                let complaint = if field.name() == "receipt" { received().encode_to_vec() } else { looked_into() };
                let kind = field.kind().as_message().expect("a message").clone();
                let message = DynamicMessage::decode(kind, complaint.as_slice()).expect("a message");
                request.set_field(&field, Value::Message(message));
                continue;
            }
            ("survey", _) => {
                let mut survey = DynamicMessage::new(field.kind().as_message().expect("a message").clone());
                survey.set_field_by_name("kind", Value::EnumNumber(SurveyKind::RelationalNps.into()));
                request.set_field(&field, Value::Message(survey));
                continue;
            }
            _ => continue,
        };
        assert_eq!(field.kind(), Kind::String, "{}", field.full_name());
        request.set_field(&field, value);
    }
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    Case { path, field: asked.name().to_owned(), request: request.encode_to_vec() }
}

/// A complaint that came in a while ago.
fn received() -> ComplaintReceipt {
    let receive_time = Some(prost_types::Timestamp { seconds: NEW_YEAR, nanos: 0 });
    ComplaintReceipt { receive_time, ..ComplaintReceipt::default() }
}

fn looked_into() -> Vec<u8> {
    ComplaintAction { what: Some(What::Move(ComplaintMove::Investigate.into())) }.encode_to_vec()
}

/// A complaint about the record.
async fn complaint(caller: &mut Caller, record_id: &str) -> String {
    let register = RegisterComplaintRequest {
        request_id: "fill".to_owned(),
        record_id: record_id.to_owned(),
        receipt: Some(received()),
        actor_ref: "clerk".to_owned(),
        ..Default::default()
    };
    let registered = caller.expectation.register_complaint(register).await.expect("registered").into_inner();
    registered.complaint.expect("set").complaint_id
}

async fn fill(caller: &mut Caller) -> Ids {
    let mut touchpoints: Vec<_> = (0..40_i64)
        .flat_map(|n| {
            (0..=n % 4).map(move |k| purchase("shop", &format!("e{n}-{k}"), &format!("k{n}"), n + 9 * k, 100 * n + k))
        })
        .collect();
    touchpoints.push(with_identifier(purchase("shop", "bad", "k1", 1, 5), IdentifierKind::Iban, "NL00NOPE"));
    touchpoints.push(touchpoint(TouchpointType::CallEnded, "desk", "c1", "k1", 2));
    touchpoints.extend(alike());
    let request = RecordTouchpointsRequest { touchpoints, validate_only: false };
    let answer = caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
    let quarantined =
        answer.outcomes.iter().find(|outcome| !outcome.quarantine_id.is_empty()).expect("one in quarantine");
    let records = vec![answer.outcomes[0].record_id.clone(), answer.outcomes[1].record_id.clone()];
    let mut persons = Vec::new();
    for record in &records {
        let by = Some(By::RecordId(record.clone()));
        let request = GetPersonRequest { by, read_after: answer.read_token.clone() };
        persons.push(
            caller.identity.get_person(request).await.expect("a person").into_inner().person.expect("set").person_id,
        );
    }
    let fitted = fitted(caller, &answer.read_token).await;
    let reserve = ReserveSurveyRequest {
        request_id: "fill".to_owned(),
        by: Some(WhomToAsk::RecordId(records[1].clone())),
        survey: Some(Survey { kind: SurveyKind::Csat.into(), ..Survey::default() }),
        read_after: answer.read_token.clone(),
    };
    let permit = caller.expectation.reserve_survey(reserve).await.expect("an answer").into_inner().permit_id;
    // There are none at night; one that is nowhere must do then.
    let permit = if permit.is_empty() { "permit_0123456789abcdefghjkmnpqrs".to_owned() } else { permit };
    // Each service follows at its own pace; what a test asks for must have arrived.
    let by = Some(WhoseProfile::RecordId(records[0].clone()));
    let read = GetProfileRequest { by, read_after: answer.read_token, ..Default::default() };
    caller.profile.get_profile(read).await.expect("a profile");
    let complaint = complaint(caller, &records[0]).await;
    let merge =
        MergePersonsRequest { request_id: "fill".to_owned(), person_ids: persons.clone(), ..Default::default() };
    let decision = caller.identity.merge_persons(merge).await.expect("merged").into_inner().decision_id;
    let (right, erasure) = rights(caller, &persons[0], &answer.outcomes[30].record_id).await;
    let train = TrainModelRequest { request_id: "train".to_owned(), ..TrainModelRequest::default() };
    let model = caller.identity.train_model(train).await.expect("trained").into_inner().model.expect("set").model_id;
    [
        ("record_id", vec![records[0].clone()]),
        ("left_record_id", vec![records[0].clone()]),
        ("right_record_id", vec![records[1].clone()]),
        ("decision_id", vec![decision]),
        ("record_ids", vec![records[0].clone()]),
        ("person_id", vec![persons[0].clone()]),
        ("person_ids", persons.clone()),
        ("quarantine_id", vec![quarantined.quarantine_id.clone()]),
        ("permit_id", vec![permit]),
        ("complaint_id", vec![complaint]),
        ("model_id", vec![model]),
        ("right_id", vec![right]),
        ("erasure_id", vec![erasure]),
        ("run_id", vec![retention(caller).await]),
        ("tenure.value.v1.PromoteModelRequest.model_id", vec![fitted]),
    ]
    .into()
}

/// A dry run over everybody.
async fn retention(caller: &mut Caller) -> String {
    let define = DefineRetentionRequest { policy: Some(RetentionPolicy::default()), expected_version: None };
    caller.profile.define_retention(define).await.expect("defined");
    let apply = ApplyRetentionRequest { request_id: "fill".to_owned(), dry_run: true, ..Default::default() };
    caller.profile.apply_retention(apply).await.expect("begun").into_inner().run.expect("a run").run_id
}

/// A hold on a person, and the erasure of the person of a record.
async fn rights(caller: &mut Caller, person_id: &str, record_id: &str) -> (String, String) {
    let hold = HoldPersonRequest {
        request_id: "fill".to_owned(),
        person_id: person_id.to_owned(),
        ground_code: "court_case".to_owned(),
        ..Default::default()
    };
    let held = caller.profile.hold_person(hold).await.expect("held").into_inner().right.expect("a right");
    let by = Some(By::RecordId(record_id.to_owned()));
    let person = caller.identity.get_person(GetPersonRequest { by, ..Default::default() }).await.expect("a person");
    let erase = ErasePersonRequest {
        request_id: "fill".to_owned(),
        person_id: person.into_inner().person.expect("set").person_id,
        ..Default::default()
    };
    let begun = caller.profile.erase_person(erase).await.expect("begun").into_inner().erasure.expect("an erasure");
    (held.right_id, begun.erasure_id)
}

/// A model of what customers are worth.
async fn fitted(caller: &mut Caller, read_token: &str) -> String {
    let fit = FitModelRequest {
        request_id: "fit".to_owned(),
        currency_code: "EUR".to_owned(),
        period_end: Some(prost_types::Timestamp { seconds: NEW_YEAR + 86_400 * 100, nanos: 0 }),
        read_after: read_token.to_owned(),
        ..Default::default()
    };
    caller.value.fit_model(fit).await.expect("fitted").into_inner().model.expect("set").model_id
}

/// The same kinds of ids, of things that are nowhere.
fn absent(ids: &Ids) -> Ids {
    let other = |id: &String| {
        let (prefix, _) = id.split_once('_').expect("a typed id");
        format!(
            "{prefix}_0{}",
            id.chars().rev().take(25).map(|letter| if letter == '0' { '1' } else { letter }).collect::<String>()
        )
    };
    ids.iter().map(|(field, ids)| (*field, ids.iter().map(other).collect())).collect()
}

fn shown(answer: &Result<Vec<u8>, Status>) -> (Code, String, Vec<u8>) {
    match answer {
        Ok(bytes) => (Code::Ok, String::new(), bytes.clone()),
        Err(status) => (status.code(), status.message().to_owned(), status.details().to_vec()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_things_look_just_like_absent_ones() {
    for place in TestPlace::each() {
        let host = Host::start(place).await;
        isolation(&host.stack()).await;
        host.stop().await;
    }
}

/// The journey, of tenants "ours" and "theirs".
pub(super) async fn isolation(stack: &Stack) {
    let (mut ours, mut theirs) = (Caller::new(stack, "ours"), Caller::new(stack, "theirs"));
    let ids = fill(&mut theirs).await;
    fill(&mut ours).await;

    let asked = cases(&ids);
    let fields: std::collections::BTreeSet<_> = asked.iter().map(|case| case.field.as_str()).collect();
    // Where one kind of id is of different things, a field is named in full too.
    let kinds = ids.keys().filter(|name| !name.contains('.')).count();
    assert_eq!(fields.len(), kinds, "every kind of id is asked for: {fields:?}");
    assert!(asked.len() >= 12, "{}", asked.len());
    for (case, nothing) in asked.iter().zip(cases(&absent(&ids))) {
        let what = format!("{} by {}", case.path, case.field);
        let (foreign, missing) = (call(stack, "ours", case).await, call(stack, "ours", &nothing).await);
        if OWN_POSITION.iter().any(|method| case.path.ends_with(method)) {
            assert_eq!(shown(&foreign).0, shown(&missing).0, "{what}");
            continue;
        }
        assert_eq!(shown(&foreign), shown(&missing), "{what}");
        let fine = [Code::Ok, Code::NotFound].contains(&shown(&foreign).0);
        assert!(fine, "{what}: {foreign:?}");
        if let Ok(bytes) = &foreign {
            assert!(bytes.len() < 40, "{what}: an answer about nothing is empty");
        }
    }
    // After all of that, and an erasure by the wrong tenant, everything is still there for the right one.
    let lasts = |case: &&Case| case.field != "permit_id" && !ERASES.iter().any(|method| case.path.ends_with(method));
    for case in asked.iter().filter(lasts) {
        let answer = call(stack, "theirs", case).await;
        assert_ne!(shown(&answer).0, Code::NotFound, "{} by {}: {answer:?}", case.path, case.field);
    }
}
