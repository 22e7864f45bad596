use super::*;
use crate::uncertainty::by_parameters;
use crate::{BgNbd, DiscountRate, Horizon, ParetoNbd, ValueModel};
use proptest::prelude::*;

fn diagonal(size: usize, variance: f64) -> Vec<Vec<f64>> {
    (0..size)
        .map(|row| (0..size).map(|column| if row == column { variance } else { variance / 5.0 }).collect())
        .collect()
}

fn spend() -> GammaGamma {
    GammaGamma::new(6.25, 3.74, 1_544.0).unwrap()
}

fn base() -> Vec<Summary> {
    let history = |number: i32| {
        let days = (0..number % 6)
            .map(move |repeat| (number % 40 + repeat * (3 + number % 25), 900 + i64::from(number * 17 % 2_000)));
        Summary::from_purchases(days.chain([(number % 40, 500)]), 280)
    };
    (0..60).filter_map(history).collect()
}

fn ahead() -> (Horizon, DiscountRate) {
    (Horizon::from_weeks(52.0).unwrap(), DiscountRate::from_annual(0.1).unwrap())
}

fn close(actual: f64, expected: f64, tolerance: f64) {
    assert!((actual / expected - 1.0).abs() <= tolerance, "{actual} is not {expected}");
}

#[test]
fn a_group_is_worth_what_its_customers_are_and_moves_with_the_parameters_as_they_do() {
    let pace = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    let (horizon, discount) = ahead();
    let (by_pace, by_spend) = (diagonal(4, 2e-3), diagonal(3, 4e-3));
    let mut valuer =
        Valuer::new(Neighbours::of(pace, &by_pace), Neighbours::of(spend(), &by_spend), Ahead::from(ahead()));
    let mut group = Group::default();
    for summary in base() {
        group.take(&valuer.value(&summary).unwrap(), 0.5);
    }
    let total = |purchases: BgNbd, spend: GammaGamma| {
        let model = ValueModel { purchases, spend, horizon, discount };
        base().iter().map(|summary| 0.5 * model.value(summary).unwrap().expected_minor).sum::<f64>()
    };
    let found = valuer.forecast(&group);
    close(found.mean, total(pace, spend()), 1e-12);
    let expected = by_parameters(&pace, &by_pace, |model| total(*model, spend()))
        + by_parameters(&spend(), &by_spend, |model| total(pace, *model));
    close(found.parameters, expected, 1e-6);
    let (low, high) = found.interval(0.95);
    assert!(low < found.mean && found.mean < high);
}

#[test]
fn chance_cancels_in_a_group_and_parameters_do_not() {
    let pace = ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap();
    let neighbours = (Neighbours::of(pace, &diagonal(4, 1e-3)), Neighbours::of(spend(), &diagonal(3, 1e-3)));
    let mut valuer = Valuer::new(neighbours.0, neighbours.1, Ahead::from(ahead()));
    let valued = valuer.value(&base()[10]).unwrap();
    let (mut one, mut many) = (Group::default(), Group::default());
    one.take(&valued, 1.0);
    (0..1_000).for_each(|_| many.take(&valued, 1.0));
    let (one, many) = (valuer.forecast(&one), valuer.forecast(&many));
    close(many.mean, 1e3 * one.mean, 1e-9);
    close(many.chance, 1e3 * one.chance, 1e-9);
    close(many.parameters, 1e6 * one.parameters, 1e-9);
}

#[test]
fn where_the_spend_has_no_variance_chance_has_none() {
    let pace = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    let heavy = GammaGamma::new(1.0, 1.5, 1_544.0).unwrap();
    let mut valuer = Valuer::new(
        Neighbours::of(pace, &diagonal(4, 1e-3)),
        Neighbours::of(heavy, &diagonal(3, 1e-3)),
        Ahead::from(ahead()),
    );
    let once = Summary::from_purchases([(0, 500)], 280).unwrap();
    assert_eq!(valuer.value(&once).unwrap().chance, f64::INFINITY);
    let repeater = Summary::from_purchases([(0, 500), (50, 700), (90, 700)], 280).unwrap();
    assert!(valuer.value(&repeater).unwrap().chance.is_finite());
}

proptest! {
    #[test]
    fn chance_is_that_of_the_number_and_of_the_spend(
        days in prop::collection::btree_set(0i32..270, 1..12), minor in 1i64..9_000,
    ) {
        let pace = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
        let plain = Ahead::new(52.0, 0.0).unwrap();
        let mut valuer =
            Valuer::new(Neighbours::of(pace, &diagonal(4, 1e-3)), Neighbours::of(spend(), &diagonal(3, 1e-3)), plain);
        let summary = Summary::from_purchases(days.iter().map(|day| (*day, minor)), 280).unwrap();
        let valued = valuer.value(&summary).unwrap();
        let counts = pace.counts(&Cell::from(&summary), 52.0);
        let squared_mean = spend().squared_mean(summary.frequency(), summary.mean_minor_per_repeat_day());
        // E[S^2 | n] = E[M^2] (n^2 + n / p), over the numbers one by one.
        let squared: f64 = (0..2_000)
            .map(|n| counts.probability(n) * squared_mean * (f64::from(n).powi(2) + f64::from(n) / spend().p()))
            .sum();
        let variance = squared - valued.mean.powi(2);
        prop_assert!((valued.chance / variance - 1.0).abs() < 1e-6, "{} {variance}", valued.chance);
    }
}
