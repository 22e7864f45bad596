//! Contracts: the two cohorts of Fader and Hardie, and values of known parameters.

use super::{all_close, close};
use crate::datasets;
use tenure_clv::{Bdw, LatentWeibull, Retention as _, Sbg, Survivors};

/// A thousand customers and what is left of them, from the table of per cents.
fn cohort(column: usize, renewals: usize) -> Option<[Survivors; 1]> {
    let lines = datasets::lines("sbg_paper_survival.csv")?;
    let left = lines.iter().take(renewals + 1).map(|line| line[column].parse::<f64>().unwrap() * 10.0);
    Some([Survivors::new(left.collect()).unwrap()])
}

const REGULAR: usize = 1;
const HIGH_END: usize = 2;

fn sbg(column: usize, renewals: usize, expected: [f64; 2], tolerance: f64, ln_likelihood: f64) -> Option<Sbg> {
    let cohort = cohort(column, renewals)?;
    let fit = Sbg::fit(&cohort).unwrap();
    assert!(fit.converged && fit.warnings.is_empty(), "{fit:?}");
    all_close([fit.model.alpha(), fit.model.beta()], expected, [tolerance; 2]);
    close(fit.log_likelihood, ln_likelihood, 1e-3);
    close(fit.model.log_likelihood(&cohort), fit.log_likelihood, 1e-9);
    Some(fit.model)
}

#[test]
fn seven_renewals_give_the_published_sbg() {
    sbg(REGULAR, 7, [0.704_1, 1.182_0], 5e-5, -1_680.265);
    sbg(HIGH_END, 7, [0.668_1, 3.806_1], 5e-5, -1_611.158);
}

#[test]
fn four_renewals_give_the_published_sbg_and_its_projection() {
    // The published search stopped a little below the top.
    let Some(model) = sbg(HIGH_END, 4, [1.281_009, 7.790_563], 4e-4, -1_225.135) else { return };
    let Some(cohort) = cohort(HIGH_END, 4) else { return };
    let gain = model.log_likelihood(&cohort) - Sbg::new(1.281_009, 7.790_563).unwrap().log_likelihood(&cohort);
    assert!((0.0..1e-6).contains(&gain), "{gain}");
    let projected = [5, 6, 7, 8, 9, 10].map(|year| 100.0 * model.survival(year));
    all_close(projected, [53.443_03, 48.577_83, 44.448_95, 40.906_08, 37.836_58, 35.154_53], [5e-4; 6]);
}

#[test]
fn four_renewals_of_the_regular_customers_give_the_published_sbg() {
    let Some(model) = sbg(REGULAR, 4, [0.763_7, 1.295_8], 5e-5, -1_401.559) else { return };
    assert!(model.survival(0) == 1.0 && model.survival(5) < model.survival(4));
}

#[test]
fn four_renewals_give_the_published_bdw_and_its_projection() {
    let Some(cohort) = cohort(HIGH_END, 4) else { return };
    let fit = Bdw::fit(&cohort).unwrap();
    assert!(fit.converged, "{fit:?}");
    let model = fit.model;
    all_close([model.alpha(), model.beta(), model.c()], [0.259_354_9, 1.722_694_8, 1.584_268_8], [1e-3, 1e-2, 1e-3]);
    let projected = [5, 6, 7, 8, 9, 10].map(|year| 100.0 * model.survival(year));
    let known = [54.661_94, 51.037_76, 48.105_26, 45.669_63, 43.604_44, 41.823_91];
    all_close(projected, known, [1e-2; 6]);
    // The published search stopped a little below the top; what it says follows to the last digit.
    let published = Bdw::new(0.259_354_9, 1.722_694_8, 1.584_268_8).unwrap();
    all_close([5, 6, 7, 8, 9, 10].map(|year| 100.0 * published.survival(year)), known, [1e-5; 6]);
    let gain = fit.log_likelihood - published.log_likelihood(&cohort);
    assert!((0.0..1e-4).contains(&gain), "{gain}");
}

#[test]
fn twelve_renewals_give_the_published_classes() {
    let Some(cohort) = cohort(HIGH_END, 12) else { return };
    let fit = LatentWeibull::fit(&cohort).unwrap();
    assert!(fit.converged, "{fit:?}");
    let known = [0.287_745_27, 1.388_499_08, 0.068_938_26, 0.850_766_66, 0.288_459_76];
    let published = LatentWeibull::new(known).unwrap();
    let projected = [37.772_75, 36.247_58, 34.799_29, 33.422_39, 32.112_02, 30.863_82];
    let project = |model: &LatentWeibull| [13, 14, 15, 16, 17, 18].map(|year| 100.0 * model.survival(year));
    all_close(project(&published), projected, [1e-5; 6]);
    // The published search stopped a little below the top.
    let gain = fit.log_likelihood - published.log_likelihood(&cohort);
    assert!((0.0..1e-4).contains(&gain), "{gain}");
    all_close(fit.model.parameters(), known, [1e-3, 3e-3, 1e-3, 3e-3, 2e-3]);
    all_close(project(&fit.model), projected, [2e-2; 6]);
}

#[test]
fn discounted_lifetimes_are_the_known_ones() {
    let lifetimes = [((0.668, 3.806), 5.922_6), ((0.704, 1.182), 3.695_1), ((0.764, 1.296), 3.620_2)];
    for ((alpha, beta), expected) in lifetimes {
        close(Sbg::new(alpha, beta).unwrap().discounted_lifetime(0.1).unwrap(), expected, 5e-5);
    }
    let residual = [
        ((0.668, 3.806), [5.414_9, 5.901_8, 6.294_3, 6.620_3, 6.897_1]),
        ((0.704, 1.182), [2.964_7, 4.103_5, 4.870_1, 5.442_4, 5.894_4]),
        ((3.80, 15.20), [3.309_8, 3.451_0, 3.586_5, 3.716_8, 3.842_1]),
        ((0.067, 0.267), [7.670_8, 9.455_3, 9.850_8, 10.056_2, 10.188_6]),
    ];
    for ((alpha, beta), expected) in residual {
        let model = Sbg::new(alpha, beta).unwrap();
        let values = [1, 2, 3, 4, 5].map(|renewal| model.discounted_residual_lifetime(renewal, 0.1).unwrap());
        all_close(values, expected, [5e-5; 5]);
    }
}
