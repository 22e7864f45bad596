//! The RPCs.

use std::sync::Arc;

use tenure_journal::ReadAfter;
use tenure_kernel::{Clock, Refusal};
use tenure_keyring::Keyring;
use tenure_proto::profile::v1::{self as pb, profile_service_server::ProfileService};
use tenure_server::{Call, refuse};
use tenure_store::Store;
use tonic::{Request, Response, Status};

use super::convert::{profile, request as wanted};
use crate::{
    app::{
        batch_get_profiles::batch_get_profiles,
        export_records::export_records,
        get_profile::{Found, get_profile},
        look_back::{Past, look_back},
    },
    domain::history::Moment,
    hot::{Asked, Hot, Question, Read},
};

/// `tenure.profile.v1.ProfileService`.
pub(crate) struct ProfileApi {
    pub(crate) store: Store,
    pub(crate) keyring: Keyring,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) read_after: ReadAfter,
    pub(crate) hot: Hot,
}

impl ProfileApi {
    async fn profile(&self, call: &Call, asked: Asked, read_after: &str) -> Result<pb::GetProfileResponse, Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(read_after, call.deadline()).await?;
        let now = self.clock.now();
        let load = |person| async move {
            Ok(match get_profile(&self.store, &self.keyring, tenant, person, now).await? {
                Found::Person(found) => {
                    let until = found.until;
                    Read::Profile(pb::GetProfileResponse { profile: Some(profile::to_wire(found)) }, until)
                }
                Found::Redirected(next) => Read::Elsewhere(next),
                Found::Nobody => Read::Nobody,
            })
        };
        self.hot.answer(Question { tenant, asked, now, read_after }, load).await
    }

    /// As of another moment than now: never kept.
    async fn profile_at(
        &self,
        call: &Call,
        (asked, moment): (Asked, Moment),
        read_after: &str,
    ) -> Result<pb::GetProfileResponse, Refusal> {
        let past = self.past(call, asked, read_after).await?;
        Ok(pb::GetProfileResponse { profile: Some(profile::to_wire(past.profile(moment))) })
    }

    async fn several(
        &self,
        call: &Call,
        request: &pb::BatchGetProfilesRequest,
    ) -> Result<pb::BatchGetProfilesResponse, Refusal> {
        let (persons, wanted) = wanted::several(request)?;
        self.read_after.wait(&request.read_after, call.deadline()).await?;
        let _permit = self.hot.reading()?;
        let now = self.clock.now();
        let found = batch_get_profiles(&self.store, &self.keyring, call.tenant()?, &persons, now).await?;
        Ok(profile::placed(found, wanted.as_ref()))
    }

    async fn past(&self, call: &Call, asked: Asked, read_after: &str) -> Result<Past, Refusal> {
        self.read_after.wait(read_after, call.deadline()).await?;
        let _permit = self.hot.reading()?;
        look_back(&self.store, &self.keyring, call.tenant()?, asked).await
    }

    async fn explain(
        &self,
        call: &Call,
        request: &pb::ExplainFieldRequest,
    ) -> Result<pb::ExplainFieldResponse, Refusal> {
        let (asked, path) = wanted::field(request)?;
        let past = self.past(call, asked, &request.read_after).await?;
        Ok(profile::explained(past.explain(path, self.clock.now())))
    }

    async fn export(&self, call: &Call, request: &pb::ExportRecordsRequest) -> Result<Vec<pb::Profile>, Refusal> {
        let records = wanted::records(request)?;
        let profiles = export_records(&self.store, &self.keyring, call.tenant()?, &records, self.clock.now()).await?;
        Ok(profiles.into_iter().map(profile::to_wire).collect())
    }
}

#[tonic::async_trait]
impl ProfileService for ProfileApi {
    async fn get_profile(
        &self,
        request: Request<pb::GetProfileRequest>,
    ) -> Result<Response<pb::GetProfileResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let (asked, moment, wanted) = wanted::asked(&request, self.clock.now()).map_err(refuse)?;
        let answer = match moment {
            None => self.profile(&call, asked, &request.read_after).await,
            Some(moment) => self.profile_at(&call, (asked, moment), &request.read_after).await,
        };
        let mut answer = answer.map_err(refuse)?;
        if let Some(found) = &mut answer.profile {
            profile::narrow(found, wanted.as_ref());
        }
        Ok(Response::new(answer))
    }

    async fn batch_get_profiles(
        &self,
        request: Request<pb::BatchGetProfilesRequest>,
    ) -> Result<Response<pb::BatchGetProfilesResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        self.several(&call, &request).await.map(Response::new).map_err(refuse)
    }

    async fn explain_field(
        &self,
        request: Request<pb::ExplainFieldRequest>,
    ) -> Result<Response<pb::ExplainFieldResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        self.explain(&call, &request).await.map(Response::new).map_err(refuse)
    }

    async fn export_records(
        &self,
        request: Request<pb::ExportRecordsRequest>,
    ) -> Result<Response<pb::ExportRecordsResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let profiles = self.export(&call, &request).await.map_err(refuse)?;
        Ok(Response::new(pb::ExportRecordsResponse { profiles }))
    }
}
