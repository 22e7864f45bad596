//! Groups on the wire.

use tenure_kernel::{Reason, Refusal};
use tenure_proto::value::v1 as pb;
use tenure_server::Violations;

use super::field;
use crate::{
    app::{GetGroupValue, GroupValue},
    domain::{
        attribute::Attribute,
        group::{GroupBy, Grouping, Tally},
    },
    event,
};

pub(crate) fn get_group_value(request: pb::GetGroupValueRequest) -> Result<GetGroupValue, Refusal> {
    let mut wrong = Violations::new();
    let book = field::book(&mut wrong, &request.currency_code, &request.line_code);
    let by = grouping(&mut wrong, request.group_by(), &request.attribute_path);
    let as_of = wrong.timestamp("as_of", request.as_of.as_ref());
    let question = field::question(&mut wrong, request.horizon_weeks, request.discount_rate);
    let (Some(book), Some(by), Some(question), true) = (book, by, question, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(GetGroupValue { book, by, as_of, question, read_after: request.read_after })
}

/// The longest path, in bytes.
const PATH: usize = 256;

/// `group_by` and `attribute_path`, which only one of them takes.
fn grouping(wrong: &mut Violations, group_by: pb::GroupBy, path: &str) -> Option<Grouping> {
    let field = "attribute_path";
    if group_by != pb::GroupBy::ProfileAttribute {
        if !path.is_empty() {
            wrong.push(field, Reason::FieldNotAllowed, "only with GROUP_BY_PROFILE_ATTRIBUTE");
        }
        return by(wrong, group_by).map(Grouping::Own);
    }
    let attribute = Attribute::parse(wrong.text(field, path, PATH)?);
    if attribute.is_none() {
        let words = "must be language, address.country_code, or a path under consent, contract, life, loyalty, objection or preference, \
                     such as \"contract.*.product\"; nothing else that is personal or of a special kind";
        wrong.push(field, Reason::FieldOutOfRange, words);
    }
    attribute.map(Grouping::Profile)
}

/// What this service itself groups by; by what the profile says, a caller looks at it.
pub(super) fn by(wrong: &mut Violations, by: pb::GroupBy) -> Option<GroupBy> {
    Some(match by {
        pb::GroupBy::Unspecified => {
            wrong.push("group_by", Reason::FieldRequired, "say by what, such as GROUP_BY_COHORT_MONTH");
            return None;
        }
        pb::GroupBy::CohortMonth => GroupBy::CohortMonth,
        pb::GroupBy::CohortQuarter => GroupBy::CohortQuarter,
        pb::GroupBy::CohortYear => GroupBy::CohortYear,
        pb::GroupBy::Channel => GroupBy::Channel,
        pb::GroupBy::Offer => GroupBy::Offer,
        pb::GroupBy::FirstProduct => GroupBy::FirstProduct,
        pb::GroupBy::Product => GroupBy::Product,
        pb::GroupBy::ProfileAttribute => return None,
    })
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
