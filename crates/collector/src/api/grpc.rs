//! `tenure.collector.v1.CollectorService`.

use std::sync::Arc;

use futures::stream::BoxStream;
use tenure_kernel::Refusal;
use tenure_proto::collector::v1::{self as pb, collector_service_server::CollectorService};
use tenure_server::{Call, Priority, page_size, refuse, wire};
use tonic::{Request, Response, Status, Streaming};

use super::{
    convert::{outcome, quarantine, records, schema, source},
    stream,
};
use crate::app::{App, Patience, Sender};

/// The service.
#[derive(Clone)]
pub(crate) struct Api(Arc<App>);

impl Api {
    /// Over the use cases.
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self(app)
    }

    async fn record_touchpoints(
        &self,
        sender: Sender,
        patience: Patience,
        request: pb::RecordTouchpointsRequest,
    ) -> Result<pb::RecordTouchpointsResponse, Refusal> {
        let (outcomes, read_token) = if request.validate_only {
            (self.0.preview(&sender.tenant, request.touchpoints).await?, String::new())
        } else {
            let recorded = self.0.record(sender, request.touchpoints, patience).await?;
            (recorded.outcomes, self.0.journal().token(recorded.sequence))
        };
        Ok(pb::RecordTouchpointsResponse { outcomes: outcomes.into_iter().map(outcome::to_wire).collect(), read_token })
    }

    async fn replay(
        &self,
        sender: Sender,
        request: pb::ReplayQuarantinedRequest,
    ) -> Result<pb::ReplayQuarantinedResponse, Refusal> {
        let id = quarantine::id(&request.quarantine_id)?;
        let recorded = self.0.replay(sender, id, request.corrected).await?;
        let outcome = recorded.outcomes.into_iter().next().map(outcome::to_wire);
        Ok(pb::ReplayQuarantinedResponse { outcome, read_token: self.0.journal().token(recorded.sequence) })
    }
}

/// Who sends a request, and in which trace.
fn sender<T>(request: &Request<T>) -> Result<Sender, Status> {
    let call = Call::of(request)?;
    let tenant = call.tenant().map_err(refuse)?.clone();
    let traceparent = call.traceparent().unwrap_or_default().to_owned();
    Ok(Sender { tenant, traceparent, quota: call.quota().cloned() })
}

/// Whether the caller claims that it is urgent.
fn patience<T>(request: &Request<T>) -> Result<Patience, Status> {
    let urgent = Call::of(request)?.priority() == Priority::Urgent;
    Ok(if urgent { Patience::Urgent } else { Patience::Refuse })
}

#[tonic::async_trait]
impl CollectorService for Api {
    type StreamTouchpointsStream = BoxStream<'static, Result<pb::StreamTouchpointsResponse, Status>>;

    async fn record_touchpoints(
        &self,
        request: Request<pb::RecordTouchpointsRequest>,
    ) -> Result<Response<pb::RecordTouchpointsResponse>, Status> {
        let (sender, patience) = (sender(&request)?, patience(&request)?);
        self.record_touchpoints(sender, patience, request.into_inner()).await.map(Response::new).map_err(refuse)
    }

    async fn stream_touchpoints(
        &self,
        request: Request<Streaming<pb::StreamTouchpointsRequest>>,
    ) -> Result<Response<Self::StreamTouchpointsStream>, Status> {
        let sender = sender(&request)?;
        Ok(Response::new(stream::answer(self.0.clone(), sender, request.into_inner())))
    }

    async fn list_quarantined(
        &self,
        request: Request<pb::ListQuarantinedRequest>,
    ) -> Result<Response<pb::ListQuarantinedResponse>, Status> {
        let tenant = sender(&request)?.tenant;
        let page = quarantine::page(request.into_inner()).map_err(refuse)?;
        let listed = self.0.list_quarantined(&tenant, &page.source, page.open, page.size, &page.token).await;
        let (items, next_page_token) = listed.map_err(refuse)?;
        let items = items.into_iter().map(quarantine::to_wire).collect();
        Ok(Response::new(pb::ListQuarantinedResponse { items, next_page_token }))
    }

    async fn replay_quarantined(
        &self,
        request: Request<pb::ReplayQuarantinedRequest>,
    ) -> Result<Response<pb::ReplayQuarantinedResponse>, Status> {
        let sender = sender(&request)?;
        self.replay(sender, request.into_inner()).await.map(Response::new).map_err(refuse)
    }

    async fn report_source_progress(
        &self,
        request: Request<pb::ReportSourceProgressRequest>,
    ) -> Result<Response<pb::ReportSourceProgressResponse>, Status> {
        let sender = sender(&request)?;
        let (source, until) = source::progress(request.into_inner(), self.0.latest_progress()).map_err(refuse)?;
        let (now, read_token) = self.0.report_progress(sender, source, until).await.map_err(refuse)?;
        Ok(Response::new(pb::ReportSourceProgressResponse { complete_until: Some(wire::to_wire(now)), read_token }))
    }

    async fn register_schema(
        &self,
        request: Request<pb::RegisterSchemaRequest>,
    ) -> Result<Response<pb::RegisterSchemaResponse>, Status> {
        let tenant = sender(&request)?.tenant;
        let (name, json) = schema::read(request.into_inner().schema).map_err(refuse)?;
        let registered = self.0.register_schema(&tenant, name, json).await.map_err(refuse)?;
        Ok(Response::new(pb::RegisterSchemaResponse { schema: Some(schema::to_wire(registered)) }))
    }

    async fn list_schemas(
        &self,
        request: Request<pb::ListSchemasRequest>,
    ) -> Result<Response<pb::ListSchemasResponse>, Status> {
        let (tenant, request) = (sender(&request)?.tenant, request.into_inner());
        let size = page_size(request.page_size, 100, 500).map_err(|wrong| refuse(Refusal::fields(vec![wrong])))?;
        let listed = self.0.list_schemas(&tenant, size, &request.page_token).await;
        let (schemas, next_page_token) = listed.map_err(refuse)?;
        let schemas = schemas.into_iter().map(schema::to_wire).collect();
        Ok(Response::new(pb::ListSchemasResponse { schemas, next_page_token }))
    }

    async fn get_intake_statistics(
        &self,
        request: Request<pb::GetIntakeStatisticsRequest>,
    ) -> Result<Response<pb::GetIntakeStatisticsResponse>, Status> {
        let tenant = sender(&request)?.tenant;
        let source = source::filter(request.into_inner().source).map_err(refuse)?;
        let counts = self.0.statistics(&tenant, &source).await.map_err(refuse)?;
        Ok(Response::new(outcome::counts(&counts)))
    }

    async fn export_records(
        &self,
        request: Request<pb::ExportRecordsRequest>,
    ) -> Result<Response<pb::ExportRecordsResponse>, Status> {
        let (tenant, request) = (sender(&request)?.tenant, request.into_inner());
        let (records, size) = records::exported(&request).map_err(refuse)?;
        let exported = self.0.export(&tenant, records, size, &request.page_token).await;
        let (touchpoints, next_page_token) = exported.map_err(refuse)?;
        let touchpoints = touchpoints.into_iter().map(records::to_wire).collect();
        Ok(Response::new(pb::ExportRecordsResponse { touchpoints, next_page_token }))
    }

    async fn erase_records(
        &self,
        request: Request<pb::EraseRecordsRequest>,
    ) -> Result<Response<pb::EraseRecordsResponse>, Status> {
        let sender = sender(&request)?;
        let records = records::erased(&request.into_inner()).map_err(refuse)?;
        let sequence = self.0.erase(sender, records).await.map_err(refuse)?;
        Ok(Response::new(pb::EraseRecordsResponse { read_token: self.0.journal().token(sequence) }))
    }
}
