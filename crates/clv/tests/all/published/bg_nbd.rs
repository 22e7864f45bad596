//! BG/NBD, the distribution of purchases, from the parameters of the CDNOW sample.

use super::close;
use tenure_clv::{BgNbd, Cell, Horizon, Purchases as _};

fn sample() -> BgNbd {
    BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap()
}

fn weeks(weeks: f64) -> Horizon {
    Horizon::from_weeks(weeks).unwrap()
}

#[test]
fn the_distribution_is_the_known_one() {
    for (purchases, expected) in [(0, 0.574_237), (1, 0.199_324), (2, 0.085_361), (3, 0.045_806)] {
        close(sample().probability_of(purchases, weeks(38.86)), expected, 5e-7);
    }
    close(sample().probability_of(0, weeks(39.0)), 0.573_786_4, 5e-8);
    close(sample().probability_of(10, weeks(2.0)), 1.078_69e-7, 5e-13);
    close(sample().probability_of(11, weeks(30.0)), 0.001_999_521_4, 5e-11);
    close(sample().probability_of(20, weeks(30.0)), 0.000_222_226_0, 5e-11);
}

#[test]
fn given_nothing_the_distribution_is_that_of_somebody_new() {
    let counts = sample().counts_given(&Cell::NEW, weeks(30.0));
    for purchases in 0..40 {
        close(counts.probability(purchases), sample().probability_of(purchases, weeks(30.0)), 1e-13);
    }
    close(counts.mean(), sample().expected_purchases(weeks(30.0)), 1e-7);
}

#[test]
fn the_distribution_has_the_expected_mean() {
    for cell in [(0, 0.0, 20.0), (2, 30.43, 38.86), (26, 30.86, 31.0), (400, 38.0, 38.86)] {
        let cell = Cell::new(cell.0, cell.1, cell.2).unwrap();
        let (mean, expected) = (sample().counts(&cell, 39.0).mean(), sample().expected(&cell, 39.0));
        close(mean, expected, 1e-6 * (1.0 + expected));
    }
}
