//! Published and recomputed reference values that need no data set.

use tenure_clv::{BgNbd, Cell, GammaGamma, Horizon};

fn close(actual: f64, expected: f64, tolerance: f64) {
    let error = (actual - expected).abs();
    assert!(error <= tolerance, "{actual} is not {expected} (off by {error:e})");
}

fn sample() -> BgNbd {
    BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap()
}

fn weeks(weeks: f64) -> Horizon {
    Horizon::from_weeks(weeks).unwrap()
}

#[test]
fn conditional_values_of_the_cdnow_sample() {
    let cell = Cell::new(2, 30.43, 38.86).unwrap();
    close(sample().p_alive(&cell), 0.726_579, 5e-7);
    close(sample().expected_purchases_given(&cell, weeks(39.0)), 1.226_028_175, 5e-10);
    close(sample().p_alive(&Cell::new(1, 1.71, 38.86).unwrap()), 0.212_101, 5e-7);
    close(sample().p_alive(&Cell::new(26, 30.86, 31.0).unwrap()), 0.968_916, 5e-7);
    assert_eq!(sample().p_alive(&Cell::new(0, 0.0, 38.86).unwrap()), 1.0);
}

#[test]
fn unconditional_values_of_the_cdnow_sample() {
    for (horizon, expected) in [(1.0, 0.053_268), (39.0, 1.196_723), (78.0, 1.860_519)] {
        close(sample().expected_purchases(weeks(horizon)), expected, 5e-7);
    }
    assert_eq!(sample().expected_purchases(weeks(0.0)), 0.0);
}

#[test]
fn five_thousand_purchases_stay_finite() {
    let cell = Cell::new(5_000, 38.0, 38.86).unwrap();
    let expected = sample().expected_purchases_given(&cell, weeks(39.0));
    assert!(expected.is_finite() && expected >= 0.0);
    // Who buys that often and seldom leaves goes on at nearly the same rate.
    let busy = Cell::new(5_000, 38.859, 38.86).unwrap();
    let purchases = sample().expected_purchases_given(&busy, weeks(1.0));
    let rate = 5_000.243 / (4.414 + 38.86);
    assert!(purchases < rate && purchases > 0.8 * rate, "{purchases}");
}

#[test]
fn gamma_gamma_expectations_of_the_cdnow_sample() {
    let model = GammaGamma::new(6.25, 3.74, 15.44).unwrap();
    close(model.population_mean().unwrap(), 35.218_98, 5e-6);
    let customers = [(2, 22.35, 24.663_71), (1, 11.77, 18.916_85), (7, 73.74, 71.469_67), (2, 25.55, 27.288_39)];
    for (frequency, mean, expected) in customers {
        close(model.expected_value(frequency, mean).unwrap(), expected, 5e-6);
    }
}

#[test]
fn a_heavy_tail_has_no_mean() {
    let heavy = GammaGamma::new(0.5, 0.4, 10.0).unwrap();
    assert_eq!(heavy.population_mean(), None);
    assert!(heavy.expected_value(0, 0.0).is_err());
    assert!(heavy.expected_value(1, 20.0).is_err());
    assert!(heavy.expected_value(2, 20.0).is_ok());
    assert!(GammaGamma::new(6.25, 3.74, 15.44).unwrap().expected_value(2, -1.0).is_err());
}

#[test]
fn parameters_out_of_range_are_refused_by_name() {
    assert_eq!(BgNbd::new(0.2, 4.0, f64::NAN, 2.0).unwrap_err().parameter, "a");
    assert_eq!(BgNbd::new(-0.2, 4.0, 1.0, 2.0).unwrap_err().parameter, "r");
    assert_eq!(GammaGamma::new(6.0, 3.0, 0.0).unwrap_err().parameter, "v");
}
