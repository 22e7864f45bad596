//! `ModelPromoted`, to and from the domain. The register keeps the same payload.

use tenure_kernel::ModelId;
use tenure_proto::value::v1::{self as pb, PromotionCause};
use tenure_server::wire;

use crate::domain::{
    book::Book,
    promotion::{Cause, Comparison, Promotion, Subject},
};

/// The entry of a promotion.
pub(crate) fn entry(promotion: &Promotion) -> pb::ModelPromoted {
    pb::ModelPromoted { promotion: Some(message(promotion)) }
}

/// A promotion as callers see it.
pub(crate) fn message(promotion: &Promotion) -> pb::ModelPromotion {
    let (cause, reason_code) = match &promotion.cause {
        Cause::First => (PromotionCause::First, String::new()),
        Cause::NoWorse => (PromotionCause::NoWorse, String::new()),
        Cause::Forced(reason) => (PromotionCause::Forced, reason.clone()),
    };
    let (previous_model_id, previous_version) =
        promotion.previous.map(|(id, version)| (id.to_string(), version)).unwrap_or_default();
    pb::ModelPromotion {
        model_id: promotion.model.0.to_string(),
        version: promotion.model.1,
        currency_code: promotion.book.currency.code().to_owned(),
        line_code: promotion.book.line.code().to_owned(),
        is_of_contracts: promotion.subject == Subject::Contracts,
        previous_model_id,
        previous_version,
        cause: cause.into(),
        reason_code,
        comparison: promotion.comparison.as_ref().map(comparison),
        promote_time: Some(wire::to_wire(promotion.at)),
    }
}

pub(super) fn comparison(found: &Comparison) -> pb::ModelComparison {
    pb::ModelComparison {
        promoted_model_id: found.promoted.0.to_string(),
        promoted_version: found.promoted.1,
        holdout_error: found.error,
        promoted_holdout_error: found.promoted_error,
        is_no_worse: found.is_no_worse(),
    }
}

/// The promotion of an entry; `None` if it is not one that we wrote.
pub(crate) fn read(entry: pb::ModelPromoted) -> Option<Promotion> {
    let message = entry.promotion?;
    let cause = match message.cause() {
        PromotionCause::Unspecified => return None,
        PromotionCause::First => Cause::First,
        PromotionCause::NoWorse => Cause::NoWorse,
        PromotionCause::Forced => Cause::Forced(message.reason_code),
    };
    let previous = match message.previous_model_id.as_str() {
        "" => None,
        id => Some((id.parse::<ModelId>().ok()?, message.previous_version)),
    };
    let comparison = message.comparison.map(read_comparison);
    if comparison.is_some_and(|read| read.is_none()) {
        return None;
    }
    Some(Promotion {
        model: (message.model_id.parse().ok()?, message.version),
        book: Book::from_codes(&message.currency_code, &message.line_code)?,
        subject: if message.is_of_contracts { Subject::Contracts } else { Subject::Purchases },
        previous,
        cause,
        comparison: comparison.flatten(),
        at: wire::timestamp(&message.promote_time?)?,
    })
}

pub(super) fn read_comparison(message: pb::ModelComparison) -> Option<Comparison> {
    Some(Comparison {
        promoted: (message.promoted_model_id.parse().ok()?, message.promoted_version),
        error: message.holdout_error,
        promoted_error: message.promoted_holdout_error,
    })
}
