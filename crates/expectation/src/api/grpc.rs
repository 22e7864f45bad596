//! `tenure.expectation.v1.ExpectationService`.

use std::sync::Arc;

use futures::{StreamExt as _, stream::BoxStream};
use tenure_proto::expectation::v1::{self as pb, expectation_service_server::ExpectationService};
use tenure_server::{Call, refuse, wire};
use tonic::{Request, Response, Status};

use super::convert::{
    audit, calendar, complaint, dissonance, incident, loyalty, promise, record, recovery, service_target, story,
    survey, systemic, weights, work,
};
use crate::app::App;

/// The service.
#[derive(Clone)]
pub(crate) struct ExpectationApi(pub(crate) Arc<App>);

#[tonic::async_trait]
impl ExpectationService for ExpectationApi {
    async fn list_promises(
        &self,
        request: Request<pb::ListPromisesRequest>,
    ) -> Result<Response<pb::ListPromisesResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = promise::list_promises(request.into_inner()).map_err(refuse)?;
        let page = self.0.list_promises(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(promise::list_promises_response(page)))
    }

    async fn get_dissonance(
        &self,
        request: Request<pb::GetDissonanceRequest>,
    ) -> Result<Response<pb::GetDissonanceResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = request.into_inner();
        let who = dissonance::get_dissonance(&ask).map_err(refuse)?;
        let asked = (ask.weights_version.as_str(), ask.read_after.as_str());
        let dissected = self.0.get_dissonance(&call, who, asked).await.map_err(refuse)?;
        Ok(Response::new(dissonance::get_dissonance_response(dissected)))
    }

    async fn check_survey(
        &self,
        request: Request<pb::CheckSurveyRequest>,
    ) -> Result<Response<pb::CheckSurveyResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = survey::check_survey(request.into_inner()).map_err(refuse)?;
        let (decision, at) = self.0.check_survey(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(pb::CheckSurveyResponse { decision: Some(survey::decision(&decision, at)) }))
    }

    async fn reserve_survey(
        &self,
        request: Request<pb::ReserveSurveyRequest>,
    ) -> Result<Response<pb::ReserveSurveyResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = survey::reserve_survey(request.into_inner()).map_err(refuse)?;
        let reserved = self.0.reserve_survey(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(survey::reserve_survey_response(reserved)))
    }

    async fn redeem_survey_permit(
        &self,
        request: Request<pb::RedeemSurveyPermitRequest>,
    ) -> Result<Response<pb::RedeemSurveyPermitResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = survey::redeem_survey_permit(request.into_inner()).map_err(refuse)?;
        let at = self.0.redeem_survey_permit(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(pb::RedeemSurveyPermitResponse { redeem_time: Some(wire::to_wire(at)) }))
    }

    async fn audit_surveys(
        &self,
        request: Request<pb::AuditSurveysRequest>,
    ) -> Result<Response<pb::AuditSurveysResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = audit::audit_surveys(request.into_inner()).map_err(refuse)?;
        let (found, terms) = self.0.audit_surveys(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(audit::audit_surveys_response(&found, &terms)))
    }

    async fn register_complaint(
        &self,
        request: Request<pb::RegisterComplaintRequest>,
    ) -> Result<Response<pb::RegisterComplaintResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = complaint::register_complaint(request.into_inner()).map_err(refuse)?;
        let complaint = self.0.register_complaint(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(pb::RegisterComplaintResponse { complaint: Some(complaint) }))
    }

    async fn record_complaint_step(
        &self,
        request: Request<pb::RecordComplaintStepRequest>,
    ) -> Result<Response<pb::RecordComplaintStepResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = complaint::record_complaint_step(request.into_inner()).map_err(refuse)?;
        let complaint = self.0.record_complaint_step(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(pb::RecordComplaintStepResponse { complaint: Some(complaint) }))
    }

    async fn get_complaint(
        &self,
        request: Request<pb::GetComplaintRequest>,
    ) -> Result<Response<pb::GetComplaintResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = request.into_inner();
        let id = complaint::get_complaint(&ask).map_err(refuse)?;
        self.0.get_complaint(&call, id, &ask.read_after).await.map(Response::new).map_err(refuse)
    }

    async fn list_complaints(
        &self,
        request: Request<pb::ListComplaintsRequest>,
    ) -> Result<Response<pb::ListComplaintsResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = complaint::list_complaints(request.into_inner()).map_err(refuse)?;
        let page = self.0.list_complaints(&call, ask).await.map_err(refuse)?;
        let next_page_token = page.next_page_token;
        Ok(Response::new(pb::ListComplaintsResponse { complaints: page.items, next_page_token }))
    }

    type WatchComplaintsStream = BoxStream<'static, Result<pb::WatchComplaintsResponse, Status>>;

    async fn watch_complaints(
        &self,
        request: Request<pb::WatchComplaintsRequest>,
    ) -> Result<Response<Self::WatchComplaintsStream>, Status> {
        let call = Call::of(&request)?;
        let ask = complaint::watch_complaints(request.into_inner()).map_err(refuse)?;
        let told = self.0.watch_complaints(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(told.map(|one| one.map_err(refuse)).boxed()))
    }

    type WatchWorkItemsStream = BoxStream<'static, Result<pb::WatchWorkItemsResponse, Status>>;

    async fn watch_work_items(
        &self,
        request: Request<pb::WatchWorkItemsRequest>,
    ) -> Result<Response<Self::WatchWorkItemsStream>, Status> {
        let call = Call::of(&request)?;
        let ask = work::watch_work_items(request.into_inner()).map_err(refuse)?;
        let told = self.0.watch_work_items(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(told.map(|one| one.map_err(refuse)).boxed()))
    }

    async fn describe_complaint_causes(
        &self,
        request: Request<pb::DescribeComplaintCausesRequest>,
    ) -> Result<Response<pb::DescribeComplaintCausesResponse>, Status> {
        Call::of(&request)?;
        Ok(Response::new(complaint::causes()))
    }

    async fn define_calendar(
        &self,
        request: Request<pb::DefineCalendarRequest>,
    ) -> Result<Response<pb::DefineCalendarResponse>, Status> {
        let call = Call::of(&request)?;
        let definition = calendar::define_calendar(request.into_inner()).map_err(refuse)?;
        let definition = self.0.define_calendar(&call, definition).await.map_err(refuse)?;
        Ok(Response::new(pb::DefineCalendarResponse { definition: Some(definition) }))
    }

    async fn describe_calendars(
        &self,
        request: Request<pb::DescribeCalendarsRequest>,
    ) -> Result<Response<pb::DescribeCalendarsResponse>, Status> {
        let call = Call::of(&request)?;
        let definitions = self.0.calendar_definitions(&call).await.map_err(refuse)?;
        Ok(Response::new(calendar::describe_calendars(&definitions)))
    }

    async fn define_weights(
        &self,
        request: Request<pb::DefineWeightsRequest>,
    ) -> Result<Response<pb::DefineWeightsResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = weights::define_weights(request.into_inner()).map_err(refuse)?;
        let definition = self.0.define_weights(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(pb::DefineWeightsResponse { definition: Some(definition) }))
    }

    async fn describe_weights(
        &self,
        request: Request<pb::DescribeWeightsRequest>,
    ) -> Result<Response<pb::DescribeWeightsResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = request.into_inner();
        let version = weights::describe_weights(&ask).map_err(refuse)?;
        let (definition, numbers) = self.0.describe_weights(&call, version).await.map_err(refuse)?;
        Ok(Response::new(weights::describe_weights_response(definition.as_ref(), numbers)))
    }

    type FitWeightsStream = BoxStream<'static, Result<pb::FitWeightsResponse, Status>>;

    async fn fit_weights(
        &self,
        request: Request<pb::FitWeightsRequest>,
    ) -> Result<Response<Self::FitWeightsStream>, Status> {
        let call = Call::of(&request)?;
        let told = self.0.clone().fit_weights(&call).await.map_err(refuse)?;
        Ok(Response::new(told.map(|one| one.map_err(refuse)).boxed()))
    }

    async fn get_loyalty_drivers(
        &self,
        request: Request<pb::GetLoyaltyDriversRequest>,
    ) -> Result<Response<pb::GetLoyaltyDriversResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = request.into_inner();
        let who = loyalty::get_loyalty_drivers(&ask).map_err(refuse)?;
        let found = self.0.get_loyalty_drivers(&call, who, &ask.read_after).await.map_err(refuse)?;
        Ok(Response::new(loyalty::get_loyalty_drivers_response(found)))
    }

    async fn list_group_loyalty_drivers(
        &self,
        request: Request<pb::ListGroupLoyaltyDriversRequest>,
    ) -> Result<Response<pb::ListGroupLoyaltyDriversResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = loyalty::list_group_loyalty_drivers(request.into_inner()).map_err(refuse)?;
        let page = self.0.list_group_loyalty_drivers(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(loyalty::list_group_loyalty_drivers_response(page)))
    }

    async fn define_service_target(
        &self,
        request: Request<pb::DefineServiceTargetRequest>,
    ) -> Result<Response<pb::DefineServiceTargetResponse>, Status> {
        let call = Call::of(&request)?;
        let definition = service_target::define_service_target(request.into_inner()).map_err(refuse)?;
        let definition = self.0.define_service_target(&call, definition).await.map_err(refuse)?;
        Ok(Response::new(pb::DefineServiceTargetResponse { definition: Some(definition) }))
    }

    async fn describe_service_targets(
        &self,
        request: Request<pb::DescribeServiceTargetsRequest>,
    ) -> Result<Response<pb::DescribeServiceTargetsResponse>, Status> {
        let call = Call::of(&request)?;
        let service_targets = self.0.service_targets(&call).await.map_err(refuse)?;
        Ok(Response::new(pb::DescribeServiceTargetsResponse { service_targets }))
    }

    async fn get_customer_story(
        &self,
        request: Request<pb::GetCustomerStoryRequest>,
    ) -> Result<Response<pb::GetCustomerStoryResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = story::get_customer_story(request.into_inner()).map_err(refuse)?;
        let page = self.0.get_customer_story(&call, ask).await.map_err(refuse)?;
        let next_page_token = page.next_page_token;
        Ok(Response::new(pb::GetCustomerStoryResponse { events: page.items, next_page_token }))
    }

    async fn list_work_items(
        &self,
        request: Request<pb::ListWorkItemsRequest>,
    ) -> Result<Response<pb::ListWorkItemsResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = work::list_work_items(request.into_inner()).map_err(refuse)?;
        let page = self.0.list_work_items(&call, ask).await.map_err(refuse)?;
        let next_page_token = page.next_page_token;
        Ok(Response::new(pb::ListWorkItemsResponse { work_items: page.items, next_page_token }))
    }

    async fn get_expectation_overview(
        &self,
        request: Request<pb::GetExpectationOverviewRequest>,
    ) -> Result<Response<pb::GetExpectationOverviewResponse>, Status> {
        let call = Call::of(&request)?;
        let counts = self.0.get_overview(&call, &request.into_inner().read_after).await.map_err(refuse)?;
        Ok(Response::new(counts))
    }

    async fn list_systemic_causes(
        &self,
        request: Request<pb::ListSystemicCausesRequest>,
    ) -> Result<Response<pb::ListSystemicCausesResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = systemic::list_systemic_causes(request.into_inner()).map_err(refuse)?;
        let page = self.0.list_systemic_causes(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(systemic::list_systemic_causes_response(page)))
    }

    async fn define_incident(
        &self,
        request: Request<pb::DefineIncidentRequest>,
    ) -> Result<Response<pb::DefineIncidentResponse>, Status> {
        let call = Call::of(&request)?;
        let incident = incident::define_incident(request.into_inner()).map_err(refuse)?;
        let incident = self.0.define_incident(&call, incident).await.map_err(refuse)?;
        Ok(Response::new(pb::DefineIncidentResponse { incident: Some(incident) }))
    }

    async fn describe_incidents(
        &self,
        request: Request<pb::DescribeIncidentsRequest>,
    ) -> Result<Response<pb::DescribeIncidentsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(pb::DescribeIncidentsResponse { incidents: self.0.incidents(&call).await.map_err(refuse)? }))
    }

    async fn list_affected_customers(
        &self,
        request: Request<pb::ListAffectedCustomersRequest>,
    ) -> Result<Response<pb::ListAffectedCustomersResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = systemic::list_affected_customers(request.into_inner()).map_err(refuse)?;
        let page = self.0.list_affected_customers(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(systemic::list_affected_customers_response(page)))
    }

    async fn define_recovery(
        &self,
        request: Request<pb::DefineRecoveryRequest>,
    ) -> Result<Response<pb::DefineRecoveryResponse>, Status> {
        let call = Call::of(&request)?;
        let campaign = recovery::define_recovery(request.into_inner()).map_err(refuse)?;
        let campaign = self.0.define_recovery(&call, campaign).await.map_err(refuse)?;
        Ok(Response::new(pb::DefineRecoveryResponse { campaign: Some(campaign) }))
    }

    async fn decide_recovery(
        &self,
        request: Request<pb::DecideRecoveryRequest>,
    ) -> Result<Response<pb::DecideRecoveryResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = recovery::decide_recovery(request.into_inner()).map_err(refuse)?;
        let code = ask.campaign.clone();
        let page = self.0.decide_recovery(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(recovery::decide_recovery_response(&code, page)))
    }

    async fn evaluate_recovery(
        &self,
        request: Request<pb::EvaluateRecoveryRequest>,
    ) -> Result<Response<pb::EvaluateRecoveryResponse>, Status> {
        let call = Call::of(&request)?;
        let code = recovery::evaluate_recovery(request.into_inner()).map_err(refuse)?;
        let found = self.0.evaluate_recovery(&call, &code).await.map_err(refuse)?;
        Ok(Response::new(recovery::evaluate_recovery_response(found)))
    }

    async fn export_records(
        &self,
        request: Request<pb::ExportRecordsRequest>,
    ) -> Result<Response<pb::ExportRecordsResponse>, Status> {
        let call = Call::of(&request)?;
        let records = record::export_records(&request.into_inner()).map_err(refuse)?;
        let exported = self.0.export_records(&call, records).await.map_err(refuse)?;
        Ok(Response::new(record::export_records_response(exported)))
    }
}
