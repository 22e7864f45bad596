//! Models on the wire.

use tenure_kernel::Refusal;
use tenure_proto::value::v1 as pb;
use tenure_server::{Violations, page_size};

use super::field;
use crate::{
    app::{FitModel, Kept, ListModels, Paged},
    domain::model::Model,
    event,
};

pub(crate) fn fit_model(request: pb::FitModelRequest) -> Result<FitModel, Refusal> {
    let mut wrong = Violations::new();
    let request_id = field::request_id(&mut wrong, &request.request_id);
    let book = field::book(&mut wrong, &request.currency_code, &request.line_code);
    let period_end = wrong.timestamp("period_end", request.period_end.as_ref());
    let kind = field::kind(&mut wrong, request.kind);
    let (Some(request_id), Some(book), true) = (request_id, book, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    let pb::FitModelRequest { hold_back, read_after, .. } = request;
    Ok(FitModel { request_id, book, period_end, kind, hold_back, read_after })
}

pub(crate) fn fit_model_response(kept: &Kept) -> pb::FitModelResponse {
    pb::FitModelResponse {
        model: Some(event::model_message(&kept.model)),
        promotion: kept.promotion.as_ref().map(event::promotion::message),
    }
}

pub(crate) fn list_models(request: pb::ListModelsRequest) -> Result<ListModels, Refusal> {
    let page_size = page_size(request.page_size, 100, 500).map_err(|wrong| Refusal::fields(vec![wrong]))?;
    Ok(ListModels { page_size, page_token: request.page_token })
}

pub(crate) fn list_models_response(page: Paged<Model>) -> pb::ListModelsResponse {
    let models = page.items.iter().map(event::model_message).collect();
    pb::ListModelsResponse { models, next_page_token: page.next_page_token }
}
