//! What serving customers costs: rates, and a person's value once they are served.

use std::collections::BTreeMap;

use tenure_clv::{Cell, CustomerValue, Purchases as _};
use tenure_kernel::Timestamp;

use super::{
    currency::Currency,
    model::Model,
    needs::Needs,
    purchase::Total,
    service::{Channel, Kind, Served, ServiceKey},
    summary::{PersonSummary, Services},
};

const DAYS_A_WEEK: f64 = 7.0;
const SECONDS_AN_HOUR: f64 = 3_600.0;

/// What one kind of touchpoint costs. Money in minor units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    /// Each.
    pub(crate) each: i64,
    /// An hour of handling.
    pub(crate) hourly: i64,
    /// What of the money that went to the customer is a cost, 0 to 1.
    pub(crate) paid_part: f64,
}

impl Rate {
    /// Where nothing else is said, what was paid out costs, and nothing else does.
    const NONE: Self = Self { each: 0, hourly: 0, paid_part: 1.0 };
}

/// Which touchpoints have a rate: a kind, and a channel or every one without a rate of its own.
pub(crate) type Rated = (Kind, Option<Channel>);

/// A tenant's rates of a currency. They are numbered; the newest ones price everything.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CostRates {
    /// From 1, within tenant and currency; 0: none were registered.
    pub(crate) version: i32,
    pub(crate) currency: Currency,
    /// What of a purchase is margin where it does not say, 0 to 1.
    pub(crate) earned_part: f64,
    pub(crate) rates: BTreeMap<Rated, Rate>,
    pub(crate) registered_at: Timestamp,
}

/// What something took, in parts too where it is expected only.
#[derive(Debug, Clone, Copy)]
struct Amounts {
    count: f64,
    seconds: f64,
    paid: f64,
}

impl From<&Served> for Amounts {
    fn from(served: &Served) -> Self {
        Self { count: served.count as f64, seconds: served.seconds as f64, paid: served.minor_units as f64 }
    }
}

impl CostRates {
    /// Before any are registered: amounts are margin.
    pub(crate) fn none(currency: Currency) -> Self {
        Self { version: 0, currency, earned_part: 1.0, rates: BTreeMap::new(), registered_at: Timestamp(0) }
    }

    fn rate(&self, kind: Kind, channel: Channel) -> Rate {
        let own = self.rates.get(&(kind, Some(channel))).or_else(|| self.rates.get(&(kind, None)));
        own.copied().unwrap_or(Rate::NONE)
    }

    fn price(&self, kind: Kind, channel: Channel, of: Amounts) -> f64 {
        let rate = self.rate(kind, channel);
        of.count * rate.each as f64
            + of.seconds / SECONDS_AN_HOUR * rate.hourly as f64
            + of.paid * if kind.pays_out() { rate.paid_part } else { 0.0 }
    }

    /// The cost of all of it, in the order of kinds and channels.
    fn cost(&self, services: &Services) -> f64 {
        services.iter().fold(0.0, |sum, ((kind, channel), served)| sum + self.price(*kind, *channel, served.into()))
    }

    /// How many services, and the squares of what each cost, added up; of a kind and channel each is taken to cost the same.
    fn events(&self, services: &Services) -> [f64; 2] {
        services.iter().fold([0.0, 0.0], |[events, squares], ((kind, channel), served)| {
            let cost = self.price(*kind, *channel, served.into());
            let squared = if served.count > 0 { cost * cost / served.count as f64 } else { 0.0 };
            [events + served.count as f64, squares + squared]
        })
    }

    /// The margin on what a person bought: as their purchases say, by the tenant's part for those that do not.
    fn past_margin(&self, person: &PersonSummary) -> f64 {
        let (total, margins) = (person.history.total_minor(), person.margins);
        margins.margin_minor as f64 + self.earned_part * (total as f64 - margins.known_minor as f64)
    }

    /// What of a person's purchases is margin.
    fn margin_part_of(&self, person: &PersonSummary) -> f64 {
        let total = person.history.total_minor() as f64;
        if total > 0.0 { self.past_margin(person) / total } else { self.earned_part }
    }
}

/// What a kind of touchpoint took of a person, and what that cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cause {
    pub(crate) kind: Kind,
    pub(crate) channel: Channel,
    pub(crate) served: Served,
    /// In minor units.
    pub(crate) cost: f64,
}

/// What a person brings less what serving them takes, within the horizon and discounted. In minor units.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Net {
    pub(crate) margin: f64,
    pub(crate) cost: f64,
    /// Its variance by chance, for the time that they are expected to stay.
    pub(crate) cost_chance: f64,
    pub(crate) past_margin: f64,
    pub(crate) past_cost: f64,
    /// The dearest first.
    pub(crate) causes: Vec<Cause>,
    pub(crate) rates_version: i32,
}

impl Net {
    /// Negative if the person costs more than they bring.
    pub(crate) fn value(&self) -> f64 {
        self.margin - self.cost
    }
}

/// Rates, and what the base of a model needs by them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pricing {
    rates: CostRates,
    /// What a customer of the base costs a day, in minor units.
    base_daily: f64,
    /// How often they need something a day, and the squares of what that costs each time.
    base_events: [f64; 2],
    half_days: f64,
}

impl Pricing {
    pub(crate) fn new(rates: CostRates, needs: &Needs) -> Self {
        let all = rates.cost(&needs.services);
        let a_day = |all: f64| if needs.customer_days > 0 { all / needs.customer_days as f64 } else { 0.0 };
        let base_events = rates.events(&needs.services).map(a_day);
        Self { base_daily: a_day(all), base_events, half_days: needs.half_days, rates }
    }

    pub(crate) fn rates(&self) -> &CostRates {
        &self.rates
    }

    /// What of a person's purchases is margin.
    pub(crate) fn margin_of(&self, person: &PersonSummary) -> f64 {
        self.rates.margin_part_of(person)
    }

    /// What a person costs a week while they are active.
    pub(crate) fn weekly(&self, person: &PersonSummary) -> f64 {
        self.weekly_of(&person.services, person.history.age_days())
    }

    /// What somebody costs a week who took such service in so many days.
    pub(crate) fn weekly_of(&self, services: &Services, days: u32) -> f64 {
        self.daily(self.rates.cost(services), days) * DAYS_A_WEEK
    }

    /// The margin on what was bought on a day.
    pub(crate) fn margin_of_day(&self, total: &Total) -> f64 {
        total.margin_minor as f64 + self.rates.earned_part * (total.minor_units as f64 - total.known_minor as f64)
    }

    /// What a day's service cost.
    pub(crate) fn cost_of(&self, key: &ServiceKey, served: &Served) -> f64 {
        self.rates.price(key.kind, key.channel, served.into())
    }

    /// What a person costs a day: what they did cost and what the base does, by how long they have been a customer.
    fn daily(&self, past_cost: f64, days: u32) -> f64 {
        (past_cost + self.half_days * self.base_daily) / (f64::from(days) + self.half_days)
    }

    /// What is expected to be spent in some days to come on somebody who took such service in so many days, and its variance by chance.
    ///
    /// Services come at a rate of the person's own, Gamma distributed over the base, of which the past tells something (its shape and scale
    /// follow from what credibility rests on). What a number of services costs varies because the number does, as Poisson's does, and
    /// because the rate is not known: E[N] E[c^2] + Var[rate] (days E[c])^2.
    pub(crate) fn ahead(&self, services: &Services, days: u32, to_come: f64) -> (f64, f64) {
        let known = f64::from(days) + self.half_days;
        let daily = self.daily(self.rates.cost(services), days);
        let [own_events, own_squares] = self.rates.events(services);
        let [events, squares] = self.base_events;
        let rate = (own_events + self.half_days * events) / known;
        let squared = (own_squares + self.half_days * squares) / known;
        let by_rate = if rate > 0.0 { (to_come * daily).powi(2) / (rate * known) } else { 0.0 };
        (to_come * daily, to_come * squared + by_rate)
    }

    /// A person's value once they are served: while they stay active they cost what they do now.
    pub(crate) fn net(&self, model: &Model, person: &PersonSummary, value: &CustomerValue) -> Net {
        let past_cost = self.rates.cost(&person.services);
        let purchases = &model.learned.purchases.model;
        let days = purchases.time_active(&Cell::from(&person.history), value.discounted_purchases) * DAYS_A_WEEK;
        let mut causes: Vec<Cause> = person.services.iter().map(|(what, served)| self.cause(*what, *served)).collect();
        causes.sort_by(|left, right| {
            right.cost.total_cmp(&left.cost).then((left.kind, left.channel).cmp(&(right.kind, right.channel)))
        });
        let (cost, cost_chance) = self.ahead(&person.services, person.history.age_days(), days);
        Net {
            margin: value.expected_minor * self.margin_of(person),
            cost,
            cost_chance,
            past_margin: self.rates.past_margin(person),
            past_cost,
            causes,
            rates_version: self.rates.version,
        }
    }

    fn cause(&self, (kind, channel): (Kind, Channel), served: Served) -> Cause {
        Cause { kind, channel, served, cost: self.rates.price(kind, channel, (&served).into()) }
    }
}

#[cfg(test)]
mod tests;
