//! Every refusal that a caller of expectation can get, as its full `google.rpc.Status`.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use tenure_journal::ReadToken;
use tenure_proto::expectation::v1::{
    self as pb, complaint_action::What, expectation_service_client::ExpectationServiceClient,
};
use tenure_server::{Caller, Credentials, Identity, Peer, ServerBuilder, ServerConfig, testing::show};
use tenure_store::testing::TestPlace;
use tonic::Request;

use crate::{
    audits::{audit, case},
    complaints::{registration, step},
    entries::{Decision, Touch, hour, person, record, tenant},
    recoveries::campaign,
    service_targets::{define, target},
    stage::{Stage, nps, of},
    surveys::reserve,
};

macro_rules! refused {
    ($text:ident, $client:expr, $name:literal, $rpc:ident, $request:expr) => {
        let status = $client.clone().$rpc($request).await.expect_err($name);
        $text.push_str(&show($name, &status));
    };
}

mod of_complaints;

fn list(number: u64) -> pb::ListPromisesRequest {
    let by = Some(pb::list_promises_request::By::RecordId(record(number).to_string()));
    pb::ListPromisesRequest { by, ..Default::default() }
}

fn dissonance(number: u64) -> pb::GetDissonanceRequest {
    let by = Some(pb::get_dissonance_request::By::PersonId(person(number).to_string()));
    pb::GetDissonanceRequest { by, ..Default::default() }
}

fn check(number: u64, survey: Option<pb::Survey>) -> pb::CheckSurveyRequest {
    let by = Some(pb::check_survey_request::By::RecordId(record(number).to_string()));
    pb::CheckSurveyRequest { by, survey, ..Default::default() }
}

fn redeem(request_id: &str, permit_id: &str) -> pb::RedeemSurveyPermitRequest {
    pb::RedeemSurveyPermitRequest { request_id: request_id.to_owned(), permit_id: permit_id.to_owned() }
}

async fn wrong_fields(stage: &Stage) -> String {
    let mut text = String::new();
    let nothing = pb::ListPromisesRequest { page_size: 501, ..Default::default() };
    refused!(text, stage.client, "ListPromises: nobody, and too many", list_promises, of("acme", nothing));
    let by = Some(pb::get_dissonance_request::By::PersonId("record_0".to_owned()));
    let odd = pb::GetDissonanceRequest { by, ..Default::default() };
    refused!(text, stage.client, "GetDissonance: no person id", get_dissonance, of("acme", odd));
    refused!(text, stage.client, "CheckSurvey: no survey", check_survey, of("acme", check(1, None)));
    let never = Some(prost_types::Timestamp { seconds: -62_135_596_800, nanos: 0 });
    let long =
        pb::Survey { kind: 99, channel_code: "x".repeat(65), experience_time: never, order_ref: "y".repeat(129) };
    refused!(text, stage.client, "CheckSurvey: odd survey", check_survey, of("acme", check(1, Some(long))));
    let nothing = pb::ReserveSurveyRequest::default();
    refused!(text, stage.client, "ReserveSurvey: nothing in it", reserve_survey, of("acme", nothing));
    let odd = reserve("a\0b", 1, pb::Survey::default());
    refused!(text, stage.client, "ReserveSurvey: odd request id", reserve_survey, of("acme", odd));
    refused!(text, stage.client, "RedeemSurveyPermit: nothing in it", redeem_survey_permit, of("acme", redeem("", "")));
    let odd = redeem(&"x".repeat(65), "promise_0");
    refused!(text, stage.client, "RedeemSurveyPermit: odd ids", redeem_survey_permit, of("acme", odd));
    text + &wrong_audits(stage).await
        + &wrong_causes(stage).await
        + &wrong_targets(stage).await
        + &wrong_recoveries(stage).await
        + &wrong_exports(stage).await
}

async fn wrong_audits(stage: &Stage) -> String {
    let mut text = String::new();
    let nothing = pb::AuditSurveysRequest { lowest_score: 5, highest_score: 1, ..Default::default() };
    refused!(text, stage.client, "AuditSurveys: nothing in it", audit_surveys, of("acme", nothing));
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let odd = pb::SurveyCase {
        customer_ref: "x".repeat(129),
        promise_time: at(-62_135_596_800),
        experience_time: at(-62_135_596_800),
        ..Default::default()
    };
    let closed = pb::SurveyCase { complaint_close_time: at(0), ..case("a", None, 26, 11) };
    let stars = pb::AuditSurveysRequest {
        highest_score: 5,
        ..audit(pb::SurveyKind::TransactionalNps, vec![odd, case("fine", None, 26, 0), closed])
    };
    refused!(text, stage.client, "AuditSurveys: odd cases", audit_surveys, of("acme", stars));
    let of_one = (0..501).map(|_| pb::SurveyCase { customer_ref: "x".to_owned(), ..case("a", None, 26, 5) });
    let crowd = audit(pb::SurveyKind::Csat, of_one.collect());
    refused!(text, stage.client, "AuditSurveys: too many of one", audit_surveys, of("acme", crowd));
    let many = audit(pb::SurveyKind::Csat, (0..10_001).map(|one| case(&one.to_string(), None, 26, 5)).collect());
    refused!(text, stage.client, "AuditSurveys: too many", audit_surveys, of("acme", many));
    text
}

async fn wrong_causes(stage: &Stage) -> String {
    let mut text = String::new();
    let never = Some(prost_types::Timestamp { seconds: -62_135_596_800, nanos: 0 });
    let odd = pb::ListSystemicCausesRequest { as_of_time: never, page_size: 501, ..Default::default() };
    refused!(text, stage.client, "ListSystemicCauses: no time, and too many", list_systemic_causes, of("acme", odd));
    let odd = pb::ListSystemicCausesRequest { page_token: "x".to_owned(), ..Default::default() };
    refused!(text, stage.client, "ListSystemicCauses: no page", list_systemic_causes, of("acme", odd));
    let nothing = pb::ListAffectedCustomersRequest { days: 57, page_size: -1, ..Default::default() };
    refused!(text, stage.client, "ListAffectedCustomers: of nothing", list_affected_customers, of("acme", nothing));
    let cause = Some(pb::Cause { product_code: "x".repeat(65), ..Default::default() });
    let odd = pb::ListAffectedCustomersRequest { cause, as_of_time: never, ..Default::default() };
    refused!(text, stage.client, "ListAffectedCustomers: of no cause", list_affected_customers, of("acme", odd));
    let cause =
        Some(pb::Cause { kind: pb::CauseKind::Complaint.into(), code: "payment".to_owned(), ..Default::default() });
    let odd = pb::ListAffectedCustomersRequest { cause, ..Default::default() };
    refused!(text, stage.client, "ListAffectedCustomers: of complaints", list_affected_customers, of("acme", odd));
    text
}

async fn wrong_targets(stage: &Stage) -> String {
    let mut text = String::new();
    let ask = |definition| of("acme", pb::DefineServiceTargetRequest { definition });
    refused!(text, stage.client, "DefineServiceTarget: none", define_service_target, ask(None));
    let nothing = Some(pb::ServiceTarget::default());
    refused!(text, stage.client, "DefineServiceTarget: nothing in it", define_service_target, ask(nothing));
    let interval = |weekday, from_minute, until_minute| pb::BusinessInterval { weekday, from_minute, until_minute };
    let odd = pb::ServiceTarget {
        service_target_code: "First answer".to_owned(),
        goal: 9,
        within: Some(prost_types::Duration { seconds: -3_600, nanos: 0 }),
        time_zone: "Europe/Atlantis".to_owned(),
        calendar_code: "mars".to_owned(),
        hours: vec![interval(0, -1, 0), interval(8, 600, 600), interval(1, 1_440, 1_441)],
        ..Default::default()
    };
    refused!(text, stage.client, "DefineServiceTarget: odd", define_service_target, ask(Some(odd)));
    let long = pb::ServiceTarget {
        service_target_code: "x".repeat(65),
        hours: vec![interval(1, 540, 1_020); 71],
        ..target("answer", 366 * 24 + 1)
    };
    refused!(text, stage.client, "DefineServiceTarget: too much", define_service_target, ask(Some(long)));
    for number in 0..20 {
        define(stage, "acme", target(&format!("answer_{number}"), 8)).await;
    }
    let more = Some(target("answer", 8));
    refused!(text, stage.client, "DefineServiceTarget: one too many", define_service_target, ask(more));
    text
}

async fn wrong_recoveries(stage: &Stage) -> String {
    let mut text = String::new();
    let ask = |campaign| of("acme", pb::DefineRecoveryRequest { campaign });
    refused!(text, stage.client, "DefineRecovery: none", define_recovery, ask(None));
    let nothing = Some(pb::RecoveryCampaign::default());
    refused!(text, stage.client, "DefineRecovery: nothing in it", define_recovery, ask(nothing));
    let cause = Some(pb::Cause { kind: pb::CauseKind::Complaint.into(), ..Default::default() });
    let gesture_code = "jan@example.nl".to_owned();
    let odd = pb::RecoveryCampaign { cause, days: 57, gesture_code, ..campaign("Sorry!", 51) };
    refused!(text, stage.client, "DefineRecovery: odd", define_recovery, ask(Some(odd)));
    let defined = ask(Some(campaign("sorry", 10)));
    stage.client.clone().define_recovery(defined).await.expect("defined");
    refused!(text, stage.client, "DefineRecovery: otherwise", define_recovery, ask(Some(campaign("sorry", 11))));
    let ask = |code: &str, page_size, token: &str| {
        let (campaign_code, page_token) = (code.to_owned(), token.to_owned());
        of("acme", pb::DecideRecoveryRequest { campaign_code, page_size, page_token })
    };
    refused!(text, stage.client, "DecideRecovery: of nothing, too many", decide_recovery, ask("", 501, ""));
    refused!(text, stage.client, "DecideRecovery: unknown", decide_recovery, ask("unknown", 0, ""));
    refused!(text, stage.client, "DecideRecovery: no page", decide_recovery, ask("sorry", 0, "x"));
    let ask = |code: &str| of("acme", pb::EvaluateRecoveryRequest { campaign_code: code.to_owned() });
    refused!(text, stage.client, "EvaluateRecovery: odd", evaluate_recovery, ask("So odd"));
    refused!(text, stage.client, "EvaluateRecovery: unknown", evaluate_recovery, ask("unknown"));
    text
}

async fn wrong_exports(stage: &Stage) -> String {
    let mut text = String::new();
    let none = pb::ExportRecordsRequest::default();
    refused!(text, stage.client, "ExportRecords: none", export_records, of("acme", none));
    let many = pb::ExportRecordsRequest { record_ids: vec![record(1).to_string(); 101] };
    refused!(text, stage.client, "ExportRecords: many", export_records, of("acme", many));
    let odd = pb::ExportRecordsRequest { record_ids: vec![person(1).to_string(), String::new()] };
    refused!(text, stage.client, "ExportRecords: not records", export_records, of("acme", odd));
    text
}

async fn unknown(stage: &Stage) -> String {
    let mut text = String::new();
    let nobody = registration("nobody", 9, hour(-1));
    refused!(text, stage.client, "RegisterComplaint: nobody", register_complaint, of("acme", nobody));
    let absent = "complaint_00000000000000000000000000";
    let none = step("none", absent, "eva", What::Move(pb::ComplaintMove::Close.into()));
    refused!(text, stage.client, "RecordComplaintStep: none", record_complaint_step, of("acme", none));
    refused!(text, stage.client, "ListPromises: nobody", list_promises, of("acme", list(9)));
    refused!(text, stage.client, "GetDissonance: nobody", get_dissonance, of("acme", dissonance(9)));
    refused!(text, stage.client, "CheckSurvey: nobody", check_survey, of("acme", check(9, Some(nps()))));
    refused!(text, stage.client, "ReserveSurvey: nobody", reserve_survey, of("acme", reserve("x", 9, nps())));
    let absent = redeem("x", "permit_00000000000000000000000000");
    refused!(text, stage.client, "RedeemSurveyPermit: no permit", redeem_survey_permit, of("acme", absent));
    text
}

async fn permits(stage: &Stage) -> String {
    let mut text = String::new();
    let acme = tenant("acme");
    let promises = (1..4).map(|number| Touch::promised(number, 1, &format!("o{number}"), 0, 90).draft(&acme));
    stage.tell(promises.collect(), vec![Decision::found([(1, 1), (2, 2), (3, 3)]).draft(&acme)]).await;
    let page =
        stage.client.clone().list_promises(of("acme", pb::ListPromisesRequest { page_size: 1, ..list(1) })).await;
    let page_token = page.expect("a page").into_inner().next_page_token;
    let other = pb::ListPromisesRequest { page_token: page_token.clone(), ..list(2) };
    refused!(text, stage.client, "ListPromises: a page of another list", list_promises, of("acme", other));
    let reserved = async |request_id: &str, number| {
        let ask = of("acme", reserve(request_id, number, nps()));
        stage.client.clone().reserve_survey(ask).await.expect("reserved").into_inner().permit_id
    };
    let (one, two) = (reserved("first", 1).await, reserved("second", 2).await);
    refused!(text, stage.client, "ReserveSurvey: id reused", reserve_survey, of("acme", reserve("first", 2, nps())));
    stage.client.clone().redeem_survey_permit(of("acme", redeem("use", &one))).await.expect("used");
    refused!(text, stage.client, "RedeemSurveyPermit: used", redeem_survey_permit, of("acme", redeem("again", &one)));
    refused!(
        text,
        stage.client,
        "RedeemSurveyPermit: id reused",
        redeem_survey_permit,
        of("acme", redeem("use", &two))
    );
    stage.clock.set(hour(1));
    refused!(text, stage.client, "RedeemSurveyPermit: expired", redeem_survey_permit, of("acme", redeem("late", &two)));
    refused!(
        text,
        stage.client,
        "RedeemSurveyPermit: not theirs",
        redeem_survey_permit,
        of("other", redeem("late", &two))
    );
    text
}

async fn read_after(stage: &Stage) -> String {
    let mut text = String::new();
    let after = |read_after: String| pb::ListPromisesRequest { read_after, ..list(1) };
    refused!(text, stage.client, "ListPromises: no read token", list_promises, of("acme", after("zz".to_owned())));
    let foreign = ReadToken { journal: "engagement".to_owned(), epoch: [1; 16], sequence: 1 }.encode();
    refused!(
        text,
        stage.client,
        "ListPromises: a journal that is not followed",
        list_promises,
        of("acme", after(foreign))
    );
    let head = stage.upstream.collector.head().await.expect("a head");
    let ahead = pb::GetExpectationOverviewRequest { read_after: stage.upstream.collector.token(head + 5) };
    let mut request: Request<_> = of("acme", ahead);
    request.set_timeout(Duration::from_secs(2));
    refused!(text, stage.client, "GetExpectationOverview: ahead of the journal", get_expectation_overview, request);
    text
}

/// Weights that are none, and persons who are nobody.
async fn wrong_weights(stage: &Stage) -> String {
    let mut text = String::new();
    let own = |code: &str, loss_aversion, weight| pb::AttributeWeights {
        attribute_code: code.to_owned(),
        loss_aversion,
        weight,
    };
    let odd = pb::WeightsDefinition {
        loss_aversion: Some(f64::NAN),
        curvature: Some(0.0),
        repeated_factor: Some(0.9),
        recovery_share: Some(1.1),
        attributes: vec![
            own("", None, None),
            own("deli very", Some(11.0), Some(-0.1)),
            own("wait", Some(2.0), None),
            own("wait", Some(3.0), None),
        ],
        ..Default::default()
    };
    let odd = pb::DefineWeightsRequest { request_id: String::new(), definition: Some(odd) };
    refused!(text, stage.client, "DefineWeights: odd in all", define_weights, of("acme", odd));
    let attributes = vec![own("wait", Some(2.0), None); 101];
    let definition = Some(pb::WeightsDefinition { attributes, ..Default::default() });
    let many = pb::DefineWeightsRequest { request_id: "w".to_owned(), definition };
    refused!(text, stage.client, "DefineWeights: too many", define_weights, of("acme", many));
    let nothing = pb::DefineWeightsRequest::default();
    refused!(text, stage.client, "DefineWeights: nothing in it", define_weights, of("acme", nothing));
    let odd = pb::DescribeWeightsRequest { version: "own-01".to_owned() };
    refused!(text, stage.client, "DescribeWeights: no such name", describe_weights, of("acme", odd));
    let absent = pb::DescribeWeightsRequest { version: "own-1".to_owned() };
    refused!(text, stage.client, "DescribeWeights: not there", describe_weights, of("acme", absent));
    let odd = pb::GetDissonanceRequest { weights_version: "mine".to_owned(), ..Default::default() };
    refused!(text, stage.client, "GetDissonance: of nobody, by no weights", get_dissonance, of("acme", odd));
    let nobody = pb::GetLoyaltyDriversRequest::default();
    refused!(text, stage.client, "GetLoyaltyDrivers: of nobody", get_loyalty_drivers, of("acme", nobody));
    let many = pb::ListGroupLoyaltyDriversRequest { page_size: 501, ..Default::default() };
    refused!(text, stage.client, "ListGroupLoyaltyDrivers: too many", list_group_loyalty_drivers, of("acme", many));
    let odd = pb::ListGroupLoyaltyDriversRequest { page_token: "x".to_owned(), ..Default::default() };
    refused!(text, stage.client, "ListGroupLoyaltyDrivers: no page", list_group_loyalty_drivers, of("acme", odd));
    text
}

/// A bearer "service" of a service; any other is of a tenant's caller that may do nothing.
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
async fn whatever_is_asked(client: &ExpectationServiceClient<Peer>, who: &str) -> String {
    let mut text = String::new();
    refused!(text, client, "ListPromises", list_promises, of(who, list(1)));
    refused!(text, client, "GetDissonance", get_dissonance, of(who, dissonance(1)));
    refused!(text, client, "CheckSurvey", check_survey, of(who, check(1, Some(nps()))));
    refused!(text, client, "ReserveSurvey", reserve_survey, of(who, reserve("new", 1, nps())));
    let absent = redeem("x", "permit_00000000000000000000000000");
    refused!(text, client, "RedeemSurveyPermit", redeem_survey_permit, of(who, absent));
    let overview = pb::GetExpectationOverviewRequest::default();
    refused!(text, client, "GetExpectationOverview", get_expectation_overview, of(who, overview));
    let new = registration("new", 1, hour(-1));
    refused!(text, client, "RegisterComplaint", register_complaint, of(who, new));
    let absent = "complaint_00000000000000000000000000";
    let close = step("x", absent, "eva", What::Move(pb::ComplaintMove::Close.into()));
    refused!(text, client, "RecordComplaintStep", record_complaint_step, of(who, close));
    let mut get = of(who, pb::GetComplaintRequest { complaint_id: absent.to_owned(), ..Default::default() });
    get.metadata_mut().insert("purpose", "complaint".parse().expect("ascii"));
    refused!(text, client, "GetComplaint", get_complaint, get);
    let list = pb::ListComplaintsRequest::default();
    refused!(text, client, "ListComplaints", list_complaints, of(who, list));
    let watch = pb::WatchComplaintsRequest::default();
    refused!(text, client, "WatchComplaints", watch_complaints, of(who, watch));
    let definition = Some(pb::CalendarDefinition { calendar_code: "nl".to_owned(), ..Default::default() });
    refused!(text, client, "DefineCalendar", define_calendar, of(who, pb::DefineCalendarRequest { definition }));
    text.push_str(&of_complaints::of_incidents(client, who).await);
    let calendars = pb::DescribeCalendarsRequest::default();
    refused!(text, client, "DescribeCalendars", describe_calendars, of(who, calendars));
    let watch = pb::WatchWorkItemsRequest::default();
    refused!(text, client, "WatchWorkItems", watch_work_items, of(who, watch));
    let definition = Some(pb::WeightsDefinition::default());
    let define = pb::DefineWeightsRequest { request_id: "new".to_owned(), definition };
    refused!(text, client, "DefineWeights", define_weights, of(who, define));
    let by = Some(pb::get_loyalty_drivers_request::By::RecordId(record(1).to_string()));
    let drivers = pb::GetLoyaltyDriversRequest { by, ..Default::default() };
    refused!(text, client, "GetLoyaltyDrivers", get_loyalty_drivers, of(who, drivers));
    let groups = pb::ListGroupLoyaltyDriversRequest::default();
    refused!(text, client, "ListGroupLoyaltyDrivers", list_group_loyalty_drivers, of(who, groups));
    refused!(text, client, "FitWeights", fit_weights, of(who, pb::FitWeightsRequest {}));
    let weights = pb::DescribeWeightsRequest::default();
    refused!(text, client, "DescribeWeights", describe_weights, of(who, weights));
    let ask = pb::DefineServiceTargetRequest { definition: Some(target("answer", 8)) };
    refused!(text, client, "DefineServiceTarget", define_service_target, of(who, ask));
    let targets = pb::DescribeServiceTargetsRequest::default();
    refused!(text, client, "DescribeServiceTargets", describe_service_targets, of(who, targets));
    let ask = pb::DefineRecoveryRequest { campaign: Some(campaign("sorry", 10)) };
    refused!(text, client, "DefineRecovery", define_recovery, of(who, ask));
    let ask = pb::DecideRecoveryRequest { campaign_code: "sorry".to_owned(), ..Default::default() };
    refused!(text, client, "DecideRecovery", decide_recovery, of(who, ask));
    let ask = pb::EvaluateRecoveryRequest { campaign_code: "sorry".to_owned() };
    refused!(text, client, "EvaluateRecovery", evaluate_recovery, of(who, ask));
    let waits = pb::ListWorkItemsRequest { kind: pb::WorkKind::PromiseOverdue.into(), ..Default::default() };
    refused!(text, client, "ListWorkItems", list_work_items, of(who, waits));
    let by = Some(pb::get_customer_story_request::By::RecordId(record(1).to_string()));
    let story = pb::GetCustomerStoryRequest { by, ..Default::default() };
    refused!(text, client, "GetCustomerStory", get_customer_story, of(who, story));
    let export = pb::ExportRecordsRequest { record_ids: vec![record(1).to_string()] };
    refused!(text, client, "ExportRecords", export_records, of(who, export));
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_the_documented_one() {
    for place in TestPlace::each() {
        let stage = Stage::open(&place, 1).await;
        let powerless = ServerBuilder::new(ServerConfig::default(), Arc::new(Powerless));
        let powerless = ExpectationServiceClient::new(Peer::in_process(stage.expectation.add_to(powerless).routes()));
        let mut shown = wrong_fields(&stage).await;
        shown += &unknown(&stage).await;
        shown += &permits(&stage).await;
        shown += &of_complaints::wrong_complaints(&stage).await;
        shown += &wrong_weights(&stage).await;
        shown += &of_complaints::untimely_steps(&stage).await;
        shown += &read_after(&stage).await;
        let _ = write!(shown, "\nWithout a scope\n\n{}", whatever_is_asked(&powerless, "acme").await);
        let _ = write!(shown, "\nBy a service\n\n{}", whatever_is_asked(&powerless, "service").await);
        stage.store.clone().close().await;
        let _ = write!(shown, "\nWithout the database\n\n{}", whatever_is_asked(&stage.client, "acme").await);
        insta::assert_snapshot!("refusals", shown);
    }
}
