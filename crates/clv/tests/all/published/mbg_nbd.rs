//! MBG/NBD on the CDNOW sample.

use super::{all_close, close};
use crate::datasets;
use tenure_clv::{Cell, MbgNbd, Purchases as _};

#[test]
fn the_sample_fit_is_the_published_one() {
    let Some(lines) = datasets::lines("cdnow_sample_rfm.csv") else { return };
    let fit = MbgNbd::fit(&datasets::cells(&lines)).unwrap();
    assert!(fit.converged && fit.warnings.is_empty() && fit.gradient_norm < 1e-8, "{fit:?}");
    let model = fit.model;
    all_close([model.r(), model.alpha(), model.a(), model.b()], [0.525, 6.183, 0.891, 1.614], [5e-4; 4]);
    close(model.log_likelihood(&datasets::cells(&lines)), fit.log_likelihood, 1e-8);
    let cell = Cell::new(2, 30.43, 38.86).unwrap();
    close(model.p_alive(&cell), 0.706_126, 1e-5);
    close(model.expected(&cell, 39.0), 1.262_671, 1e-5);
}

#[test]
fn whoever_never_came_back_may_have_left() {
    let model = MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap();
    assert!(model.p_alive(&Cell::new(0, 0.0, 38.86).unwrap()) < 0.7);
    let cell = Cell::new(2, 30.43, 38.86).unwrap();
    close(model.counts(&cell, 39.0).mean(), model.expected(&cell, 39.0), 1e-7);
}

#[test]
fn somebody_new_is_expected_to_do_what_the_distribution_says() {
    let model = MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap();
    // At age 0 the customer has had the chance to leave after the first purchase.
    let counts = model.counts(&Cell::NEW, 39.0);
    close(counts.mean(), model.expected_of_new(39.0), 1e-7);
    close(model.p_alive(&Cell::NEW), 1.614 / (0.891 + 1.614), 1e-15);
}
