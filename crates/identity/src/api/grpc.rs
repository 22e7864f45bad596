//! `tenure.identity.v1.IdentityService`.

use tenure_kernel::Refusal;
use tenure_proto::identity::v1::{self as pb, identity_service_server::IdentityService};
use tenure_server::{Call, refuse};
use tonic::{Request, Response, Status};

use super::convert::{identifier, person, record, request};
use crate::{
    app::{
        Context, export, find_person::find_person, list_records::list_records, merge_persons::merge_persons,
        resolve_identity::resolve_identity, split_person::split_person,
    },
    config::EXPORT_RECORDS,
    metrics::Metrics,
};

/// The handlers.
pub(crate) struct Handler {
    pub(crate) context: Context,
    pub(crate) metrics: Metrics,
}

#[tonic::async_trait]
impl IdentityService for Handler {
    async fn resolve_identity(
        &self,
        request: Request<pb::ResolveIdentityRequest>,
    ) -> Result<Response<pb::ResolveIdentityResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.resolve(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn get_person(
        &self,
        request: Request<pb::GetPersonRequest>,
    ) -> Result<Response<pb::GetPersonResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.get(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn list_source_records(
        &self,
        request: Request<pb::ListSourceRecordsRequest>,
    ) -> Result<Response<pb::ListSourceRecordsResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.list(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn merge_persons(
        &self,
        request: Request<pb::MergePersonsRequest>,
    ) -> Result<Response<pb::MergePersonsResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.merge(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn split_person(
        &self,
        request: Request<pb::SplitPersonRequest>,
    ) -> Result<Response<pb::SplitPersonResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.split(&call, message).await.map(Response::new).map_err(refuse)
    }

    async fn export_records(
        &self,
        request: Request<pb::ExportRecordsRequest>,
    ) -> Result<Response<pb::ExportRecordsResponse>, Status> {
        let (call, message) = (Call::of(&request)?, request.into_inner());
        self.export(&call, message).await.map(Response::new).map_err(refuse)
    }
}

impl Handler {
    async fn resolve(
        &self,
        call: &Call,
        message: pb::ResolveIdentityRequest,
    ) -> Result<pb::ResolveIdentityResponse, Refusal> {
        let (tenant, wanted) = (call.tenant()?, identifier::wanted(&message.identifiers)?);
        self.context.read_after.wait(&message.read_after, call.deadline()).await?;
        let candidates = resolve_identity(&self.context, tenant, &wanted).await?;
        Ok(pb::ResolveIdentityResponse { candidates: candidates.iter().map(person::candidate).collect() })
    }

    async fn get(&self, call: &Call, message: pb::GetPersonRequest) -> Result<pb::GetPersonResponse, Refusal> {
        let (tenant, by) = (call.tenant()?, person::by(message.by.as_ref())?);
        self.context.read_after.wait(&message.read_after, call.deadline()).await?;
        let found = find_person(&self.context, tenant, by).await?;
        Ok(pb::GetPersonResponse { person: Some(person::to_wire(&found)) })
    }

    async fn list(
        &self,
        call: &Call,
        message: pb::ListSourceRecordsRequest,
    ) -> Result<pb::ListSourceRecordsResponse, Refusal> {
        let (tenant, (id, size)) = (call.tenant()?, person::listed(&message)?);
        let (records, next_page_token) = list_records(&self.context, tenant, id, size, &message.page_token).await?;
        Ok(pb::ListSourceRecordsResponse { records: records.iter().map(record::to_wire).collect(), next_page_token })
    }

    async fn merge(&self, call: &Call, message: pb::MergePersonsRequest) -> Result<pb::MergePersonsResponse, Refusal> {
        let (tenant, merge) = (call.tenant()?, request::merge(&message, call)?);
        let (persons, read_token) = merge_persons(&self.context, tenant, &merge).await?;
        self.metrics.decided("merge");
        Ok(pb::MergePersonsResponse { person: persons.first().map(person::to_wire), read_token })
    }

    async fn split(&self, call: &Call, message: pb::SplitPersonRequest) -> Result<pb::SplitPersonResponse, Refusal> {
        let (tenant, split) = (call.tenant()?, request::split(&message, call)?);
        let (persons, read_token) = split_person(&self.context, tenant, &split).await?;
        self.metrics.decided("split");
        let mut persons = persons.iter().map(person::to_wire);
        Ok(pb::SplitPersonResponse { remaining: persons.next(), separated: persons.next(), read_token })
    }

    async fn export(
        &self,
        call: &Call,
        message: pb::ExportRecordsRequest,
    ) -> Result<pb::ExportRecordsResponse, Refusal> {
        let (tenant, ids) = (call.tenant()?, record::exported(&message, EXPORT_RECORDS)?);
        let records = export::export_records(&self.context, tenant, &ids).await?;
        Ok(pb::ExportRecordsResponse { records: records.values().map(record::to_wire).collect() })
    }
}
