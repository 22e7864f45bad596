//! Scores that were fitted to chance are too far apart; calibration brings them back.

use crate::chance::Chance;
use tenure_clv::hazard::{Cause, Exposures, HazardModel, Judged, auc, calibration_error, fold, log_loss};

/// Many covariates, of which two tell something.
const WIDTH: usize = 60;

fn exposures(chance: &mut Chance, count: usize) -> Exposures {
    let mut exposures = Exposures::new(WIDTH, 1);
    for _ in 0..count {
        let covariates: Vec<f64> = (0..WIDTH).map(|_| chance.uniform() * 2.0 - 1.0).collect();
        let hazard = 1.0 / (1.0 + (1.0 - 1.5 * covariates[0] + covariates[1]).exp());
        exposures.push(&covariates, (chance.uniform() < hazard).then_some(0), 1.0).unwrap();
    }
    exposures
}

fn judged(model: &HazardModel, exposures: &Exposures) -> Vec<Judged> {
    let judge = |number: usize| Judged {
        said: model.hazard(exposures.covariates(number)).unwrap(),
        happened: exposures.ended_by(number).is_some(),
    };
    (0..exposures.len()).map(judge).collect()
}

#[test]
fn calibrated_probabilities_are_as_high_as_things_are_frequent() {
    let chance = &mut Chance::new(11);
    let (few, many) = (exposures(chance, 500), exposures(chance, 20_000));
    let causes = vec![Cause::avoidable("left")];
    let plain = HazardModel::fit(causes.clone(), &few, 0.0).unwrap().model;
    let calibrated = HazardModel::fit_calibrated(causes, &few, 0.0, 10, |number| fold(number, 10)).unwrap();
    let [shift, slope] = calibrated.fit.model.calibration()[0];
    assert!(slope > 0.3 && slope < 0.95 && shift.abs() < 0.7, "{shift} {slope}");
    let (before, after) = (judged(&plain, &many), judged(&calibrated.fit.model, &many));
    assert!(calibration_error(&after, 10) < 0.6 * calibration_error(&before, 10));
    assert!(log_loss(&after) < log_loss(&before) && auc(&after) == auc(&before));
    // What unseen exposures lose is what unseen contracts will.
    let unseen = log_loss(&calibrated.unseen);
    assert!((unseen - calibrated.unseen_loss).abs() < 1e-12 && (unseen / log_loss(&before) - 1.0).abs() < 0.15);
}

#[test]
fn the_penalty_that_foretells_best_is_chosen() {
    let chance = &mut Chance::new(12);
    let (few, many) = (exposures(chance, 500), exposures(chance, 20_000));
    let causes = vec![Cause::avoidable("left")];
    let ridges = [0.0, 30.0, 1e5];
    let chosen = HazardModel::choose_ridge(&causes, &few, &ridges, 5, |number| fold(number, 5)).unwrap();
    assert_eq!(chosen, 30.0);
    let loss = |ridge| log_loss(&judged(&HazardModel::fit(causes.clone(), &few, ridge).unwrap().model, &many));
    assert!(loss(30.0) < loss(0.0) && loss(30.0) < loss(1e5));
}
