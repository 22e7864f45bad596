//! Calibration: probabilities that are as high as things are frequent.
//!
//! A penalty draws coefficients towards 0, and many covariates fit chance: the scores of exposures that were learned from
//! are too far apart. So each exposure is scored by a model that did not see it, and shift and slope of eta are fitted to what
//! happened then (Platt 1999; for several causes with a shift and a slope for each).

use super::{Cause, Exposures, HazardError, HazardFit, HazardModel, Judged, fitting::ln_probability, softmax};
use crate::newton::dense::{Symmetric, solve};

const MOST_ITERATIONS: u32 = 50;

/// A model that was fitted, calibrated, and how its scores did on exposures it had not seen.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibratedFit {
    /// On all exposures, with the calibration in its model.
    pub fit: HazardFit,
    /// By exposure, in their order: the probability of ending by any cause, by a model that did not see it, before
    /// calibration; and whether it ended.
    pub unseen: Vec<Judged>,
    /// Mean of minus ln of the probability of what happened to unseen exposures, by cause, before calibration.
    pub unseen_loss: f64,
}

/// A fold, from 0 below `folds`, for a number: which exposures are left out together. The same for the same number.
pub fn fold(number: usize, folds: usize) -> usize {
    let mut bits = (number as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((bits ^ (bits >> 31)) % folds.max(1) as u64) as usize
}

impl HazardModel {
    /// Like [`Self::fit`], with eta calibrated on exposures that were left out in turn. `fold_of` says which are left out
    /// together, from 0 below `folds`: those of one contract must be, or the model would have seen it.
    ///
    /// # Errors
    /// Like [`Self::fit`], also of the exposures without a fold; when there are fewer than two folds.
    pub fn fit_calibrated(
        causes: Vec<Cause>,
        exposures: &Exposures,
        ridge: f64,
        folds: usize,
        fold_of: impl Fn(usize) -> usize,
    ) -> Result<CalibratedFit, HazardError> {
        if folds < 2 {
            return Err(HazardError::TooFew { folds });
        }
        let mut etas = vec![Vec::new(); exposures.len()];
        for fold in 0..folds {
            let seen = exposures.part(|number| fold_of(number) != fold);
            let model = Self::fit(causes.clone(), &seen, ridge)?.model;
            for number in (0..exposures.len()).filter(|number| fold_of(*number) == fold) {
                let covariates = exposures.covariates(number);
                etas[number] = (0..causes.len()).map(|cause| model.eta(cause, covariates)).collect();
            }
        }
        let mut fit = Self::fit(causes, exposures, ridge)?;
        let judged = |(number, eta): (usize, &Vec<f64>)| Judged {
            said: softmax(eta).iter().sum(),
            happened: exposures.ended_by(number).is_some(),
        };
        let unseen = etas.iter().enumerate().map(judged).collect();
        let (mut loss, mut all) = (0.0, 0.0);
        for (number, eta) in etas.iter().enumerate() {
            loss -= exposures.weight(number) * ln_probability(eta, exposures.ended_by(number));
            all += exposures.weight(number);
        }
        fit.model.calibration = calibrated(exposures, &etas, fit.model.causes.len());
        Ok(CalibratedFit { fit, unseen, unseen_loss: loss / all })
    }

    /// The penalty of some under which unseen exposures are foretold best.
    ///
    /// # Errors
    /// Like [`Self::fit_calibrated`]; when there is no penalty to choose from.
    pub fn choose_ridge(
        causes: &[Cause],
        exposures: &Exposures,
        ridges: &[f64],
        folds: usize,
        fold_of: impl Fn(usize) -> usize,
    ) -> Result<f64, HazardError> {
        let mut best: Option<(f64, f64)> = None;
        for ridge in ridges {
            let loss = Self::fit_calibrated(causes.to_vec(), exposures, *ridge, folds, &fold_of)?.unseen_loss;
            if best.is_none_or(|(_, least)| loss < least) {
                best = Some((*ridge, loss));
            }
        }
        best.map(|(ridge, _)| ridge).ok_or(HazardError::Ridge)
    }
}

/// Shift and slope of eta by cause, by maximum likelihood from (0, 1) on.
fn calibrated(exposures: &Exposures, etas: &[Vec<f64>], causes: usize) -> Vec<[f64; 2]> {
    let mut point: Vec<[f64; 2]> = vec![[0.0, 1.0]; causes];
    let mut value = evaluate(exposures, etas, &point).0;
    for _ in 0..MOST_ITERATIONS {
        let (_, gradient, curvature) = evaluate(exposures, etas, &point);
        let Some(step) = solve(&curvature, &gradient) else { break };
        let next: Vec<[f64; 2]> =
            point.iter().zip(step.chunks(2)).map(|([a, b], step)| [a + step[0], b + step[1]]).collect();
        let there = evaluate(exposures, etas, &next).0;
        // Next to the top Newton's method rises until rounding stops it.
        if there <= value || there.is_nan() {
            break;
        }
        (point, value) = (next, there);
    }
    point
}

/// The likelihood at shifts and slopes, its gradient and negative Hessian.
fn evaluate(exposures: &Exposures, etas: &[Vec<f64>], point: &[[f64; 2]]) -> (f64, Vec<f64>, Symmetric) {
    let causes = point.len();
    let (mut value, mut gradient, mut curvature) = (0.0, vec![0.0; 2 * causes], Symmetric::zero(2 * causes));
    for (number, eta) in etas.iter().enumerate() {
        let (weight, ended) = (exposures.weight(number), exposures.ended_by(number));
        let moved: Vec<f64> = eta.iter().zip(point).map(|(eta, [shift, slope])| shift + slope * eta).collect();
        let hazards = softmax(&moved);
        value += weight * ln_probability(&moved, ended);
        for cause in 0..causes {
            let off = f64::from(u8::from(ended == Some(cause))) - hazards[cause];
            let terms = [1.0, eta[cause]];
            for (i, term) in terms.iter().enumerate() {
                gradient[2 * cause + i] += weight * off * term;
            }
            for other in 0..=cause {
                let same = f64::from(u8::from(cause == other));
                let spread = weight * hazards[cause] * (same - hazards[other]);
                for (i, left) in terms.iter().enumerate() {
                    for (j, right) in [1.0, eta[other]].iter().enumerate() {
                        if 2 * cause + i >= 2 * other + j {
                            curvature.add(2 * cause + i, 2 * other + j, spread * left * right);
                        }
                    }
                }
            }
        }
    }
    (value, gradient, curvature)
}
