use proptest::prelude::*;
use tenure_clv::{
    DiscountRate, GammaGamma, Horizon, PurchaseKind, Summary,
    rfm::{Activity, Boundaries},
};
use tenure_kernel::PersonId;

use super::*;
use crate::domain::score::Question;
use crate::{
    domain::{model::Learned, summary::Margins},
    event::tests::{self, fit},
};

fn euro() -> Currency {
    Currency::from_code("EUR").unwrap()
}

fn kind(number: i32) -> Kind {
    Kind::of(number).unwrap()
}

const PHONE: Channel = Channel(3);
const EMAIL: Channel = Channel(4);

fn rates(rates: impl IntoIterator<Item = (Rated, Rate)>) -> CostRates {
    CostRates { version: 1, earned_part: 0.5, rates: rates.into_iter().collect(), ..CostRates::none(euro()) }
}

fn served(count: i64, seconds: i64, minor_units: i64) -> Served {
    Served { count, seconds, minor_units }
}

fn person(days: &[(i32, i64)], services: Services) -> PersonSummary {
    PersonSummary {
        person: PersonId([1; 16]),
        records: Vec::new(),
        purchases: 1,
        history: Summary::from_purchases(days.iter().copied(), 280).unwrap(),
        first_day: 0,
        margins: Margins::default(),
        services,
    }
}

fn model(needs: Needs) -> Model {
    let history = Summary::from_purchases([(0, 100)], 280).unwrap();
    let learned = Learned {
        purchases: fit(PurchaseKind::BgNbd.with([0.243, 4.414, 0.793, 2.426]).unwrap(), 4),
        spend: fit(GammaGamma::new(6.25, 3.74, 1_544.0).unwrap(), 3),
        customers: 1,
        repeaters: 1,
        boundaries: Boundaries::from_activities(1, &[Activity::from(&history)]).unwrap(),
        needs,
        warnings: Vec::new(),
    };
    Model { version: 1, book: euro().into(), period_end: 280, learned, ..tests::model() }
}

fn question() -> Question {
    let discount = DiscountRate::from_annual(0.1).unwrap();
    Question { horizon: Horizon::from_weeks(52.0).unwrap(), discount }
}

fn net(pricing: &Pricing, model: &Model, person: &PersonSummary) -> Net {
    pricing.net(model, person, &question().value(model, person).unwrap())
}

#[test]
fn a_channel_goes_before_every_channel_and_only_what_was_paid_out_costs_without_a_rate() {
    let rates = rates([
        ((kind(203), None), Rate { each: 100, hourly: 3_600, paid_part: 1.0 }),
        ((kind(203), Some(EMAIL)), Rate { each: 7, hourly: 0, paid_part: 1.0 }),
        ((kind(145), None), Rate { each: 5, hourly: 0, paid_part: 0.25 }),
    ]);
    let cost = |number, channel, of| rates.cost(&Services::from([((kind(number), channel), of)]));
    assert_eq!(cost(203, PHONE, served(3, 60, 0)), 360.0);
    assert_eq!(cost(203, EMAIL, served(3, 60, 0)), 21.0);
    assert_eq!(cost(145, PHONE, served(2, 0, 1_000)), 260.0);
    assert_eq!(cost(285, PHONE, served(2, 60, 1_000)), 1_000.0);
    assert_eq!(cost(224, PHONE, served(2, 60, 0)), 0.0);
}

#[test]
fn margins_that_are_known_count_as_they_are_and_others_by_the_part() {
    let margins = Margins { known_minor: 600, margin_minor: -60 };
    let person = PersonSummary { margins, ..person(&[(0, 600), (70, 400)], Services::new()) };
    let rates = rates([]);
    assert_eq!(rates.past_margin(&person), -60.0 + 0.5 * 400.0);
    assert_eq!(rates.margin_part_of(&person), 0.14);
    let free = PersonSummary { history: Summary::from_purchases([(0, 0)], 280).unwrap(), ..person };
    assert_eq!(rates.margin_part_of(&free), 0.5, "nothing was paid");
}

#[test]
fn a_few_own_calls_weigh_little_at_first_and_much_in_the_end() {
    let needs = Needs {
        customer_days: 10_000,
        half_days: 100.0,
        services: Services::from([((kind(203), PHONE), served(50, 0, 0))]),
    };
    let pricing = Pricing::new(rates([((kind(203), None), Rate { each: 1_000, hourly: 0, paid_part: 1.0 })]), &needs);
    assert_eq!(pricing.base_daily, 5.0);
    assert_eq!(pricing.daily(1_000.0, 0), 15.0, "one call on the first day: a call's worth over the hundred days");
    assert_eq!(pricing.daily(0.0, 100), 2.5);
    assert!((pricing.daily(50_000.0, 10_000) - 5.0).abs() < 0.01);
}

#[test]
fn who_calls_more_than_they_buy_is_worth_less_than_nothing() {
    let model = model(Needs::default());
    let rates = rates([((kind(203), None), Rate { each: 500, hourly: 0, paid_part: 1.0 })]);
    let pricing = Pricing::new(rates, &model.learned.needs);
    let days: Vec<(i32, i64)> = (0..10).map(|week| (week * 28, 400)).collect();
    let quiet = net(&pricing, &model, &person(&days, Services::new()));
    let calls = Services::from([((kind(203), PHONE), served(30, 0, 0)), ((kind(285), EMAIL), served(1, 0, 9_000))]);
    let caller = net(&pricing, &model, &person(&days, calls));
    assert_eq!((quiet.cost, quiet.past_cost, quiet.value()), (0.0, 0.0, quiet.margin));
    assert_eq!((caller.margin, caller.past_margin), (quiet.margin, 2_000.0));
    assert_eq!(caller.past_cost, 24_000.0);
    assert!(caller.value() < 0.0 && caller.cost > caller.margin, "{caller:?}");
    assert_eq!(caller.causes.iter().map(|cause| cause.cost).collect::<Vec<_>>(), [15_000.0, 9_000.0]);
    // 280 of 645 days are the customer's own; what is left of the year while they are active comes at that price.
    let value = question().value(&model, &person(&days, Services::new())).unwrap();
    let rate = (0.243 + 9.0) / (4.414 + 40.0) / 7.0;
    assert!((caller.cost - 24_000.0 / 645.0 * value.discounted_purchases / rate).abs() < 1e-6);
}

/// Dice with a seed (SplitMix64): exponential with mean one.
fn waits(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        -(1.0 - ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64).ln()
    }
}

/// How often something comes in a time at a rate.
fn comes(wait: &mut impl FnMut() -> f64, mean: f64) -> i64 {
    let (mut passed, mut count) = (wait(), 0);
    while passed < mean {
        (passed, count) = (passed + wait(), count + 1);
    }
    count
}

/// The mean of what the cost of 200 days is off by, in what it was said to be off by, and the mean of its square: 20,000 customers
/// whose rates are exponential with mean 1/50 a day, so that K is 50 days, and of whose calls this part is by phone, and dearer.
fn off(phone: f64, seed: u64) -> (f64, f64) {
    let [dear, cheap] = [900, 100].map(|each| Rate { each, hourly: 0, paid_part: 1.0 });
    let calls = |by_phone, by_mail| {
        let both = [((kind(203), PHONE), served(by_phone, 0, 0)), ((kind(203), EMAIL), served(by_mail, 0, 0))];
        Services::from(both)
    };
    let services = calls((1_000.0 * phone) as i64, (1_000.0 * (1.0 - phone)) as i64);
    let needs = Needs { customer_days: 50_000, half_days: 50.0, services };
    let pricing = Pricing::new(rates([((kind(203), None), dear), ((kind(203), Some(EMAIL)), cheap)]), &needs);
    let (mut wait, customers) = (waits(seed), 20_000_u32);
    let (mut off, mut squared) = (0.0, 0.0);
    for customer in 0..customers {
        let (rate, days) = (wait() / 50.0, 20 + customer % 300);
        let mut some =
            |days: f64| calls(comes(&mut wait, phone * rate * days), comes(&mut wait, (1.0 - phone) * rate * days));
        let (before, after) = (some(f64::from(days)), some(200.0));
        let (mean, chance) = pricing.ahead(&before, days, 200.0);
        let error = pricing.rates().cost(&after) - mean;
        off += error / chance.sqrt();
        squared += error * error / chance;
    }
    (off / f64::from(customers), squared / f64::from(customers))
}

#[test]
fn what_service_will_cost_is_off_by_as_much_as_is_said() {
    for seed in 0..3 {
        let (mean, squared) = off(1.0, seed);
        assert!(mean.abs() < 0.03 && (squared - 1.0).abs() < 0.05, "{seed}: {mean} {squared}");
        // Where all mix alike, what is taken from their own few calls is a little less sure than is said.
        let (mean, squared) = off(0.8, seed);
        assert!(mean.abs() < 0.06 && (1.0..1.2).contains(&squared), "{seed}: {mean} {squared}");
    }
    let free = Pricing::new(rates([]), &Needs::default());
    assert_eq!(free.ahead(&Services::new(), 100, 200.0), (0.0, 0.0));
}

proptest! {
    #[test]
    fn costs_are_never_negative_and_scale_with_the_rates(
        days in prop::collection::vec((0_i32..=280, 0_i64..100_000), 1..30),
        calls in prop::collection::vec((0_usize..6, 0_i32..10, 0_i64..50, 0_i64..90_000, 0_i64..1_000_000), 0..12),
        each in 0_i64..100_000, hourly in 0_i64..100_000, half_days in 7.0_f64..36_525.0,
    ) {
        let kinds = [203, 145, 224, 285, 161, 226];
        let services: Services = calls
            .iter()
            .map(|(at, channel, count, seconds, paid)| ((kind(kinds[*at]), Channel(*channel)), served(*count, *seconds, *paid)))
            .collect();
        let base = Services::from([((kind(203), PHONE), served(40, 9_000, 0))]);
        let model = model(Needs { customer_days: 90_000, half_days, services: base });
        let person = person(&days, services);
        let at = |times: i64| {
            let rate = |kind| ((kind, None), Rate { each: each * times, hourly: hourly * times, paid_part: 0.0 });
            net(&Pricing::new(rates(Kind::all().map(rate)), &model.learned.needs), &model, &person)
        };
        let (one, three) = (at(1), at(3));
        prop_assert!(one.cost >= 0.0 && one.past_cost >= 0.0 && one.cost.is_finite());
        prop_assert!((three.cost - 3.0 * one.cost).abs() <= 1e-9 * three.cost);
        prop_assert_eq!(one.margin, three.margin);
        let sum: f64 = one.causes.iter().map(|cause| cause.cost).sum();
        prop_assert!((sum - one.past_cost).abs() <= 1e-9 * sum);
    }
}
