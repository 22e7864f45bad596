//! Contracts that end by price, by service or by death, made from known hazards.

use crate::chance::Chance;
use proptest::prelude::*;
use tenure_clv::hazard::{Cause, ExposureError, Exposures, HazardError, HazardModel, along};

const CONTRACTS: usize = 6_000;
const PERIODS: usize = 10;
/// Intercept, and slopes of price, complaints and time, by cause.
const TRUTH: [[f64; 4]; 3] = [[-3.0, 0.9, 0.0, -0.05], [-3.5, 0.0, 1.1, 0.0], [-5.0, 0.0, 0.0, 0.12]];

fn causes() -> Vec<Cause> {
    vec![Cause::avoidable("price"), Cause::avoidable("service"), Cause::unavoidable("death")]
}

fn hazards(covariates: &[f64; 3]) -> [f64; 3] {
    let odds = TRUTH.map(|[base, slopes @ ..]| {
        (base + slopes.iter().zip(covariates).map(|(slope, x)| slope * x).sum::<f64>()).exp()
    });
    odds.map(|one| one / (1.0 + odds.iter().sum::<f64>()))
}

/// Contracts period by period, and how many ended after which.
fn observed(chance: &mut Chance) -> (Exposures, Vec<f64>) {
    let (mut exposures, mut left) = (Exposures::new(3, 3), vec![0.0; PERIODS]);
    for _ in 0..CONTRACTS {
        let (price, complaints) = (chance.uniform() * 2.0 - 1.0, if chance.uniform() < 0.2 { 1.0 } else { 0.0 });
        for (period, left) in left.iter_mut().enumerate() {
            let covariates = [price, complaints, period as f64];
            let (mut luck, mut ended) = (chance.uniform(), None);
            for (cause, hazard) in hazards(&covariates).into_iter().enumerate() {
                ended = ended.or((luck < hazard).then_some(cause));
                luck -= hazard;
            }
            exposures.push(&covariates, ended, 1.0).unwrap();
            if ended.is_some() {
                break;
            }
            *left += 1.0;
        }
    }
    (exposures, left)
}

#[test]
fn hazards_of_every_cause_are_found_again() {
    let mut outside = 0;
    for seed in 1..=20 {
        let (exposures, left) = observed(&mut Chance::new(seed));
        let fit = HazardModel::fit(causes(), &exposures, 0.0).unwrap();
        assert!(fit.converged && fit.iterations < 20, "{fit:?}");
        for (cause, truth) in TRUTH.iter().enumerate() {
            let found = fit.model.coefficients(cause).iter().zip(&fit.standard_errors[cause]);
            for ((found, error), truth) in found.zip(truth).skip(1) {
                let off = ((found - truth) / error).abs();
                assert!(off < 4.0, "seed {seed}: {found} is not {truth} +- {error}");
                outside += usize::from(off > 3.0);
            }
        }
        // What is foretold of all of them is what became of them.
        let first = |number: &usize| exposures.covariates(*number)[2] == 0.0;
        let survival = |number: usize| {
            let rows: Vec<[f64; 3]> = (0..PERIODS)
                .map(|period| [exposures.covariates(number)[0], exposures.covariates(number)[1], period as f64])
                .collect();
            along(&fit.model, rows.iter().map(|row| &row[..])).unwrap()[PERIODS - 1].survival
        };
        let foretold: f64 = (0..exposures.len()).filter(first).map(survival).sum();
        assert!((foretold / left[PERIODS - 1] - 1.0).abs() < 0.03, "seed {seed}: {foretold} of {left:?}");
    }
    // Three standard errors hold 99.7 % of these 180.
    assert!(outside <= 2, "{outside}");
}

proptest! {
    /// For every customer and every time.
    #[test]
    fn causes_add_up_to_one_minus_survival(
        price in -9.0f64..9.0, complaints in prop::collection::vec(-9.0f64..9.0, 1..60),
    ) {
        let (exposures, _) = observed(&mut Chance::new(3));
        let model = FITTED.with(|fitted| fitted.get_or_init(|| {
            HazardModel::fit_calibrated(causes(), &exposures, 1.0, 3, |number| number % 3).unwrap().fit.model
        }).clone());
        let rows: Vec<[f64; 3]> =
            complaints.iter().enumerate().map(|(period, one)| [price, *one, period as f64]).collect();
        let mut before = 1.0;
        for ahead in along(&model, rows.iter().map(|row| &row[..])).unwrap() {
            prop_assert!((ahead.lost.iter().sum::<f64>() + ahead.survival - 1.0).abs() < 1e-12);
            prop_assert!(ahead.survival <= before && ahead.survival >= 0.0);
            let avoidable = ahead.avoidably_lost(&model);
            prop_assert!((avoidable - ahead.lost[0] - ahead.lost[1]).abs() < 1e-15);
            before = ahead.survival;
        }
    }
}

thread_local! {
    static FITTED: std::cell::OnceCell<HazardModel> = const { std::cell::OnceCell::new() };
}

#[test]
fn one_cause_without_covariates_is_the_share_of_those_who_left() {
    let mut exposures = Exposures::new(0, 1);
    exposures.push(&[], Some(0), 30.0).unwrap();
    exposures.push(&[], None, 70.0).unwrap();
    let fit = HazardModel::fit(vec![Cause::avoidable("left")], &exposures, 5.0).unwrap();
    assert!((fit.model.hazard(&[]).unwrap() - 0.3).abs() < 1e-9);
    assert!((fit.log_likelihood - (30.0 * 0.3f64.ln() + 70.0 * 0.7f64.ln())).abs() < 1e-9);
    // Binomial: the error of the logit is 1 / sqrt(n p (1-p)).
    assert!((fit.standard_errors[0][0] - 1.0 / 21f64.sqrt()).abs() < 1e-6);
}

#[test]
fn a_penalty_keeps_a_clean_split_finite() {
    let mut exposures = Exposures::new(1, 1);
    for number in 0..50 {
        let x = f64::from(number) - 24.5;
        exposures.push(&[x], (x > 0.0).then_some(0), 1.0).unwrap();
    }
    let slope =
        |ridge| HazardModel::fit(vec![Cause::avoidable("left")], &exposures, ridge).unwrap().model.coefficients(0)[1];
    assert!(slope(0.0).is_finite() && slope(0.0) > slope(1.0) && slope(1.0) > slope(100.0) && slope(100.0) > 0.0);
}

#[test]
fn what_cannot_be_learned_or_told_is_said() {
    let fit =
        |exposures: &Exposures, ridge| HazardModel::fit(vec![Cause::avoidable("left")], exposures, ridge).unwrap_err();
    let mut exposures = Exposures::new(1, 1);
    assert_eq!(fit(&exposures, 1.0), HazardError::NoExposures);
    exposures.push(&[1.0], None, 1.0).unwrap();
    assert_eq!(fit(&exposures, 1.0), HazardError::NeverEnded { cause: 0 });
    assert_eq!(fit(&exposures, f64::NAN), HazardError::Ridge);
    assert_eq!(HazardModel::fit(causes(), &exposures, 1.0), Err(HazardError::Causes { named: 3, found: 1 }));
    let mut ended = Exposures::new(1, 1);
    ended.push(&[1.0], Some(0), 1.0).unwrap();
    assert_eq!(fit(&ended, 1.0), HazardError::NobodyStayed);
    exposures.push(&[2.0], Some(0), 1.0).unwrap();
    assert_eq!(exposures.push(&[f64::INFINITY], None, 1.0), Err(ExposureError::NotFinite { column: 0 }));
    let model = HazardModel::fit(vec![Cause::avoidable("left")], &exposures, 1.0).unwrap().model;
    assert_eq!(model.hazards(&[1.0, 2.0]), Err(HazardError::Width { expected: 1, found: 2 }));
    assert_eq!(model.hazards(&[f64::NAN]), Err(HazardError::NotFinite { column: 0 }));
    let calibrated = HazardModel::fit_calibrated(vec![Cause::avoidable("left")], &exposures, 1.0, 1, |_| 0);
    assert_eq!(calibrated, Err(HazardError::TooFew { folds: 1 }));
}
