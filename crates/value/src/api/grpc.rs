//! `tenure.value.v1.ValueService`.

use std::sync::Arc;

use futures::{StreamExt as _, stream::BoxStream};
use tenure_proto::value::v1::{self as pb, value_service_server::ValueService};
use tenure_server::{Call, refuse};
use tonic::{Request, Response, Status};

use super::convert::{
    backtest, base_value, cost, group, model, payback, promotion, record, score, segments, summary, what_if,
};
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

    async fn promote_model(
        &self,
        request: Request<pb::PromoteModelRequest>,
    ) -> Result<Response<pb::PromoteModelResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = promotion::promote_model(request.into_inner()).map_err(refuse)?;
        let promoted = self.0.promote_model(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(promotion::promote_model_response(&promoted)))
    }

    async fn list_promotions(
        &self,
        request: Request<pb::ListPromotionsRequest>,
    ) -> Result<Response<pb::ListPromotionsResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = promotion::list_promotions(request.into_inner()).map_err(refuse)?;
        let page = self.0.list_promotions(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(promotion::list_promotions_response(page)))
    }

    async fn score_customer(
        &self,
        request: Request<pb::ScoreCustomerRequest>,
    ) -> Result<Response<pb::ScoreCustomerResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = score::score_customer(request.into_inner()).map_err(refuse)?;
        let (worth, by) = self.0.score_customer(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(pb::ScoreCustomerResponse { score: Some(score::whole(worth, &by)) }))
    }

    async fn batch_score_customers(
        &self,
        request: Request<pb::BatchScoreCustomersRequest>,
    ) -> Result<Response<pb::BatchScoreCustomersResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = score::batch_score_customers(request.into_inner()).map_err(refuse)?;
        let scored = self.0.batch_score_customers(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(score::batch_score_customers_response(scored)))
    }

    type StreamScoresStream = BoxStream<'static, Result<pb::StreamScoresResponse, Status>>;

    async fn stream_scores(
        &self,
        request: Request<pb::StreamScoresRequest>,
    ) -> Result<Response<Self::StreamScoresStream>, Status> {
        let call = Call::of(&request)?;
        let ask = score::stream_scores(request.into_inner()).map_err(refuse)?;
        let chunks = self.0.clone().stream_scores(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(chunks.map(|chunk| chunk.map(score::stream_scores_response).map_err(refuse)).boxed()))
    }

    async fn list_rfm_segments(
        &self,
        request: Request<pb::ListRfmSegmentsRequest>,
    ) -> Result<Response<pb::ListRfmSegmentsResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = segments::list_rfm_segments(request.into_inner()).map_err(refuse)?;
        let (page, by) = self.0.list_rfm_segments(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(segments::list_rfm_segments_response(page, &by)))
    }

    async fn backtest_model(
        &self,
        request: Request<pb::BacktestModelRequest>,
    ) -> Result<Response<pb::BacktestModelResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = backtest::backtest_model(request.into_inner()).map_err(refuse)?;
        let found = self.0.backtest_model(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(backtest::backtest_model_response(&found)))
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

    async fn register_cost_rates(
        &self,
        request: Request<pb::RegisterCostRatesRequest>,
    ) -> Result<Response<pb::RegisterCostRatesResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = cost::register_cost_rates(&request.into_inner()).map_err(refuse)?;
        let rates = self.0.register_cost_rates(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(cost::register_cost_rates_response(&rates)))
    }

    async fn list_cost_rates(
        &self,
        request: Request<pb::ListCostRatesRequest>,
    ) -> Result<Response<pb::ListCostRatesResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = cost::list_cost_rates(request.into_inner()).map_err(refuse)?;
        let page = self.0.list_cost_rates(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(cost::list_cost_rates_response(page)))
    }

    async fn list_negative_value_customers(
        &self,
        request: Request<pb::ListNegativeValueCustomersRequest>,
    ) -> Result<Response<pb::ListNegativeValueCustomersResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = cost::list_negative_value_customers(request.into_inner()).map_err(refuse)?;
        let (page, by) = self.0.list_negative_value_customers(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(cost::list_negative_value_customers_response(page, &by)))
    }

    async fn get_group_value(
        &self,
        request: Request<pb::GetGroupValueRequest>,
    ) -> Result<Response<pb::GetGroupValueResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = group::get_group_value(request.into_inner()).map_err(refuse)?;
        let worth = self.0.get_group_value(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(group::get_group_value_response(worth)))
    }

    async fn what_if(&self, request: Request<pb::WhatIfRequest>) -> Result<Response<pb::WhatIfResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = what_if::what_if(request.into_inner()).map_err(refuse)?;
        let currency = ask.book.currency;
        let (parts, by) = self.0.what_if(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(what_if::what_if_response(&parts, currency, &by)))
    }

    async fn get_acquisition_payback(
        &self,
        request: Request<pb::GetAcquisitionPaybackRequest>,
    ) -> Result<Response<pb::GetAcquisitionPaybackResponse>, Status> {
        let call = Call::of(&request)?;
        let ask = payback::get_acquisition_payback(request.into_inner()).map_err(refuse)?;
        let found = self.0.get_acquisition_payback(&call, ask).await.map_err(refuse)?;
        Ok(Response::new(payback::get_acquisition_payback_response(found)))
    }

    async fn export_records(
        &self,
        request: Request<pb::ExportRecordsRequest>,
    ) -> Result<Response<pb::ExportRecordsResponse>, Status> {
        let call = Call::of(&request)?;
        let records = record::export_records(&request.into_inner()).map_err(refuse)?;
        let held = self.0.export_records(&call, records).await.map_err(refuse)?;
        Ok(Response::new(record::export_records_response(held)))
    }
}
