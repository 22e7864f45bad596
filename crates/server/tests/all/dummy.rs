//! Services that do what a test asks for in the request.

use std::{pin::Pin, sync::Arc};

use futures::{Stream, StreamExt, stream};
use tenure_kernel::{Purpose, Reason, Refusal};
use tenure_proto::{
    collector::v1::{self as collector, collector_service_server::CollectorService},
    journal::v1::{self as journal, journal_service_server::JournalService},
    value::v1::{self as value, value_service_client::ValueServiceClient, value_service_server::ValueService},
};
use tenure_server::{Call, Identity, Peer, refuse};
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};

/// What leaks must not show: callers see none of it.
pub(crate) const SECRET: &str = "jan.de.vries@example.nl";

#[derive(Clone)]
pub(crate) struct Dummy {
    /// A permit for each call that came to wait.
    pub(crate) entered: Arc<Semaphore>,
    /// A permit for each call that may go on.
    pub(crate) released: Arc<Semaphore>,
    /// The way back to the services.
    pub(crate) peer: Peer,
}

impl Dummy {
    pub(crate) fn new(peer: Peer) -> Self {
        Self { entered: Arc::new(Semaphore::new(0)), released: Arc::new(Semaphore::new(0)), peer }
    }

    async fn wait(&self) {
        self.entered.add_permits(1);
        self.released.acquire().await.unwrap().forget();
    }

    /// What a peer that is called from here answers to a word.
    async fn ask_peer(&self, word: &str) -> Result<String, Status> {
        let request = value::ListModelsRequest { page_token: word.to_owned(), ..Default::default() };
        let answer = ValueServiceClient::new(self.peer.clone()).list_models(request).await?;
        Ok(answer.into_inner().next_page_token)
    }
}

/// Who calls, as the handler sees it.
fn describe(call: &Call) -> String {
    let who = match call.identity() {
        Identity::Tenant(caller) => format!("{}/{}", caller.tenant, caller.principal),
        Identity::Service(name) => format!("service {name}"),
    };
    let trace = call.traceparent().unwrap_or("none");
    format!(
        "{who} for {} until {} in {trace}",
        call.said_purpose().map_or("none", Purpose::as_str),
        call.deadline().is_some()
    )
}

fn seconds_left(call: &Call) -> u64 {
    call.deadline().unwrap().saturating_duration_since(tokio::time::Instant::now()).as_secs()
}

#[tonic::async_trait]
impl ValueService for Dummy {
    async fn list_models(
        &self,
        request: Request<value::ListModelsRequest>,
    ) -> Result<Response<value::ListModelsResponse>, Status> {
        let call = Call::of(&request)?;
        let headers = request.metadata().clone();
        let next_page_token = match request.into_inner().page_token.trim_end() {
            "who" => describe(&call),
            "key" => format!("{:?}", headers.get("authorization")),
            "tenant" => call.tenant().map_err(refuse)?.to_string(),
            "left" => seconds_left(&call).to_string(),
            "peer who" => self.ask_peer("who").await?,
            "peer left" => self.ask_peer("left").await?,
            "large" => "x".repeat(17 * 1024 * 1024),
            "panic" => panic!("{SECRET}"),
            "internal" => return Err(refuse(Refusal::new(Reason::Internal, SECRET))),
            "bare" => return Err(Status::internal(SECRET)),
            "unknown" => return Err(Status::unknown(SECRET)),
            "refused" => return Err(refuse(Refusal::field("page_size", Reason::FieldOutOfRange, "1 to 500"))),
            "wait" => {
                self.wait().await;
                String::new()
            }
            _ => String::new(),
        };
        Ok(Response::new(value::ListModelsResponse { models: Vec::new(), next_page_token }))
    }

    async fn score_customer(
        &self,
        _: Request<value::ScoreCustomerRequest>,
    ) -> Result<Response<value::ScoreCustomerResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn batch_score_customers(
        &self,
        _: Request<value::BatchScoreCustomersRequest>,
    ) -> Result<Response<value::BatchScoreCustomersResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    type StreamScoresStream = Pin<Box<dyn Stream<Item = Result<value::StreamScoresResponse, Status>> + Send>>;

    async fn stream_scores(
        &self,
        _: Request<value::StreamScoresRequest>,
    ) -> Result<Response<Self::StreamScoresStream>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn list_rfm_segments(
        &self,
        _: Request<value::ListRfmSegmentsRequest>,
    ) -> Result<Response<value::ListRfmSegmentsResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn backtest_model(
        &self,
        _: Request<value::BacktestModelRequest>,
    ) -> Result<Response<value::BacktestModelResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn list_promotions(
        &self,
        _: Request<value::ListPromotionsRequest>,
    ) -> Result<Response<value::ListPromotionsResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn promote_model(
        &self,
        _: Request<value::PromoteModelRequest>,
    ) -> Result<Response<value::PromoteModelResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn fit_model(&self, _: Request<value::FitModelRequest>) -> Result<Response<value::FitModelResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn list_purchase_summaries(
        &self,
        _: Request<value::ListPurchaseSummariesRequest>,
    ) -> Result<Response<value::ListPurchaseSummariesResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get_base_value(
        &self,
        _: Request<value::GetBaseValueRequest>,
    ) -> Result<Response<value::GetBaseValueResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn register_cost_rates(
        &self,
        _: Request<value::RegisterCostRatesRequest>,
    ) -> Result<Response<value::RegisterCostRatesResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn list_cost_rates(
        &self,
        _: Request<value::ListCostRatesRequest>,
    ) -> Result<Response<value::ListCostRatesResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn list_negative_value_customers(
        &self,
        _: Request<value::ListNegativeValueCustomersRequest>,
    ) -> Result<Response<value::ListNegativeValueCustomersResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get_group_value(
        &self,
        _: Request<value::GetGroupValueRequest>,
    ) -> Result<Response<value::GetGroupValueResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn what_if(&self, _: Request<value::WhatIfRequest>) -> Result<Response<value::WhatIfResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get_acquisition_payback(
        &self,
        _: Request<value::GetAcquisitionPaybackRequest>,
    ) -> Result<Response<value::GetAcquisitionPaybackResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn export_records(
        &self,
        _: Request<value::ExportRecordsRequest>,
    ) -> Result<Response<value::ExportRecordsResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}

#[tonic::async_trait]
impl JournalService for Dummy {
    type TailStream = Pin<Box<dyn Stream<Item = Result<journal::TailResponse, Status>> + Send>>;

    /// One frame; then what the journal's name says, or nothing for ever.
    async fn tail(&self, request: Request<journal::TailRequest>) -> Result<Response<Self::TailStream>, Status> {
        let end = match request.into_inner().journal.as_str() {
            "end" => stream::empty().boxed(),
            "bare" => stream::once(async { Err(Status::internal(SECRET)) }).boxed(),
            "panic" => stream::once(async { panic!("{SECRET}") }).boxed(),
            "large" => {
                let epoch = vec![0; 17 * 1024 * 1024];
                stream::once(async { Ok(journal::TailResponse { epoch, ..journal::TailResponse::default() }) }).boxed()
            }
            _ => stream::pending().boxed(),
        };
        let first = stream::once(async { Ok(journal::TailResponse::default()) });
        Ok(Response::new(Box::pin(first.chain(end))))
    }

    async fn list_followers(
        &self,
        _: Request<journal::ListFollowersRequest>,
    ) -> Result<Response<journal::ListFollowersResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn list_parked(
        &self,
        _: Request<journal::ListParkedRequest>,
    ) -> Result<Response<journal::ListParkedResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn replay_parked(
        &self,
        _: Request<journal::ReplayParkedRequest>,
    ) -> Result<Response<journal::ReplayParkedResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn rebuild_projection(
        &self,
        _: Request<journal::RebuildProjectionRequest>,
    ) -> Result<Response<journal::RebuildProjectionResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}

#[tonic::async_trait]
impl CollectorService for Dummy {
    type StreamTouchpointsStream =
        Pin<Box<dyn Stream<Item = Result<collector::StreamTouchpointsResponse, Status>> + Send>>;

    /// How it was let in.
    async fn record_touchpoints(
        &self,
        request: Request<collector::RecordTouchpointsRequest>,
    ) -> Result<Response<collector::RecordTouchpointsResponse>, Status> {
        let read_token = format!("{:?}", Call::of(&request)?.priority());
        Ok(Response::new(collector::RecordTouchpointsResponse { read_token, ..Default::default() }))
    }

    async fn stream_touchpoints(
        &self,
        _: Request<tonic::Streaming<collector::StreamTouchpointsRequest>>,
    ) -> Result<Response<Self::StreamTouchpointsStream>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn list_quarantined(
        &self,
        _: Request<collector::ListQuarantinedRequest>,
    ) -> Result<Response<collector::ListQuarantinedResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn replay_quarantined(
        &self,
        _: Request<collector::ReplayQuarantinedRequest>,
    ) -> Result<Response<collector::ReplayQuarantinedResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn report_source_progress(
        &self,
        _: Request<collector::ReportSourceProgressRequest>,
    ) -> Result<Response<collector::ReportSourceProgressResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn register_schema(
        &self,
        _: Request<collector::RegisterSchemaRequest>,
    ) -> Result<Response<collector::RegisterSchemaResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn list_schemas(
        &self,
        _: Request<collector::ListSchemasRequest>,
    ) -> Result<Response<collector::ListSchemasResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get_intake_statistics(
        &self,
        _: Request<collector::GetIntakeStatisticsRequest>,
    ) -> Result<Response<collector::GetIntakeStatisticsResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn export_records(
        &self,
        _: Request<collector::ExportRecordsRequest>,
    ) -> Result<Response<collector::ExportRecordsResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn erase_records(
        &self,
        _: Request<collector::EraseRecordsRequest>,
    ) -> Result<Response<collector::EraseRecordsResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}
