//! What a base is worth, on the wire.

use tenure_kernel::{Reason, Refusal};
use tenure_proto::value::v1 as pb;
use tenure_server::Violations;

use super::{field, score};
use crate::{
    app::{BaseValue, GetBaseValue},
    event,
};

const MAX_TOP: usize = 100;

pub(crate) fn get_base_value(request: pb::GetBaseValueRequest) -> Result<GetBaseValue, Refusal> {
    let mut wrong = Violations::new();
    let book = field::book(&mut wrong, &request.currency_code, &request.line_code);
    let as_of = wrong.timestamp("as_of", request.as_of.as_ref());
    let question = field::question(&mut wrong, request.horizon_weeks, request.discount_rate);
    let top_size = usize::try_from(request.top_size).ok().filter(|size| *size <= MAX_TOP);
    if top_size.is_none() {
        wrong.push("top_size", Reason::FieldOutOfRange, "must be 0 to 100");
    }
    let (Some(book), Some(question), Some(top_size), true) = (book, question, top_size, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(GetBaseValue { book, as_of, question, top_size, read_after: request.read_after })
}

pub(crate) fn get_base_value_response(worth: BaseValue) -> pb::GetBaseValueResponse {
    let BaseValue { sums, top, scorers } = worth;
    pb::GetBaseValueResponse {
        customers: sums.customers,
        repeaters: sums.repeaters,
        total_minor_units: sums.total_minor,
        expected_value_minor_units: sums.expected_minor,
        top: top.into_iter().map(|one| score::whole(one, &scorers)).collect(),
        expected_margin_minor_units: sums.margin,
        expected_contract_margin_minor_units: sums.contract_margin,
        expected_cost_minor_units: sums.cost,
        expected_net_minor_units: sums.margin - sums.cost,
        negative_customers: sums.negative,
        model: scorers.purchases.as_ref().map(|(model, _)| event::model_message(model)),
        contract_model: scorers.contracts.as_ref().map(|(model, _)| event::contracts::message(model)),
    }
}
