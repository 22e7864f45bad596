//! `tenure.value.v1.ValueService`.

use std::sync::Arc;

use tenure_proto::value::v1::{self as pb, value_service_server::ValueService};
use tenure_server::{Call, refuse};
use tonic::{Request, Response, Status};

use super::convert::{base_value, model, record, score, summary};
use crate::app::App;

/// The service.
#[derive(Clone)]
pub(crate) struct ValueApi(pub(crate) Arc<App>);

#[tonic::async_trait]
impl ValueService for ValueApi {
    async fn fit_model(&self, request: Request<pb::FitModelRequest>) -> Result<Response<pb::FitModelResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = model::fit_model(request.into_inner()).map_err(refuse)?;
        let fitted = self.0.fit_model(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(model::fit_model_response(&fitted)))
    }

    async fn list_models(
        &self,
        request: Request<pb::ListModelsRequest>,
    ) -> Result<Response<pb::ListModelsResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = model::list_models(request.into_inner()).map_err(refuse)?;
        let page = self.0.list_models(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(model::list_models_response(page)))
    }

    async fn score_customer(
        &self,
        request: Request<pb::ScoreCustomerRequest>,
    ) -> Result<Response<pb::ScoreCustomerResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = score::score_customer(request.into_inner()).map_err(refuse)?;
        let (scored, by) = self.0.score_customer(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(pb::ScoreCustomerResponse { score: Some(score::message(scored, &by)) }))
    }

    async fn list_purchase_summaries(
        &self,
        request: Request<pb::ListPurchaseSummariesRequest>,
    ) -> Result<Response<pb::ListPurchaseSummariesResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = summary::list_purchase_summaries(request.into_inner()).map_err(refuse)?;
        let page = self.0.list_purchase_summaries(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(summary::list_purchase_summaries_response(page)))
    }

    async fn get_base_value(
        &self,
        request: Request<pb::GetBaseValueRequest>,
    ) -> Result<Response<pb::GetBaseValueResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = base_value::get_base_value(request.into_inner()).map_err(refuse)?;
        let worth = self.0.get_base_value(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(base_value::get_base_value_response(worth)))
    }

    async fn export_records(
        &self,
        request: Request<pb::ExportRecordsRequest>,
    ) -> Result<Response<pb::ExportRecordsResponse>, Status> {
        let call = Call::of(&request)?;
        let records = record::export_records(&request.into_inner()).map_err(refuse)?;
        let days = self.0.export_records(&call, records).await.map_err(refuse)?;
        Ok(Response::new(record::export_records_response(days)))
    }
}
