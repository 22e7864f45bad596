//! Models on the wire.

use tenure_kernel::{Reason, Refusal};
use tenure_proto::value::v1 as pb;
use tenure_server::{Violations, page_size};

use super::field;
use crate::{
    app::{FitModel, Kept, ListModels, Paged, What},
    domain::any_model::AnyModel,
    event,
};

pub(crate) fn fit_model(request: pb::FitModelRequest) -> Result<FitModel, Refusal> {
    let mut wrong = Violations::new();
    let request_id = field::request_id(&mut wrong, &request.request_id);
    let book = field::book(&mut wrong, &request.currency_code, &request.line_code);
    let period_end = wrong.timestamp("period_end", request.period_end.as_ref());
    let what = what(&mut wrong, request.kind, request.subject());
    let (Some(request_id), Some(book), Some(what), true) = (request_id, book, what, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    let pb::FitModelRequest { hold_back, read_after, .. } = request;
    Ok(FitModel { request_id, book, period_end, what, hold_back, read_after })
}

/// `kind` and `subject`, which must not contradict each other.
fn what(wrong: &mut Violations, kind: i32, subject: pb::ModelSubject) -> Option<What> {
    let Ok(kind) = pb::PurchaseModelKind::try_from(kind) else {
        wrong.push("kind", Reason::FieldNotAllowed, field::NO_KIND);
        return None;
    };
    let (purchases, contracts) = (event::part::kind(kind), event::contracts::kind(kind));
    let mut contradicts = |other: bool| {
        if other {
            wrong.push("kind", Reason::FieldNotAllowed, "not a kind of model of the subject");
        }
        !other
    };
    match subject {
        pb::ModelSubject::Unspecified if contracts.is_some() => Some(What::Contracts(contracts)),
        pb::ModelSubject::Unspecified => Some(What::Purchases(purchases)),
        pb::ModelSubject::Purchases => contradicts(contracts.is_some()).then_some(What::Purchases(purchases)),
        pb::ModelSubject::Contracts => contradicts(purchases.is_some()).then_some(What::Contracts(contracts)),
    }
}

pub(crate) fn fit_model_response(kept: &Kept) -> pb::FitModelResponse {
    pb::FitModelResponse {
        model: Some(event::any_model_message(&kept.model)),
        promotion: kept.promotion.as_ref().map(event::promotion::message),
    }
}

pub(crate) fn list_models(request: pb::ListModelsRequest) -> Result<ListModels, Refusal> {
    let mut wrong = Violations::new();
    let page_size = wrong.take(page_size(request.page_size, 100, 500));
    let line = request.line_code.as_deref().and_then(|code| field::line(&mut wrong, code));
    let (Some(page_size), true) = (page_size, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(ListModels { page_size, page_token: request.page_token, line })
}

pub(crate) fn list_models_response(page: Paged<AnyModel>) -> pb::ListModelsResponse {
    let models = page.items.iter().map(event::any_model_message).collect();
    pb::ListModelsResponse { models, next_page_token: page.next_page_token }
}
