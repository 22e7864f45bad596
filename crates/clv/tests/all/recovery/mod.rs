//! Bases made from known parameters: each model finds its own again, within three standard errors, for forty seeds.

mod bases;

use crate::chance::Chance;
use tenure_clv::{Bdw, BgBb, BgNbd, Fit, FitError, GammaGamma, GgompertzNbd, MbgNbd, ParetoNbd, Sbg};

const SEEDS: u64 = 40;

/// Fits a base for each seed and compares, in logarithms, in which estimates are closest to normal. Three standard errors
/// hold 99.7 % of what chance does: of forty seeds one may lie outside for a parameter, and not by far.
fn found<M: std::fmt::Debug, const N: usize>(
    truth: [f64; N],
    fit: impl Fn(&mut Chance) -> Result<Fit<M>, FitError>,
    parameters: impl Fn(&M) -> [f64; N],
) {
    let mut off: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for seed in 1..=SEEDS {
        let fit = fit(&mut Chance::new(seed)).unwrap();
        assert!(fit.converged, "seed {seed}: {fit:?}");
        let errors = fit.standard_errors.as_ref().unwrap();
        for (i, (found, truth)) in parameters(&fit.model).into_iter().zip(truth).enumerate() {
            off[i].push((found / truth).ln() / (errors[i] / found));
        }
    }
    for (i, off) in off.iter().enumerate() {
        let outside = off.iter().filter(|off| off.abs() > 3.0).count();
        let farthest = off.iter().fold(0.0, |most: f64, off| most.max(off.abs()));
        assert!(outside <= 1 && farthest < 4.0, "parameter {i}: {off:.2?}");
        // Over all seeds errors must cancel, and be as large as is said.
        let count = SEEDS as f64;
        let mean = off.iter().sum::<f64>() / count;
        let spread = (off.iter().map(|off| off * off).sum::<f64>() / count).sqrt();
        assert!(mean.abs() < 3.0 / count.sqrt(), "parameter {i} is biased: {mean:.2}");
        assert!((0.65..1.35).contains(&spread), "parameter {i} has errors that are wrong by {spread:.2}");
    }
}

#[test]
fn bg_nbd() {
    let truth = [0.5, 6.0, 0.8, 2.5];
    let fit = |chance: &mut Chance| BgNbd::fit(&bases::bg_nbd(chance, truth, 0));
    found(truth, fit, |model| [model.r(), model.alpha(), model.a(), model.b()]);
}

#[test]
fn mbg_nbd() {
    let truth = [0.6, 6.0, 0.8, 2.5];
    let fit = |chance: &mut Chance| MbgNbd::fit(&bases::bg_nbd(chance, truth, 1));
    found(truth, fit, |model| [model.r(), model.alpha(), model.a(), model.b()]);
}

#[test]
fn pareto_nbd() {
    let truth = [0.6, 8.0, 0.9, 15.0];
    let fit = |chance: &mut Chance| ParetoNbd::fit(&bases::pareto_nbd(chance, truth));
    found(truth, fit, |model| [model.r(), model.alpha(), model.s(), model.beta()]);
}

#[test]
fn ggompertz_nbd() {
    let truth = [1.0, 4.0, 0.1, 0.8, 2.0];
    let fit = |chance: &mut Chance| GgompertzNbd::fit(&bases::ggompertz_nbd(chance, truth));
    found(truth, fit, |model| [model.r(), model.alpha(), model.b(), model.s(), model.beta()]);
}

#[test]
fn bg_bb() {
    let truth = [1.2, 0.75, 0.66, 2.8];
    let fit = |chance: &mut Chance| BgBb::fit(&bases::bg_bb(chance, truth, 8));
    found(truth, fit, |model| [model.alpha(), model.beta(), model.gamma(), model.delta()]);
}

#[test]
fn gamma_gamma() {
    let truth = [6.0, 4.0, 15.0];
    let fit = |chance: &mut Chance| GammaGamma::fit(&bases::spends(chance, truth));
    found(truth, fit, |model| [model.p(), model.q(), model.v()]);
}

#[test]
fn sbg() {
    let truth = [0.7, 2.0];
    let fit = |chance: &mut Chance| Sbg::fit(&[bases::survivors(chance, [truth[0], truth[1], 1.0], 8)]);
    found(truth, fit, |model| [model.alpha(), model.beta()]);
}

#[test]
fn bdw() {
    let truth = [0.7, 2.0, 1.3];
    let fit = |chance: &mut Chance| Bdw::fit(&[bases::survivors(chance, truth, 12)]);
    found(truth, fit, |model| [model.alpha(), model.beta(), model.c()]);
}
