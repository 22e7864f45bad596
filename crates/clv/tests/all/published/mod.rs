//! Every published or recomputed value of a model, at the digits it is known to.

mod bg_bb;
mod bg_nbd;
mod ggompertz_nbd;
mod mbg_nbd;
mod pareto_nbd;
mod retention;

fn close(actual: f64, expected: f64, tolerance: f64) {
    let error = (actual - expected).abs();
    assert!(error <= tolerance, "{actual} is not {expected} (off by {error:e})");
}

fn all_close<const N: usize>(actual: [f64; N], expected: [f64; N], tolerances: [f64; N]) {
    for ((actual, expected), tolerance) in actual.into_iter().zip(expected).zip(tolerances) {
        close(actual, expected, tolerance);
    }
}

fn errors<M>(fit: &tenure_clv::Fit<M>) -> &[f64] {
    fit.standard_errors.as_deref().unwrap()
}
