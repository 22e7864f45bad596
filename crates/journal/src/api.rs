//! `tenure.journal.v1.JournalService` over the journals and projections of a process.

use std::{collections::BTreeSet, sync::Arc};

use futures::{Stream, StreamExt, stream::BoxStream};
use tenure_kernel::{Reason, Refusal};
use tenure_proto::journal::v1::{self as pb, journal_service_server::JournalService};
use tenure_server::{page_size, refuse};
use tonic::{Request, Response, Status};

use crate::{
    Following, Journal, Operate, Projection,
    follow::operated::{list_followers, list_parked},
    input::Reached,
    tail,
};

/// The service. Journals and projections are added before it is served.
#[derive(Clone, Default)]
pub struct JournalApi {
    journals: Vec<(Journal, Reached)>,
    projections: Vec<Arc<dyn Operate>>,
}

impl JournalApi {
    /// With a journal that follows nothing.
    #[must_use]
    pub fn with_journal(mut self, journal: Journal) -> Self {
        self.journals.push((journal, Reached::default()));
        self
    }

    /// With a projection, and the journal of its service if it has one.
    #[must_use]
    pub fn with_projection<P: Projection>(mut self, following: &Following<P>) -> Self {
        match following.journal() {
            // It is found first: it alone knows the progress that is published under its name.
            Some(journal) if journal.name() == following.name() => {
                self.journals.insert(0, (journal, following.reached()));
            }
            Some(journal) => self.journals.push((journal, Reached::default())),
            None => {}
        }
        self.projections.push(Arc::new(following.clone()));
        self
    }

    fn projection(&self, name: &str) -> Result<&Arc<dyn Operate>, Status> {
        let found = self.projections.iter().find(|projection| projection.name() == name);
        found.ok_or_else(|| refuse(Refusal::new(Reason::ProjectionUnknown, "no such projection in this process")))
    }

    /// A journal's entries from a position on, for ever.
    async fn open_tail(
        &self,
        request: pb::TailRequest,
    ) -> Result<impl Stream<Item = Result<pb::TailResponse, Status>> + Send + use<>, Refusal> {
        if request.after < 0 {
            return Err(Refusal::field("after", Reason::FieldOutOfRange, "must be 0 or more"));
        }
        let found = self.journals.iter().find(|(journal, _)| journal.name() == request.journal);
        let (journal, reached) =
            found.ok_or_else(|| Refusal::new(Reason::JournalUnknown, "no such journal in this process"))?;
        journal.look().await?;
        let fresh = request.epoch.is_empty() && request.after == 0;
        if !fresh && request.epoch != journal.epoch() {
            return Err(Refusal::new(Reason::JournalEpochChanged, "the journal was restored; rebuild from it"));
        }
        if request.after > journal.head().await? {
            return Err(Refusal::new(Reason::JournalPositionUnknown, "the position lies past the journal's head"));
        }
        let partitions: BTreeSet<u8> = request.partitions.into_iter().collect();
        let entries = tail::stream(journal.clone(), reached.clone(), partitions, request.after);
        Ok(entries.map(|frame| frame.map_err(|error| refuse(error.into()))))
    }
}

#[tonic::async_trait]
impl JournalService for JournalApi {
    type TailStream = BoxStream<'static, Result<pb::TailResponse, Status>>;

    async fn tail(&self, request: Request<pb::TailRequest>) -> Result<Response<Self::TailStream>, Status> {
        let frames = self.open_tail(request.into_inner()).await.map_err(refuse)?;
        Ok(Response::new(frames.boxed()))
    }

    async fn list_followers(
        &self,
        request: Request<pb::ListFollowersRequest>,
    ) -> Result<Response<pb::ListFollowersResponse>, Status> {
        let request = request.into_inner();
        let size = page_size(request.page_size, 100, 1_000).map_err(|wrong| refuse(Refusal::fields(vec![wrong])))?;
        list_followers(&self.projections, size, &request.page_token).await.map(Response::new).map_err(refuse)
    }

    async fn list_parked(
        &self,
        request: Request<pb::ListParkedRequest>,
    ) -> Result<Response<pb::ListParkedResponse>, Status> {
        let request = request.into_inner();
        let size = page_size(request.page_size, 100, 1_000).map_err(|wrong| refuse(Refusal::fields(vec![wrong])))?;
        let projection = self.projection(&request.projection)?;
        list_parked(projection.as_ref(), size, &request.page_token).await.map(Response::new).map_err(refuse)
    }

    async fn replay_parked(
        &self,
        request: Request<pb::ReplayParkedRequest>,
    ) -> Result<Response<pb::ReplayParkedResponse>, Status> {
        let (applied, parked) = self.projection(&request.into_inner().projection)?.replay().await.map_err(refuse)?;
        Ok(Response::new(pb::ReplayParkedResponse { applied, parked }))
    }

    async fn rebuild_projection(
        &self,
        request: Request<pb::RebuildProjectionRequest>,
    ) -> Result<Response<pb::RebuildProjectionResponse>, Status> {
        let generation = self.projection(&request.into_inner().projection)?.rebuild().await.map_err(refuse)?;
        let generation = i32::try_from(generation).unwrap_or(i32::MAX);
        Ok(Response::new(pb::RebuildProjectionResponse { generation }))
    }
}
