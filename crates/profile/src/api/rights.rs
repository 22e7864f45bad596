//! The RPCs on rights.

use tenure_proto::profile::v1 as pb;
use tenure_server::{Call, refuse};
use tonic::{Request, Response, Status};

use super::convert::{activity, retention, right as asked};
use crate::{app::rights::Rights, event, retention_event};

/// What `tenure.profile.v1.ProfileService` does on rights.
pub(crate) struct RightsApi(pub(crate) Rights);

impl RightsApi {
    pub(crate) async fn restrict_person(
        &self,
        request: Request<pb::RestrictPersonRequest>,
    ) -> Result<Response<pb::RestrictPersonResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let ask = asked::restrict(request, self.0.clock.now()).map_err(refuse)?;
        let (right, read_token) = self.0.state_right(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(pb::RestrictPersonResponse { right: Some(event::right(&right)), read_token }))
    }

    pub(crate) async fn object_to_profiling(
        &self,
        request: Request<pb::ObjectToProfilingRequest>,
    ) -> Result<Response<pb::ObjectToProfilingResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let ask = asked::object(request).map_err(refuse)?;
        let (right, read_token) = self.0.state_right(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(pb::ObjectToProfilingResponse { right: Some(event::right(&right)), read_token }))
    }

    pub(crate) async fn hold_person(
        &self,
        request: Request<pb::HoldPersonRequest>,
    ) -> Result<Response<pb::HoldPersonResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let ask = asked::hold(request, self.0.clock.now()).map_err(refuse)?;
        let (right, read_token) = self.0.state_right(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(pb::HoldPersonResponse { right: Some(event::right(&right)), read_token }))
    }

    pub(crate) async fn end_right(
        &self,
        request: Request<pb::EndRightRequest>,
    ) -> Result<Response<pb::EndRightResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let ask = asked::end(request).map_err(refuse)?;
        let (right, read_token) = self.0.end_right(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(pb::EndRightResponse { right: Some(event::right(&right)), read_token }))
    }

    pub(crate) async fn erase_person(
        &self,
        request: Request<pb::ErasePersonRequest>,
    ) -> Result<Response<pb::ErasePersonResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let erasure = self.0.erase_person(&call, asked::erase(request).map_err(refuse)?).await.map_err(refuse)?;
        Ok(Response::new(pb::ErasePersonResponse { erasure: Some(event::erasure(&erasure)) }))
    }

    pub(crate) async fn get_erasure(
        &self,
        request: Request<pb::GetErasureRequest>,
    ) -> Result<Response<pb::GetErasureResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let id = asked::erasure(&request).map_err(refuse)?;
        let (erasure, receipt) = self.0.get_erasure(&call, id).await.map_err(refuse)?;
        let erasure = Some(event::erasure(&erasure));
        Ok(Response::new(pb::GetErasureResponse { erasure, receipt: Some(asked::receipt(receipt)) }))
    }

    pub(crate) async fn list_erasures(
        &self,
        request: Request<pb::ListErasuresRequest>,
    ) -> Result<Response<pb::ListErasuresResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let size = asked::page(&request).map_err(refuse)?;
        let page = self.0.list_erasures(&call, size, &request.page_token).await.map_err(refuse)?;
        let erasures = page.erasures.iter().map(event::erasure).collect();
        Ok(Response::new(pb::ListErasuresResponse { erasures, next_page_token: page.next_page_token }))
    }

    pub(crate) async fn define_retention(
        &self,
        request: Request<pb::DefineRetentionRequest>,
    ) -> Result<Response<pb::DefineRetentionResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let ask = retention::define(&request).map_err(refuse)?;
        let policy = self.0.define_retention(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(pb::DefineRetentionResponse { policy: Some(retention_event::policy(&policy)) }))
    }

    pub(crate) async fn get_retention(
        &self,
        request: Request<pb::GetRetentionRequest>,
    ) -> Result<Response<pb::GetRetentionResponse>, Status> {
        let (call, version) = (Call::of(&request)?, request.into_inner().version);
        let policy = self.0.get_retention(&call, (version != 0).then_some(version)).await.map_err(refuse)?;
        Ok(Response::new(pb::GetRetentionResponse { policy: Some(retention_event::policy(&policy)) }))
    }

    pub(crate) async fn apply_retention(
        &self,
        request: Request<pb::ApplyRetentionRequest>,
    ) -> Result<Response<pb::ApplyRetentionResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let run = self.0.apply_retention(&call, retention::apply(request).map_err(refuse)?).await.map_err(refuse)?;
        Ok(Response::new(pb::ApplyRetentionResponse { run: Some(retention_event::run(&run)) }))
    }

    pub(crate) async fn get_retention_run(
        &self,
        request: Request<pb::GetRetentionRunRequest>,
    ) -> Result<Response<pb::GetRetentionRunResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let id = retention::run(&request).map_err(refuse)?;
        let run = self.0.get_retention_run(&call, id).await.map_err(refuse)?;
        Ok(Response::new(pb::GetRetentionRunResponse { run: Some(retention_event::run(&run)) }))
    }

    pub(crate) async fn list_retention_runs(
        &self,
        request: Request<pb::ListRetentionRunsRequest>,
    ) -> Result<Response<pb::ListRetentionRunsResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let size = retention::page(&request).map_err(refuse)?;
        let (runs, next_page_token) =
            self.0.list_retention_runs(&call, size, &request.page_token).await.map_err(refuse)?;
        let runs = runs.iter().map(retention_event::run).collect();
        Ok(Response::new(pb::ListRetentionRunsResponse { runs, next_page_token }))
    }

    pub(crate) async fn list_activity_counts(
        &self,
        request: Request<pb::ListActivityCountsRequest>,
    ) -> Result<Response<pb::ListActivityCountsResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let ask = activity::request(&request).map_err(refuse)?;
        let page = self.0.list_activity_counts(&call, ask, &request.page_token).await.map_err(refuse)?;
        Ok(Response::new(activity::response(page)))
    }
}
