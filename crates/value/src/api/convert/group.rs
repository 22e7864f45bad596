//! Groups on the wire.

use tenure_kernel::{Reason, Refusal};
use tenure_proto::value::v1 as pb;
use tenure_server::Violations;

use super::field;
use crate::{
    app::{GetGroupValue, GroupValue},
    domain::group::{GroupBy, Tally},
    event,
};

pub(crate) fn get_group_value(request: pb::GetGroupValueRequest) -> Result<GetGroupValue, Refusal> {
    let mut wrong = Violations::new();
    let book = field::book(&mut wrong, &request.currency_code, &request.line_code);
    let by = by(&mut wrong, request.group_by());
    let as_of = wrong.timestamp("as_of", request.as_of.as_ref());
    let question = field::question(&mut wrong, request.horizon_weeks, request.discount_rate);
    let (Some(book), Some(by), Some(question), true) = (book, by, question, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(GetGroupValue { book, by, as_of, question, read_after: request.read_after })
}

pub(super) fn by(wrong: &mut Violations, by: pb::GroupBy) -> Option<GroupBy> {
    let by = match by {
        pb::GroupBy::Unspecified => None,
        pb::GroupBy::CohortMonth => Some(GroupBy::CohortMonth),
        pb::GroupBy::CohortQuarter => Some(GroupBy::CohortQuarter),
        pb::GroupBy::CohortYear => Some(GroupBy::CohortYear),
        pb::GroupBy::Channel => Some(GroupBy::Channel),
        pb::GroupBy::Offer => Some(GroupBy::Offer),
        pb::GroupBy::FirstProduct => Some(GroupBy::FirstProduct),
        pb::GroupBy::Product => Some(GroupBy::Product),
    };
    if by.is_none() {
        wrong.push("group_by", Reason::FieldRequired, "say by what, such as GROUP_BY_COHORT_MONTH");
    }
    by
}

pub(crate) fn get_group_value_response(worth: GroupValue) -> pb::GetGroupValueResponse {
    let found = worth.found;
    pb::GetGroupValueResponse {
        groups: found.groups.into_iter().map(|(key, tally)| message(key, &tally)).collect(),
        rest: (found.rest.customers > 0).then(|| message(String::new(), &found.rest)),
        base: Some(message(String::new(), &found.base)),
        model: worth.scorers.purchases.as_ref().map(|(model, _)| event::model_message(model)),
        contract_model: worth.scorers.contracts.as_ref().map(|(model, _)| event::contracts::message(model)),
        rates_version: worth.scorers.rates_version(),
    }
}

fn message(key: String, tally: &Tally) -> pb::ValueGroup {
    pb::ValueGroup {
        key,
        customers: tally.customers,
        total_minor_units: tally.total_minor,
        expected_value_minor_units: tally.expected,
        expected_margin_minor_units: tally.margin,
        expected_cost_minor_units: tally.cost,
        expected_net_minor_units: tally.net(),
        expected_low_minor_units: tally.interval.map(|(low, _)| low),
        expected_high_minor_units: tally.interval.map(|(_, high)| high),
        gini: tally.gini(),
        top_fifth_share: tally.top_fifth(),
        negative_customers: tally.negative,
        expected_contract_margin_minor_units: tally.contract_margin,
        contract_customers: tally.contract_customers,
    }
}
