//! GGompertz/NBD on the CDNOW sample, where it says what the Pareto/NBD says, and on a base that ages.

use super::{all_close, close};
use crate::cdnow;
use tenure_clv::{Ahead, Cell, GgompertzNbd, ParetoNbd, Purchases as _, Warning, cell};

#[test]
fn the_sample_has_the_published_likelihood_and_collapses_onto_the_pareto_nbd() {
    // The other implementation took the times from the log, not rounded to hundredths of a week.
    let Some(summaries) = cdnow::summaries("cdnow_sample.csv", 2, 4) else { return };
    let cells = cell::compress(summaries.into_values());
    let fit = GgompertzNbd::fit(&cells).unwrap();
    let pareto = ParetoNbd::fit(&cells).unwrap();
    assert!(fit.converged && fit.gradient_norm < 1e-8, "{fit:?}");
    assert_eq!(fit.warnings, [Warning::AtBound { parameter: "b" }]);
    close(fit.log_likelihood, pareto.log_likelihood, 1e-3);
    close(fit.log_likelihood, -9_594.976_2, 1e-4);
    // As the other implementation has them: in effect nobody ages. Its beta is 1.3e-5, to the digits that it is printed with.
    let published = GgompertzNbd::new(0.553_13, 10.575_8, 1.1e-6, 0.606_82, 1.285e-5).unwrap();
    close(published.log_likelihood(&cells), -9_594.976_2, 1e-4);
    let model = fit.model;
    all_close([model.r(), model.alpha(), model.s()], [0.553_13, 10.575_8, 0.606_82], [5e-4, 5e-3, 2e-3]);
    close(model.beta() / model.b(), pareto.model.beta(), 0.02);
    let cell = Cell::new(2, 30.43, 38.86).unwrap();
    close(model.p_alive(&cell), pareto.model.p_alive(&cell), 1e-4);
    close(model.expected(&cell, 39.0), pareto.model.expected(&cell, 39.0), 1e-3);
}

/// What no closed form exists for, by sums over a fine grid.
#[test]
fn predictions_of_those_who_age_equal_their_integrals() {
    let (r, alpha, b, s, beta) = (0.8, 6.0, 0.08, 0.7, 0.9);
    let model = GgompertzNbd::new(r, alpha, b, s, beta).unwrap();
    let left = |u: f64| (beta / (beta + (b * u).exp_m1())).powf(s);
    let (steps, age, last, x, length, force) = (400_000, 38.86, 30.43, 2u32, 39.0, 0.002_687_7);
    let midpoints = |from: f64, to: f64| {
        let step = (to - from) / f64::from(steps);
        (0..steps).map(move |i| (from + step * (f64::from(i) + 0.5), step))
    };
    let shape = r + f64::from(x);
    let density = |u: f64| left(u) * s * b * (b * u).exp() / (beta + (b * u).exp_m1());
    let gone: f64 = midpoints(last, age).map(|(u, step)| step * density(u) * (alpha + u).powf(-shape)).sum();
    let there = left(age) * (alpha + age).powf(-shape);
    let cell = Cell::new(x, last, age).unwrap();
    close(model.p_alive(&cell), there / (there + gone), 1e-10);
    let ahead = |force: f64| -> f64 {
        midpoints(0.0, length).map(|(u, step)| step * left(age + u) / left(age) * (-force * u).exp()).sum()
    };
    let rate = shape / (alpha + age);
    close(model.expected(&cell, length), model.p_alive(&cell) * rate * ahead(0.0), 1e-9);
    let discounted = model.discounted(&cell, Ahead::new(length, force).unwrap());
    close(discounted, model.p_alive(&cell) * rate * ahead(force), 1e-9);
    let new: f64 = midpoints(0.0, length).map(|(u, step)| step * left(u)).sum();
    close(model.expected_of_new(length), r / alpha * new, 1e-9);
    // Whoever ages is gone at last, so even what never loses worth adds up.
    assert!(model.expected(&cell, 2_600.0) < model.expected(&cell, 300.0) * 1.001);
}

#[test]
fn parameters_out_of_range_are_refused_by_name() {
    for (parameters, name) in [
        ([0.5, 10.0, 0.0, 0.6, 0.1], "b"),
        ([0.5, 10.0, f64::NAN, 0.6, 0.1], "b"),
        ([0.5, 10.0, 0.1, -0.6, 0.1], "s"),
        ([0.5, 10.0, 0.1, 0.6, 0.0], "beta"),
    ] {
        let [r, alpha, b, s, beta] = parameters;
        assert_eq!(GgompertzNbd::new(r, alpha, b, s, beta).unwrap_err().parameter, name);
    }
}
