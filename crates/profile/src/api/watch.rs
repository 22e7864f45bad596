//! The stream of what changes of profiles.

use std::sync::Arc;

use futures::{StreamExt as _, stream::BoxStream};
use tenure_kernel::Refusal;
use tenure_proto::profile::v1 as pb;
use tenure_server::{Call, refuse};
use tonic::Status;

use super::{convert::change, grpc::ProfileApi};
use crate::app::audit::Shown;

/// The answers of a watch.
pub(crate) type Changes = BoxStream<'static, Result<pb::WatchProfilesResponse, Status>>;

impl ProfileApi {
    pub(super) async fn watched(&self, call: Call, request: pb::WatchProfilesRequest) -> Result<Changes, Refusal> {
        let (watched, wanted) = change::watched(request)?;
        let (purpose, clock, audit) = (call.purpose()?, self.clock.clone(), self.audit.clone());
        let told = self.watches.watch_profiles(call.tenant()?, watched).await?;
        let (call, wanted) = (Arc::new(call), Arc::new(wanted));
        let shown = told.then(move |one| {
            let (call, wanted, audit, now) = (call.clone(), wanted.clone(), audit.clone(), clock.now());
            async move {
                let shown = change::told(one?, wanted.as_ref().as_ref(), purpose, now);
                let persons = shown.changes.iter().filter(|one| !one.gone).filter_map(|one| one.person_id.parse().ok());
                let noted = Shown { rpc: "WatchProfiles", persons: persons.collect(), records: Vec::new() };
                audit.note_if_sensitive(&call, noted).await?;
                Ok(shown)
            }
        });
        Ok(shown.map(|one: Result<_, Refusal>| one.map_err(refuse)).boxed())
    }
}
