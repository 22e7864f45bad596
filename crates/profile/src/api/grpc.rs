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
        export_records::export_records,
        get_profile::{Found, get_profile},
    },
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
        let asked = wanted::asked(&request).map_err(refuse)?;
        self.profile(&call, asked, &request.read_after).await.map(Response::new).map_err(refuse)
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
