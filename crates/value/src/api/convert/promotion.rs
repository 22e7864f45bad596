//! Promotions on the wire.

use tenure_kernel::{Reason, Refusal};
use tenure_proto::value::v1 as pb;
use tenure_server::{Violations, page_size};

use super::field;
use crate::{
    app::{ListPromotions, Paged, PromoteModel},
    domain::promotion::Promotion,
    event,
};

pub(crate) fn promote_model(request: pb::PromoteModelRequest) -> Result<PromoteModel, Refusal> {
    let mut wrong = Violations::new();
    let request_id = field::request_id(&mut wrong, &request.request_id);
    let model = wrong.id("model_id", &request.model_id);
    if request.expected_version < 0 {
        wrong.push("expected_version", Reason::FieldOutOfRange, "must be 1 or more, or 0 for any");
    }
    let forced = forced(&mut wrong, request.force, &request.reason_code);
    let (Some(request_id), Some(model), true) = (request_id, model, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    let expected = Some(request.expected_version).filter(|version| *version > 0);
    Ok(PromoteModel { request_id, model, expected, forced, read_after: request.read_after })
}

fn forced(wrong: &mut Violations, force: bool, reason: &str) -> Option<String> {
    let field = "reason_code";
    if !force {
        if !reason.is_empty() {
            wrong.push(field, Reason::FieldNotAllowed, "only with force");
        }
        return None;
    }
    let reason = wrong.text(field, reason, 64)?;
    if !reason.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:/".contains(&byte)) {
        wrong.push(field, Reason::FieldMalformed, "must be letters, digits, '.', '-', '_', ':' and '/'");
    }
    Some(reason.to_owned())
}

pub(crate) fn promote_model_response(promotion: &Promotion) -> pb::PromoteModelResponse {
    pb::PromoteModelResponse { promotion: Some(event::promotion::message(promotion)) }
}

pub(crate) fn list_promotions(request: pb::ListPromotionsRequest) -> Result<ListPromotions, Refusal> {
    let mut wrong = Violations::new();
    let page_size = wrong.take(page_size(request.page_size, 100, 500));
    let line = request.line_code.as_deref().and_then(|code| field::line(&mut wrong, code));
    let (Some(page_size), true) = (page_size, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(ListPromotions { page_size, page_token: request.page_token, line })
}

pub(crate) fn list_promotions_response(page: Paged<Promotion>) -> pb::ListPromotionsResponse {
    let promotions = page.items.iter().map(event::promotion::message).collect();
    pb::ListPromotionsResponse { promotions, next_page_token: page.next_page_token }
}
