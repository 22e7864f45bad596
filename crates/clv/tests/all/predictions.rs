//! Laws of the predictions, over generated models and customers.

use proptest::prelude::*;
use tenure_clv::{BgNbd, Cell, DiscountRate, GammaGamma, Horizon, Summary, ValueModel};

fn weeks(weeks: f64) -> Horizon {
    Horizon::from_weeks(weeks).unwrap()
}

fn cell() -> impl Strategy<Value = Cell> {
    (0u32..400, 0.001f64..=1.0, 0.5f64..300.0).prop_map(|(x, share, age)| {
        let x = if x < 100 { 0 } else { x - 99 };
        Cell::new(x, if x == 0 { 0.0 } else { share * age }, age).unwrap()
    })
}

/// Models as they come out of data.
fn usual() -> impl Strategy<Value = BgNbd> {
    [-3.0f64..4.0, -1.0f64..5.0, -2.0f64..2.0, -2.0f64..3.0].prop_map(|logs| {
        let [r, alpha, a, b] = logs.map(f64::exp);
        BgNbd::new(r, alpha, a, b).unwrap()
    })
}

/// Models up to the ends of the ranges.
fn extreme() -> impl Strategy<Value = BgNbd> {
    [-4.0f64..=4.0, -2.0f64..=8.0, -4.0f64..=4.0, -4.0f64..=4.0].prop_map(|logs| {
        let [r, alpha, a, b] = logs.map(|log| 10f64.powf(log));
        BgNbd::new(r, alpha, a, b).unwrap()
    })
}

/// Expected purchases as the mean over the dropout probability p of [1 - (1 + p t / (alpha+T))^-(r+x)] / p,
/// by the trapezoidal rule in the logit of p, which converges exponentially.
fn by_integral(model: &BgNbd, cell: &Cell, t: f64) -> f64 {
    let x = f64::from(cell.frequency());
    let (leave, stay) = (model.a(), model.b() + x);
    let (shape, y) = (model.r() + x, t / (model.alpha() + cell.age()));
    let ln_weight = |u: f64| -leave * (-u).exp().ln_1p() - stay * u.exp().ln_1p();
    let centre = (leave / stay).ln();
    let step = 0.05f64.min(0.1 * (1.0 / leave + 1.0 / stay).sqrt());
    let (mut weights, mut sum) = (0.0, 0.0);
    for direction in [1.0, -1.0] {
        let from = if direction > 0.0 { 0 } else { 1 };
        for index in from.. {
            let u = centre + direction * step * f64::from(index);
            let weight = (ln_weight(u) - ln_weight(centre)).exp();
            let p = 1.0 / (1.0 + (-u).exp());
            weights += weight;
            sum += weight * -(-shape * (p * y).ln_1p()).exp_m1() / p;
            if weight < 1e-18 {
                break;
            }
        }
    }
    model.p_alive(cell) * sum / weights
}

proptest! {
    #[test]
    fn expectations_equal_the_integral(model in usual(), cell in cell(), t in 0.1f64..100.0) {
        let expected = by_integral(&model, &cell, t);
        let actual = model.expected_purchases_given(&cell, weeks(t));
        let error = (actual - expected).abs();
        prop_assert!(error <= 1e-9 * expected.max(1e-3), "{} is not {}", actual, expected);
    }

    #[test]
    fn next_to_a_of_one_there_is_no_pole(gap in -1e-3f64..1e-3, cell in cell()) {
        for a in [1.0, 1.0 + gap, 1.0 + gap * 1e-6, 1.0 + gap * 1e-11] {
            let model = BgNbd::new(0.243, 4.414, a, 2.426).unwrap();
            let expected = by_integral(&model, &cell, 39.0);
            let actual = model.expected_purchases_given(&cell, weeks(39.0));
            prop_assert!((actual - expected).abs() <= 1e-10 * expected.max(1e-3));
        }
    }

    #[test]
    fn everything_is_finite_and_within_its_bounds(
        model in extreme(), cell in cell(), t in 0.0f64..300.0, rate in 0.0f64..=1.0,
    ) {
        let p_alive = model.p_alive(&cell);
        prop_assert!((0.0..=1.0).contains(&p_alive));
        let expected = model.expected_purchases_given(&cell, weeks(t));
        let rate = DiscountRate::from_annual(rate).unwrap();
        let discounted = model.discounted_purchases_given(&cell, weeks(t), rate);
        // Nobody buys more than someone who never leaves.
        let most = (model.r() + f64::from(cell.frequency())) * t / (model.alpha() + cell.age());
        // A little for rounding: with a and b large, digits cancel.
        let slack = 1e-10 * most + 1e-13 * (model.a() + model.b());
        prop_assert!((0.0..=most + slack).contains(&expected), "{} of {}", expected, most);
        prop_assert!((0.0..=expected + slack).contains(&discounted));
    }

    #[test]
    fn later_horizons_never_bring_less(model in usual(), cell in cell(), rate in 0.0f64..=1.0) {
        let rate = DiscountRate::from_annual(rate).unwrap();
        let at = |t: f64| {
            let horizon = weeks(t);
            (model.expected_purchases_given(&cell, horizon),
             model.discounted_purchases_given(&cell, horizon, rate))
        };
        let path: Vec<(f64, f64)> = (0..40).map(|step| at(f64::from(step) * 4.0)).collect();
        for pair in path.windows(2) {
            prop_assert!(pair[1].0 >= pair[0].0 * (1.0 - 1e-9));
            // The integral is exact to a small part of what discounting takes away.
            prop_assert!(pair[1].1 >= pair[0].1 - 1e-3 * (pair[0].0 - pair[0].1) - 1e-12);
        }
        prop_assert_eq!(path[0], (0.0, 0.0));
    }

    #[test]
    fn discounting_equals_a_fine_sum(
        model in usual(), cell in cell(), rate in 0.01f64..=0.5, horizon in 4.0f64..260.0,
    ) {
        let rate = DiscountRate::from_annual(rate).unwrap();
        let at = |step: u32| horizon * f64::from(step) / 1_000.0;
        let purchases = |step: u32| model.expected_purchases_given(&cell, weeks(at(step)));
        let fine: f64 = (0..1_000).map(|step| {
            let middle = 0.5 * (at(step) + at(step + 1));
            (purchases(step + 1) - purchases(step)) * (-rate.weekly_force() * middle).exp()
        }).sum();
        let actual = model.discounted_purchases_given(&cell, weeks(horizon), rate);
        prop_assert!((actual - fine).abs() <= 5e-4 * fine, "{} is not {}", actual, fine);
    }

    #[test]
    fn a_longer_silence_never_makes_a_customer_livelier(model in usual(), cell in cell()) {
        let later = Cell::new(cell.frequency(), cell.recency(), cell.age() + 10.0).unwrap();
        prop_assert!(model.p_alive(&later) <= model.p_alive(&cell));
    }

    #[test]
    fn expected_spend_lies_between_the_own_mean_and_that_of_the_base(
        logs in [-1.0f64..3.0, 0.1f64..3.0, 0.0f64..6.0], x in 1u32..100, mean in 0.0f64..1e6,
    ) {
        let [p, q, v] = logs.map(f64::exp);
        let model = GammaGamma::new(p, q, v).unwrap();
        let base = model.population_mean().unwrap();
        let expected = model.expected_value(x, mean).unwrap();
        let slack = 1e-12 * base.max(mean);
        prop_assert!(expected >= base.min(mean) - slack && expected <= base.max(mean) + slack);
        prop_assert_eq!(model.expected_value(0, mean).unwrap(), base);
    }

    #[test]
    fn the_value_is_the_product_of_its_parts(
        days in prop::collection::vec((0i32..300, 1i64..100_000), 1..40),
    ) {
        let model = ValueModel {
            purchases: BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap(),
            spend: GammaGamma::new(6.25, 3.74, 1_544.0).unwrap(),
            horizon: weeks(52.0),
            discount: DiscountRate::from_annual(0.1).unwrap(),
        };
        let summary = Summary::from_purchases(days, 300).unwrap();
        let value = model.value(&summary).unwrap();
        prop_assert!(value.discounted_purchases <= value.expected_purchases);
        let product = value.discounted_purchases * value.expected_minor_per_purchase;
        prop_assert_eq!(value.expected_minor, product);
        let alive = model.purchases.p_alive(&Cell::from(&summary));
        prop_assert_eq!(value.p_alive, alive);
        prop_assert!(value.expected_minor.is_finite() && value.expected_minor > 0.0);
    }
}
