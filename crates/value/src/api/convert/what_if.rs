//! What-if on the wire.

use tenure_kernel::{Reason, Refusal};
use tenure_proto::value::v1 as pb;
use tenure_server::Violations;

use super::field;
use crate::{
    app::WhatIf,
    domain::{
        currency::Currency,
        what_if::{Change, Part, Side},
        worth::Scorers,
    },
};

/// The most by which margins and costs may grow.
const MOST: f64 = 10.0;

pub(crate) fn what_if(request: pb::WhatIfRequest) -> Result<WhatIf, Refusal> {
    let mut wrong = Violations::new();
    let book = field::book(&mut wrong, &request.currency_code, &request.line_code);
    let as_of = wrong.timestamp("as_of", request.as_of.as_ref());
    let question = field::question(&mut wrong, 0, request.discount_rate);
    if question.is_some_and(|question| question.discount.annual() <= 0.0) {
        wrong.push("discount_rate", Reason::FieldOutOfRange, "must be above 0: there is no end to look ahead to");
    }
    if !(-1.0..=1.0).contains(&request.retention_change) {
        wrong.push("retention_change", Reason::FieldOutOfRange, "must be -1 to 1");
    }
    for (name, change) in [("yield_change", request.yield_change), ("service_change", request.service_change)] {
        if !(-1.0..=MOST).contains(&change) {
            wrong.push(name, Reason::FieldOutOfRange, "must be -1 to 10");
        }
    }
    let (Some(book), Some(question), true) = (book, question, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    let change =
        Change { points: request.retention_change, margin: request.yield_change, cost: request.service_change };
    Ok(WhatIf { book, as_of, question, change, read_after: request.read_after })
}

pub(crate) fn what_if_response(parts: &[Part], currency: Currency, by: &Scorers) -> pb::WhatIfResponse {
    pb::WhatIfResponse {
        parts: parts.iter().map(|part| message(part, currency)).collect(),
        model_id: by.purchases.as_ref().map(|(model, _)| model.id.to_string()).unwrap_or_default(),
        contract_model_id: by.contracts.as_ref().map(|(model, _)| model.id.to_string()).unwrap_or_default(),
    }
}

fn message(part: &Part, currency: Currency) -> pb::WhatIfPart {
    let told = part.sides.as_ref().ok();
    pb::WhatIfPart {
        term_months: part.term_months,
        customers: part.customers,
        now: told.map(|[now, _]| side(now)),
        then: told.map(|[_, then]| side(then)),
        reasons: told.map(|[now, then]| reasons(now, then, currency)).unwrap_or_default(),
        lacking: part.sides.as_ref().err().cloned().unwrap_or_default(),
    }
}

fn side(side: &Side) -> pb::WhatIfSide {
    pb::WhatIfSide {
        retention: side.retention,
        expected_margin_minor_units: side.margin,
        expected_cost_minor_units: side.cost,
        expected_net_minor_units: side.margin - side.cost,
        expected_textbook_minor_units: side.textbook,
    }
}

fn reasons(now: &Side, then: &Side, currency: Currency) -> Vec<String> {
    let amount = |minor: f64| currency.amount(minor);
    let percent = |part: f64| format!("{:.1} %", 100.0 * part);
    let (change, by_textbook) = (then.margin - now.margin, then.textbook - now.textbook);
    vec![
        format!(
            "from {} to {} who stay for a period: margins of {} become {}, which is {} more",
            percent(now.retention),
            percent(then.retention),
            amount(now.margin),
            amount(then.margin),
            amount(change)
        ),
        format!(
            "less what serving them costs, {} become {}",
            amount(now.margin - now.cost),
            amount(then.margin - then.cost)
        ),
        format!(
            "at one rate for all and for ever the textbook says {} and {}, which is {} more; it takes the loyal and the others for \
             alike, and who is left grows more loyal",
            amount(now.textbook),
            amount(then.textbook),
            amount(by_textbook)
        ),
    ]
}
