//! Rates and needs, to and from the domain.

use tenure_proto::value::v1 as pb;
use tenure_server::wire;

use crate::domain::{
    cost::{CostRates, Rate, Rated},
    currency::Currency,
    needs::Needs,
    service::{Channel, Kind, Served},
    summary::Services,
};

/// Rates as callers see them.
pub(crate) fn rates_message(rates: &CostRates) -> pb::CostRates {
    pb::CostRates {
        version: rates.version,
        currency_code: rates.currency.code().to_owned(),
        earned_part: rates.earned_part,
        rates: rates.rates.iter().map(|(of, rate)| rate_message(*of, *rate)).collect(),
        register_time: Some(wire::to_wire(rates.registered_at)),
    }
}

fn rate_message((kind, channel): Rated, rate: Rate) -> pb::CostRate {
    pb::CostRate {
        r#type: kind.number(),
        channel: channel.map_or(0, |channel| channel.0),
        minor_units: rate.each,
        hourly_minor_units: rate.hourly,
        paid_part: kind.pays_out().then_some(rate.paid_part),
    }
}

/// The rates of an entry; `None` if they are not ones that we wrote.
pub(crate) fn read_rates(message: &pb::CostRates) -> Option<CostRates> {
    let rates: Option<_> = message.rates.iter().map(read_rate).collect();
    Some(CostRates {
        version: message.version,
        currency: Currency::from_code(&message.currency_code)?,
        earned_part: message.earned_part,
        rates: rates?,
        registered_at: wire::timestamp(message.register_time.as_ref()?)?,
    })
}

fn read_rate(message: &pb::CostRate) -> Option<(Rated, Rate)> {
    let channel = (message.channel != 0).then_some(Channel(message.channel));
    let paid_part = message.paid_part.unwrap_or(1.0);
    let rate = Rate { each: message.minor_units, hourly: message.hourly_minor_units, paid_part };
    Some(((Kind::of(message.r#type)?, channel), rate))
}

pub(super) fn needs_message(needs: &Needs) -> pb::BaseNeeds {
    let of = |((kind, channel), served): (&(Kind, Channel), &Served)| pb::ServiceNeeds {
        r#type: kind.number(),
        channel: channel.0,
        count: served.count,
        handle_seconds: served.seconds,
        paid_minor_units: served.minor_units,
    };
    pb::BaseNeeds {
        customer_days: needs.customer_days,
        half_days: needs.half_days,
        needs: needs.services.iter().map(of).collect(),
    }
}

/// A model that was fitted before there were any has those of a base that says nothing.
pub(super) fn read_needs(message: &pb::BaseNeeds) -> Option<Needs> {
    let of = |one: &pb::ServiceNeeds| {
        let served = Served { count: one.count, seconds: one.handle_seconds, minor_units: one.paid_minor_units };
        Some(((Kind::of(one.r#type)?, Channel(one.channel)), served))
    };
    let services: Option<Services> = message.needs.iter().map(of).collect();
    Some(Needs { customer_days: message.customer_days, half_days: message.half_days, services: services? })
}

#[cfg(test)]
mod tests {
    use tenure_kernel::Timestamp;

    use super::*;

    #[test]
    fn rates_are_read_back_as_they_were_written() {
        let kind = |number| Kind::of(number).unwrap();
        let rates = CostRates {
            version: 2,
            currency: Currency::from_code("EUR").unwrap(),
            earned_part: 0.3,
            rates: [
                ((kind(203), None), Rate { each: 200, hourly: 4_500, paid_part: 1.0 }),
                ((kind(203), Some(Channel(5))), Rate { each: 20, hourly: 0, paid_part: 1.0 }),
                ((kind(145), None), Rate { each: 0, hourly: 0, paid_part: 0.4 }),
            ]
            .into(),
            registered_at: Timestamp(7_000_001),
        };
        assert_eq!(read_rates(&rates_message(&rates)), Some(rates));
    }
}
