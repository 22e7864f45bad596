//! BG/BB on the donations of eleven thousand people over six years.

use super::{all_close, close};
use crate::datasets;
use tenure_clv::{BgBb, Opportunities, WeightedOpportunities};

fn donations() -> Option<Vec<WeightedOpportunities>> {
    let lines = datasets::lines("donations_bgbb.csv")?;
    let cell = |line: &Vec<String>| {
        let number = |column: usize| line[column].parse::<u32>().unwrap();
        let history = Opportunities::new(number(0), number(1), number(2)).unwrap();
        WeightedOpportunities { history, weight: u64::from(number(3)) }
    };
    Some(lines.iter().map(cell).collect())
}

fn published() -> BgBb {
    BgBb::new(1.204, 0.750, 0.657, 2.783).unwrap()
}

fn history(x: u32, last: u32) -> Opportunities {
    Opportunities::new(x, last, 6).unwrap()
}

#[test]
fn the_fit_is_the_published_one() {
    let Some(cells) = donations() else { return };
    assert_eq!((cells.len(), cells.iter().map(|cell| cell.weight).sum::<u64>()), (22, 11_104));
    let fit = BgBb::fit(&cells).unwrap();
    assert!(fit.converged && fit.warnings.is_empty() && fit.gradient_norm < 1e-8, "{fit:?}");
    let model = fit.model;
    let parameters = [model.alpha(), model.beta(), model.gamma(), model.delta()];
    all_close(parameters, [1.204, 0.750, 0.657, 2.783], [5e-4; 4]);
    all_close(parameters, [1.203_521, 0.749_716, 0.656_718, 2.783_440], [1e-5, 1e-5, 1e-5, 5e-5]);
    close(fit.log_likelihood, -33_225.581_3, 1e-3);
    close(model.log_likelihood(&cells), fit.log_likelihood, 1e-7);
}

#[test]
fn predictions_are_the_published_ones() {
    let next_five = [
        ((0, 0), 0.072_80, 0.108_02),
        ((1, 1), 0.085_64, 0.069_41),
        ((1, 6), 1.147_93, 0.930_40),
        ((3, 5), 1.804_43, 0.766_73),
        ((3, 6), 2.189_60, 0.930_40),
        ((6, 6), 3.752_12, 0.930_40),
    ];
    for ((x, last), expected, alive) in next_five {
        close(published().expected(&history(x, last), 5), expected, 1e-5);
        close(published().p_alive(&history(x, last), 1), alive, 1e-5);
    }
    for ((x, last), expected) in [((0, 0), 0.114_647), ((3, 6), 3.448_096), ((6, 6), 5.908_678)] {
        close(published().discounted_residual(&history(x, last), 0.10).unwrap(), expected, 1e-6);
    }
}

#[test]
fn totals_are_the_published_ones() {
    let Some(cells) = donations() else { return };
    let model = BgBb::fit(&cells).unwrap().model;
    let total: f64 = cells.iter().map(|cell| cell.weight as f64 * model.expected(&cell.history, 5)).sum();
    close(total, 12_884.2, 0.06);
    for (donations, expected) in [(0, 3_454.9), (6, 1_253.1)] {
        close(11_104.0 * model.probability_of(donations, 6), expected, 0.06);
    }
}
