//! Rates, and what is left of a value, on the wire.

use std::collections::BTreeMap;

use tenure_kernel::{Reason, Refusal};
use tenure_proto::{collector::v1 as collector, value::v1 as pb};
use tenure_server::{Violations, page_size};

use super::{field, score};
use crate::{
    app::{ListCostRates, ListNegativeValueCustomers, Paged, RegisterCostRates},
    domain::{
        cost::{CostRates, Net, Rate, Rated},
        service::{Channel, Kind},
        worth::{Scorers, Worth},
    },
    event,
};

const MAX_RATES: usize = 500;
/// The dearest rate, in minor units.
const MAX_RATE: i64 = 1_000_000_000_000;

pub(crate) fn register_cost_rates(request: &pb::RegisterCostRatesRequest) -> Result<RegisterCostRates, Refusal> {
    let mut wrong = Violations::new();
    let request_id = field::request_id(&mut wrong, &request.request_id);
    let currency = field::currency(&mut wrong, &request.currency_code);
    let earned_part = request.earned_part.unwrap_or(1.0);
    part(&mut wrong, "earned_part", earned_part);
    let rates = rates(&mut wrong, &request.rates);
    let (Some(request_id), Some(currency), true) = (request_id, currency, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(RegisterCostRates { request_id, currency, earned_part, rates })
}

fn rates(wrong: &mut Violations, said: &[pb::CostRate]) -> BTreeMap<Rated, Rate> {
    let mut rates = BTreeMap::new();
    if said.len() > MAX_RATES {
        wrong.push("rates", Reason::FieldTooLong, "must be at most 500");
        return rates;
    }
    for (at, one) in said.iter().enumerate() {
        let Some((of, rate)) = rate(wrong, &format!("rates[{at}]"), one) else { continue };
        if rates.insert(of, rate).is_some() {
            wrong.push(format!("rates[{at}]"), Reason::FieldNotAllowed, "its type and channel have a rate already");
        }
    }
    rates
}

fn rate(wrong: &mut Violations, path: &str, one: &pb::CostRate) -> Option<(Rated, Rate)> {
    let kind = Kind::of(one.r#type);
    if kind.is_none() {
        let text = "must be a type that takes somebody's time, goods, postage or money";
        wrong.push(format!("{path}.type"), Reason::TypeUnknown, text);
    }
    if collector::Channel::try_from(one.channel).is_err() {
        wrong.push(format!("{path}.channel"), Reason::FieldOutOfRange, "no channel that is known");
    }
    for (name, minor) in [("minor_units", one.minor_units), ("hourly_minor_units", one.hourly_minor_units)] {
        if !(0..=MAX_RATE).contains(&minor) {
            wrong.push(format!("{path}.{name}"), Reason::FieldOutOfRange, "must be 0 to 10^12");
        }
    }
    let paid_part = one.paid_part.unwrap_or(1.0);
    part(wrong, &format!("{path}.paid_part"), paid_part);
    if one.paid_part.is_some() && kind.is_some_and(|kind| !kind.pays_out()) {
        wrong.push(
            format!("{path}.paid_part"),
            Reason::FieldNotAllowed,
            "no money goes to the customer with this type",
        );
    }
    let channel = (one.channel != 0).then_some(Channel(one.channel));
    Some(((kind?, channel), Rate { each: one.minor_units, hourly: one.hourly_minor_units, paid_part }))
}

fn part(wrong: &mut Violations, path: &str, part: f64) {
    if !(0.0..=1.0).contains(&part) {
        wrong.push(path, Reason::FieldOutOfRange, "must be 0 to 1");
    }
}

pub(crate) fn register_cost_rates_response(rates: &CostRates) -> pb::RegisterCostRatesResponse {
    pb::RegisterCostRatesResponse { rates: Some(event::rates_message(rates)) }
}

pub(crate) fn list_cost_rates(request: pb::ListCostRatesRequest) -> Result<ListCostRates, Refusal> {
    let page_size = page_size(request.page_size, 20, 100).map_err(|wrong| Refusal::fields(vec![wrong]))?;
    Ok(ListCostRates { page_size, page_token: request.page_token })
}

pub(crate) fn list_cost_rates_response(page: Paged<CostRates>) -> pb::ListCostRatesResponse {
    let rates = page.items.iter().map(event::rates_message).collect();
    pb::ListCostRatesResponse { rates, next_page_token: page.next_page_token }
}

pub(crate) fn list_negative_value_customers(
    request: pb::ListNegativeValueCustomersRequest,
) -> Result<ListNegativeValueCustomers, Refusal> {
    let mut wrong = Violations::new();
    let book = field::book(&mut wrong, &request.currency_code, &request.line_code);
    let as_of = wrong.timestamp("as_of", request.as_of.as_ref());
    let question = field::question(&mut wrong, request.horizon_weeks, request.discount_rate);
    let page_size = wrong.take(page_size(request.page_size, 200, 1_000));
    let (Some(book), Some(question), Some(page_size), true) = (book, question, page_size, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    let (page_token, read_after) = (request.page_token, request.read_after);
    Ok(ListNegativeValueCustomers { book, as_of, question, page_size, page_token, read_after })
}

pub(crate) fn list_negative_value_customers_response(
    page: Paged<Worth>,
    by: &Scorers,
) -> pb::ListNegativeValueCustomersResponse {
    let customers = page.items.into_iter().map(|one| score::whole(one, by)).collect();
    pb::ListNegativeValueCustomersResponse { customers, next_page_token: page.next_page_token }
}

pub(super) fn net(net: &Net) -> pb::NetValue {
    let causes = net.causes.iter().map(|cause| pb::ServiceCost {
        r#type: cause.kind.number(),
        channel: cause.channel.0,
        count: cause.served.count,
        handle_seconds: cause.served.seconds,
        paid_minor_units: cause.served.minor_units,
        cost_minor_units: whole(cause.cost),
    });
    pb::NetValue {
        expected_margin_minor_units: net.margin,
        expected_cost_minor_units: net.cost,
        expected_net_minor_units: net.value(),
        past_margin_minor_units: whole(net.past_margin),
        past_cost_minor_units: whole(net.past_cost),
        causes: causes.collect(),
        rates_version: net.rates_version,
    }
}

/// Whole minor units, held at the ends of 64 bits.
fn whole(minor: f64) -> i64 {
    minor.round() as i64
}
