//! Every refusal that a caller of identity can get, as its full `google.rpc.Status`.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use tenure_journal::ReadToken;
use tenure_kernel::{DecisionId, ModelId, PersonId, identifier::IdentifierKind::Email};
use tenure_proto::{
    collector::v1::{PostalAddress, SubjectAttributes},
    identity::v1::{
        self as pb, IdentifierQuery, evaluate_model_request::Target as Evaluated, explain_person_request,
        get_person_request::By, identity_service_client::IdentityServiceClient,
        promote_model_request::Target as Promoted,
    },
};
use tenure_server::{Caller, Credentials, Identity, Peer, ServerBuilder, ServerConfig, testing::show};
use tenure_store::testing::TestPlace;

use crate::stage::{Stage, authorized, record, said, tenant};

macro_rules! refused {
    ($text:ident, $client:expr, $name:literal, $rpc:ident, $request:expr) => {
        let status = $client.clone().$rpc($request).await.expect_err($name);
        $text.push_str(&show($name, &status));
    };
}

/// A request with the tenant's credential.
macro_rules! acme {
    ($message:expr) => {
        authorized(&tenant("acme"), $message)
    };
}

fn query(kind: &str, value: &str, issuer: &str) -> IdentifierQuery {
    IdentifierQuery { kind: kind.to_owned(), value: value.to_owned(), issuer: issuer.to_owned() }
}

fn explain(left: &str, right: &str) -> pb::ExplainLinkRequest {
    pb::ExplainLinkRequest {
        left_record_id: left.to_owned(),
        right_record_id: right.to_owned(),
        ..pb::ExplainLinkRequest::default()
    }
}

fn undo(request_id: &str, decision_id: &str) -> pb::UndoDecisionRequest {
    pb::UndoDecisionRequest { request_id: request_id.to_owned(), decision_id: decision_id.to_owned() }
}

fn watch(after: &str) -> pb::WatchMembershipsRequest {
    pb::WatchMembershipsRequest { after: after.to_owned() }
}

fn resolve(identifiers: Vec<IdentifierQuery>) -> pb::ResolveIdentityRequest {
    pb::ResolveIdentityRequest { identifiers, ..pb::ResolveIdentityRequest::default() }
}

fn get(by: Option<By>) -> pb::GetPersonRequest {
    pb::GetPersonRequest { by, read_after: String::new() }
}

fn nobody() -> String {
    PersonId([77; 16]).to_string()
}

fn merge(request_id: &str, person_ids: &[&str], etags: &[&str]) -> pb::MergePersonsRequest {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    pb::MergePersonsRequest { request_id: request_id.to_owned(), person_ids: owned(person_ids), etags: owned(etags) }
}

fn split(request_id: &str, person_id: &str, records: &[u8]) -> pb::SplitPersonRequest {
    pb::SplitPersonRequest {
        request_id: request_id.to_owned(),
        person_id: person_id.to_owned(),
        record_ids: records.iter().map(|number| record(*number).to_string()).collect(),
        etag: String::new(),
    }
}

async fn wrong_look_ups(stage: &Stage) -> String {
    let (mut text, client) = (String::new(), stage.client());
    refused!(text, client, "ResolveIdentity: nothing", resolve_identity, acme!(resolve(vec![])));
    let many = resolve(vec![query("email", "a@x.nl", ""); 21]);
    refused!(text, client, "ResolveIdentity: too many", resolve_identity, acme!(many));
    let odd = resolve(vec![
        query("", "", ""),
        query("nonsense", "x", ""),
        query("email", "nobody", ""),
        query("login", "jan", ""),
        query(&"k".repeat(321), &"v".repeat(321), ""),
        query("login", "jan", &"i".repeat(65)),
    ]);
    refused!(text, client, "ResolveIdentity: odd identifiers", resolve_identity, acme!(odd));
    refused!(text, client, "GetPerson: by nothing", get_person, acme!(get(None)));
    let empty = get(Some(By::PersonId(String::new())));
    refused!(text, client, "GetPerson: empty person id", get_person, acme!(empty));
    let odd = get(Some(By::PersonId(record(1).to_string())));
    refused!(text, client, "GetPerson: no person id", get_person, acme!(odd));
    let empty = get(Some(By::RecordId(String::new())));
    refused!(text, client, "GetPerson: empty record id", get_person, acme!(empty));
    let odd = get(Some(By::RecordId(nobody())));
    refused!(text, client, "GetPerson: no record id", get_person, acme!(odd));
    let absent = get(Some(By::PersonId(nobody())));
    refused!(text, client, "GetPerson: nobody", get_person, acme!(absent));
    let absent = get(Some(By::RecordId(record(77).to_string())));
    refused!(text, client, "GetPerson: a record of nobody", get_person, acme!(absent));
    let long = "x".repeat(257);
    let address = PostalAddress { street: long.clone(), city: long.clone(), ..PostalAddress::default() };
    let told = SubjectAttributes { family_name: long, postal_address: Some(address), ..SubjectAttributes::default() };
    let described = pb::ResolveIdentityRequest { attributes: Some(told), ..resolve(vec![]) };
    refused!(text, client, "ResolveIdentity: long attributes", resolve_identity, acme!(described));
    let silent = pb::ResolveIdentityRequest { attributes: Some(SubjectAttributes::default()), ..resolve(vec![]) };
    refused!(text, client, "ResolveIdentity: attributes that say nothing", resolve_identity, acme!(silent));
    refused!(text, client, "ExplainLink: nothing in it", explain_link, acme!(explain("", "")));
    let twice = explain(&record(1).to_string(), &record(1).to_string());
    refused!(text, client, "ExplainLink: one record twice", explain_link, acme!(twice));
    let absent = explain(&record(1).to_string(), &record(77).to_string());
    refused!(text, client, "ExplainLink: a record of nobody", explain_link, acme!(absent));
    let by = |by| pb::ExplainPersonRequest { by, read_after: String::new() };
    refused!(text, client, "ExplainPerson: by nothing", explain_person, acme!(by(None)));
    let absent = by(Some(explain_person_request::By::PersonId(nobody())));
    refused!(text, client, "ExplainPerson: nobody", explain_person, acme!(absent));
    refused!(text, client, "WatchMemberships: no read token", watch_memberships, acme!(watch("zz")));
    let export = |record_ids| pb::ExportRecordsRequest { record_ids };
    refused!(text, client, "ExportRecords: none", export_records, acme!(export(vec![])));
    let many = export(vec![record(1).to_string(); 101]);
    refused!(text, client, "ExportRecords: too many", export_records, acme!(many));
    let odd = export(vec![nobody(), record(1).to_string(), String::new()]);
    refused!(text, client, "ExportRecords: not records", export_records, acme!(odd));
    text
}

async fn wrong_pages(stage: &Stage) -> String {
    let (mut text, client) = (String::new(), stage.client());
    let list = |person_id: &str, page_size, page_token: &str| pb::ListSourceRecordsRequest {
        person_id: person_id.to_owned(),
        page_size,
        page_token: page_token.to_owned(),
    };
    let person = stage.person(&tenant("acme"), 1).await.person_id;
    refused!(text, client, "ListSourceRecords: empty person id", list_source_records, acme!(list("", 0, "")));
    refused!(text, client, "ListSourceRecords: no person id", list_source_records, acme!(list("person_", 0, "")));
    refused!(text, client, "ListSourceRecords: wrong fields", list_source_records, acme!(list("", -1, "")));
    refused!(text, client, "ListSourceRecords: page size", list_source_records, acme!(list(&person, 501, "")));
    refused!(text, client, "ListSourceRecords: no page token", list_source_records, acme!(list(&person, 1, "zz")));
    refused!(text, client, "ListSourceRecords: nobody", list_source_records, acme!(list(&nobody(), 1, "")));
    let page = client.clone().list_source_records(acme!(list(&person, 1, ""))).await.expect("a page").into_inner();
    let next = page.next_page_token;
    let other = list(&nobody(), 1, &next);
    refused!(text, client, "ListSourceRecords: another list's token", list_source_records, acme!(other));
    let other = authorized(&tenant("other"), list(&person, 1, &next));
    refused!(text, client, "ListSourceRecords: another tenant's token", list_source_records, other);
    text
}

async fn wrong_decisions(stage: &Stage) -> String {
    let (mut text, client) = (String::new(), stage.client());
    refused!(text, client, "MergePersons: nothing in it", merge_persons, acme!(merge("", &[], &["1"])));
    let many: Vec<String> = (0..21).map(|number| PersonId([number; 16]).to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    refused!(text, client, "MergePersons: too many", merge_persons, acme!(merge(&"r".repeat(65), &many, &[])));
    let odd = merge("r", &[&nobody(), &nobody(), "person_"], &["1", "2"]);
    refused!(text, client, "MergePersons: odd fields", merge_persons, acme!(odd));
    refused!(text, client, "SplitPerson: nothing in it", split_person, acme!(split("", "", &[])));
    let many = split(&"r".repeat(65), &record(1).to_string(), &[7; 501]);
    refused!(text, client, "SplitPerson: too many", split_person, acme!(many));
    let odd = pb::SplitPersonRequest { record_ids: vec![nobody(), String::new()], ..split("r", &nobody(), &[]) };
    refused!(text, client, "SplitPerson: not records", split_person, acme!(odd));
    let decide = |left: &str, right: &str| pb::DecideReviewTaskRequest {
        left_record_id: left.to_owned(),
        right_record_id: right.to_owned(),
        ..pb::DecideReviewTaskRequest::default()
    };
    refused!(text, client, "DecideReviewTask: nothing in it", decide_review_task, acme!(decide("", "")));
    let twice = decide(&record(1).to_string(), &record(1).to_string());
    refused!(text, client, "DecideReviewTask: one record twice", decide_review_task, acme!(twice));
    let absent = pb::DecideReviewTaskRequest {
        request_id: "r".to_owned(),
        verdict: pb::Verdict::Same.into(),
        ..decide(&record(1).to_string(), &record(77).to_string())
    };
    refused!(text, client, "DecideReviewTask: a record of nobody", decide_review_task, acme!(absent));
    let tasks = |page_size, token: &str| pb::ListReviewTasksRequest { page_size, page_token: token.to_owned() };
    refused!(text, client, "ListReviewTasks: page size", list_review_tasks, acme!(tasks(501, "")));
    refused!(text, client, "ListReviewTasks: no page token", list_review_tasks, acme!(tasks(0, "zz")));
    refused!(text, client, "UndoDecision: nothing in it", undo_decision, acme!(undo("", "")));
    let absent = undo("r", &DecisionId([77; 16]).to_string());
    refused!(text, client, "UndoDecision: never made", undo_decision, acme!(absent));
    text
}

async fn wrong_models(stage: &Stage) -> String {
    let (mut text, client) = (String::new(), stage.client());
    let train = |request_id: &str, read_after: &str| pb::TrainModelRequest {
        request_id: request_id.to_owned(),
        read_after: read_after.to_owned(),
        ..pb::TrainModelRequest::default()
    };
    refused!(text, client, "TrainModel: nothing in it", train_model, acme!(train("", "")));
    refused!(text, client, "TrainModel: no read token", train_model, acme!(train("r", "zz")));
    refused!(text, client, "TrainModel: too little to learn from", train_model, acme!(train("r", "")));
    let models = |page_size, token: &str| pb::ListLinkageModelsRequest { page_size, page_token: token.to_owned() };
    refused!(text, client, "ListLinkageModels: page size", list_linkage_models, acme!(models(501, "")));
    refused!(text, client, "ListLinkageModels: no page token", list_linkage_models, acme!(models(0, "zz")));
    let evaluate = |target| pb::EvaluateModelRequest { target, read_after: String::new() };
    refused!(text, client, "EvaluateModel: nothing in it", evaluate_model, acme!(evaluate(None)));
    let odd = evaluate(Some(Evaluated::ModelId(nobody())));
    refused!(text, client, "EvaluateModel: no model id", evaluate_model, acme!(odd));
    let absent = evaluate(Some(Evaluated::ModelId(ModelId([77; 16]).to_string())));
    refused!(text, client, "EvaluateModel: never trained", evaluate_model, acme!(absent));
    let promote = |request_id: &str, target| pb::PromoteModelRequest {
        request_id: request_id.to_owned(),
        target,
        ..pb::PromoteModelRequest::default()
    };
    refused!(text, client, "PromoteModel: nothing in it", promote_model, acme!(promote("", None)));
    let unsure = promote("r", Some(Promoted::Shipped(false)));
    refused!(text, client, "PromoteModel: not the shipped one", promote_model, acme!(unsure));
    let absent = promote("r", Some(Promoted::ModelId(ModelId([77; 16]).to_string())));
    refused!(text, client, "PromoteModel: never trained", promote_model, acme!(absent));
    let stale = pb::PromoteModelRequest {
        expected_version: "trained-7".to_owned(),
        ..promote("r", Some(Promoted::Shipped(true)))
    };
    refused!(text, client, "PromoteModel: another is in use", promote_model, acme!(stale));
    text
}

/// Records 1 and 2 are one person's, 3 another's.
async fn impossible_decisions(stage: &Stage) -> String {
    let (mut text, client, acme) = (String::new(), stage.client(), tenant("acme"));
    let (one, three) = (stage.person(&acme, 1).await, stage.person(&acme, 3).await);
    let (one, three) = (one.person_id.as_str(), three.person_id.as_str());
    refused!(text, client, "MergePersons: nobody", merge_persons, acme!(merge("r", &[one, &nobody()], &[])));
    let stale = merge("r", &[one, three], &["", "ff"]);
    refused!(text, client, "MergePersons: changed meanwhile", merge_persons, acme!(stale));
    refused!(text, client, "SplitPerson: nobody", split_person, acme!(split("r", &nobody(), &[1])));
    refused!(text, client, "SplitPerson: a record of nobody", split_person, acme!(split("r", one, &[1, 77])));
    refused!(text, client, "SplitPerson: everything", split_person, acme!(split("r", one, &[1, 2])));
    refused!(text, client, "SplitPerson: another's record", split_person, acme!(split("r", one, &[1, 3])));
    let stale = pb::SplitPersonRequest { etag: "ff".to_owned(), ..split("r", one, &[1]) };
    refused!(text, client, "SplitPerson: changed meanwhile", split_person, acme!(stale));
    client.clone().merge_persons(acme!(merge("done", &[one, three], &[]))).await.expect("merged");
    let other = merge("done", &[three, one], &[]);
    refused!(text, client, "MergePersons: request id reused", merge_persons, acme!(other));
    refused!(text, client, "SplitPerson: request id reused", split_person, acme!(split("done", one, &[3])));
    text.replace(one, "[person of 1]").replace(three, "[person of 3]")
}

/// `token` is of the last entry.
async fn reads_after(stage: &Stage, token: &str) -> String {
    let (mut text, client) = (String::new(), stage.client());
    let resolve_after = |token: &str| pb::ResolveIdentityRequest {
        read_after: token.to_owned(),
        ..resolve(vec![query("email", "a@x.nl", "")])
    };
    let get_after = |token: &str| pb::GetPersonRequest {
        read_after: token.to_owned(),
        ..get(Some(By::RecordId(record(1).to_string())))
    };
    let last = ReadToken::decode(token).expect("a token").expect("a token");
    let foreign = ReadToken { journal: "profile".to_owned(), ..last.clone() }.encode();
    let ahead = ReadToken { sequence: last.sequence + 5, ..last }.encode();
    refused!(text, client, "ResolveIdentity: no read token", resolve_identity, acme!(resolve_after("zz")));
    refused!(text, client, "GetPerson: no read token", get_person, acme!(get_after("zz")));
    refused!(text, client, "ResolveIdentity: a journal not followed", resolve_identity, acme!(resolve_after(&foreign)));
    refused!(text, client, "GetPerson: a journal not followed", get_person, acme!(get_after(&foreign)));
    let mut request = acme!(resolve_after(&ahead));
    request.set_timeout(Duration::from_secs(2));
    refused!(text, client, "ResolveIdentity: ahead of the journal", resolve_identity, request);
    let mut request = acme!(get_after(&ahead));
    request.set_timeout(Duration::from_secs(2));
    refused!(text, client, "GetPerson: ahead of the journal", get_person, request);
    text
}

/// A bearer "acme" that may do nothing, and one of a service.
struct Powerless;

impl Credentials for Powerless {
    fn identify(&self, bearer: &str) -> Option<Identity> {
        let caller = |tenant| Caller { tenant, principal: "test".to_owned(), scopes: [].into() };
        match bearer {
            "service" => Some(Identity::Service("profile".to_owned())),
            tenant => tenant.parse().ok().map(caller).map(Identity::Tenant),
        }
    }
}

/// What each RPC answers to those who may not call it, or can't be served.
async fn whatever_is_asked(client: IdentityServiceClient<Peer>, who: &str) -> String {
    let (mut text, who) = (String::new(), tenant(who));
    let look_up = resolve(vec![query("email", "a@x.nl", "")]);
    refused!(text, client, "ResolveIdentity", resolve_identity, authorized(&who, look_up));
    let by = get(Some(By::PersonId(nobody())));
    refused!(text, client, "GetPerson", get_person, authorized(&who, by));
    let list = pb::ListSourceRecordsRequest { person_id: nobody(), ..Default::default() };
    refused!(text, client, "ListSourceRecords", list_source_records, authorized(&who, list));
    let both = merge("r", &[&nobody(), &PersonId([78; 16]).to_string()], &[]);
    refused!(text, client, "MergePersons", merge_persons, authorized(&who, both));
    refused!(text, client, "SplitPerson", split_person, authorized(&who, split("r", &nobody(), &[1])));
    let pair = explain(&record(1).to_string(), &record(2).to_string());
    refused!(text, client, "ExplainLink", explain_link, authorized(&who, pair));
    let by = Some(explain_person_request::By::PersonId(nobody()));
    let whole = pb::ExplainPersonRequest { by, read_after: String::new() };
    refused!(text, client, "ExplainPerson", explain_person, authorized(&who, whole));
    let listed = pb::ListReviewTasksRequest::default();
    refused!(text, client, "ListReviewTasks", list_review_tasks, authorized(&who, listed));
    let decided = pb::DecideReviewTaskRequest {
        request_id: "r".to_owned(),
        left_record_id: record(1).to_string(),
        right_record_id: record(2).to_string(),
        verdict: pb::Verdict::Same.into(),
    };
    refused!(text, client, "DecideReviewTask", decide_review_task, authorized(&who, decided));
    let decision = undo("r", &DecisionId([77; 16]).to_string());
    refused!(text, client, "UndoDecision", undo_decision, authorized(&who, decision));
    let train = pb::TrainModelRequest { request_id: "r".to_owned(), ..pb::TrainModelRequest::default() };
    refused!(text, client, "TrainModel", train_model, authorized(&who, train));
    let models = pb::ListLinkageModelsRequest::default();
    refused!(text, client, "ListLinkageModels", list_linkage_models, authorized(&who, models));
    let shipped = pb::EvaluateModelRequest { target: Some(Evaluated::Shipped(true)), read_after: String::new() };
    refused!(text, client, "EvaluateModel", evaluate_model, authorized(&who, shipped));
    let target = Some(Promoted::Shipped(true));
    let promote = pb::PromoteModelRequest { request_id: "r".to_owned(), target, expected_version: String::new() };
    refused!(text, client, "PromoteModel", promote_model, authorized(&who, promote));
    let export = pb::ExportRecordsRequest { record_ids: vec![record(1).to_string()] };
    refused!(text, client, "ExportRecords", export_records, authorized(&who, export));
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_the_documented_one() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        let three =
            [said(1, 1, &[(Email, "a@x.nl")]), said(2, 2, &[(Email, "a@x.nl")]), said(3, 3, &[(Email, "b@x.nl")])];
        let token = stage.append(&acme, &three).await;
        stage.followed(&token).await;
        let powerless = ServerBuilder::new(ServerConfig::default(), Arc::new(Powerless));
        let powerless = IdentityServiceClient::new(Peer::in_process(stage.identity.add_to(powerless).routes()));
        let mut shown = String::new();
        shown += &wrong_look_ups(&stage).await;
        shown += &wrong_pages(&stage).await;
        shown += &wrong_decisions(&stage).await;
        shown += &wrong_models(&stage).await;
        shown += &reads_after(&stage, &token).await;
        shown += &impossible_decisions(&stage).await;
        let _ = write!(shown, "\nWithout a scope\n\n{}", whatever_is_asked(powerless.clone(), "acme").await);
        let _ = write!(shown, "\nBy a service\n\n{}", whatever_is_asked(powerless, "service").await);
        stage.identity.journal().store().clone().close().await;
        let _ = write!(shown, "\nWithout the database\n\n{}", whatever_is_asked(stage.client(), "acme").await);
        insta::assert_snapshot!("refusals", shown);
    }
}
