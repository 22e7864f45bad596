//! Payback on the wire.

use std::collections::BTreeMap;

use tenure_kernel::{Reason, Refusal};
use tenure_proto::value::v1 as pb;
use tenure_server::Violations;

use super::{field, group};
use crate::{
    app::{GetAcquisitionPayback, Payback},
    domain::{currency::Currency, payback},
};

const MAX_COSTS: usize = 500;
const DEFAULT_MONTHS: usize = 24;
const MOST_MONTHS: usize = 120;
/// The dearest way to win a customer, in minor units.
const MAX_COST: i64 = 1_000_000_000_000;

pub(crate) fn get_acquisition_payback(
    request: pb::GetAcquisitionPaybackRequest,
) -> Result<GetAcquisitionPayback, Refusal> {
    let mut wrong = Violations::new();
    let book = field::book(&mut wrong, &request.currency_code, &request.line_code);
    let by = group::by(&mut wrong, request.group_by());
    if matches!(request.group_by(), pb::GroupBy::Product | pb::GroupBy::ProfileAttribute) {
        wrong.push("group_by", Reason::FieldNotAllowed, "a customer must be in one group");
    }
    let as_of = wrong.timestamp("as_of", request.as_of.as_ref());
    let question = field::question(&mut wrong, request.horizon_weeks, request.discount_rate);
    let months = match usize::try_from(request.months) {
        Ok(0) => DEFAULT_MONTHS,
        Ok(months) if months <= MOST_MONTHS => months,
        _ => {
            wrong.push("months", Reason::FieldOutOfRange, "must be 1 to 120, or 0 for 24");
            0
        }
    };
    let costs = costs(&mut wrong, &request.costs);
    let (Some(book), Some(by), Some(question), true) = (book, by, question, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(GetAcquisitionPayback { book, by, as_of, months, question, costs, read_after: request.read_after })
}

fn costs(wrong: &mut Violations, said: &[pb::AcquisitionCost]) -> BTreeMap<String, i64> {
    let mut costs = BTreeMap::new();
    if said.len() > MAX_COSTS {
        wrong.push("costs", Reason::FieldTooLong, "must be at most 500");
        return costs;
    }
    for (at, one) in said.iter().enumerate() {
        if !(0..=MAX_COST).contains(&one.minor_units) {
            wrong.push(format!("costs[{at}].minor_units"), Reason::FieldOutOfRange, "must be 0 to 10^12");
        }
        if costs.insert(one.key.clone(), one.minor_units).is_some() {
            wrong.push(format!("costs[{at}].key"), Reason::FieldNotAllowed, "the group has a cost already");
        }
    }
    costs
}

pub(crate) fn get_acquisition_payback_response(found: Payback) -> pb::GetAcquisitionPaybackResponse {
    let currency = found.currency;
    let groups = found.groups.groups.into_iter().map(|(key, tally)| message(key, &tally, currency));
    let rest = found.groups.rest;
    pb::GetAcquisitionPaybackResponse {
        groups: groups.collect(),
        rest: (rest.customers > 0).then(|| message(String::new(), &rest, currency)),
        model_id: found.scorers.purchases.as_ref().map(|(model, _)| model.id.to_string()).unwrap_or_default(),
        contract_model_id: found.scorers.contracts.as_ref().map(|(model, _)| model.id.to_string()).unwrap_or_default(),
        rates_version: found.scorers.rates_version(),
    }
}

fn message(key: String, tally: &payback::Tally, currency: Currency) -> pb::PaybackGroup {
    let found = tally.payback();
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    pb::PaybackGroup {
        key,
        customers: tally.customers,
        expected_acquisition_minor_units: tally.acquisition,
        expected_earned_minor_units: tally.earned,
        expected_net_minor_units: tally.expected,
        break_even_month: found.break_even.and_then(|month| i32::try_from(month).ok()),
        first_renewals_due: count(found.first.due),
        first_renewal_loss: found.first.lost_part(),
        later_renewals_due: count(found.later.due),
        later_renewal_loss: found.later.lost_part(),
        is_loss: found.loses,
        is_offer_driven: found.price_shoppers,
        reasons: reasons(tally, &found, currency),
        mean_cumulative_minor_units: found.cumulative,
    }
}

fn reasons(tally: &payback::Tally, found: &payback::Payback, currency: Currency) -> Vec<String> {
    let amount = |minor: f64| currency.amount(minor);
    let mut reasons = vec![format!(
        "winning {} customers cost {}; they left {} so far, and are expected to leave {} more",
        tally.customers,
        amount(tally.acquisition),
        amount(tally.earned),
        amount(tally.expected)
    )];
    reasons.push(match found.break_even {
        Some(month) => format!("on average a customer has paid back by the end of month {month}"),
        None => format!("on average a customer has not paid back within {} months", found.cumulative.len()),
    });
    if let Some(first) = found.first.lost_part() {
        let later = found.later.lost_part().map(|later| format!(", and {:.1} % at a later one", 100.0 * later));
        let due = found.first.due;
        let later = later.unwrap_or_default();
        reasons.push(format!("{:.1} % of {due} contracts were lost at their first renewal{later}", 100.0 * first));
    }
    if found.price_shoppers {
        reasons.push(
            "they came for the price: more left at the first renewal than later, and they cost more than they yield"
                .to_owned(),
        );
    }
    reasons
}
