//! S01 to S04 and S06 of the research note; S05 is in `uwv`.

use super::{
    discovery::found,
    drift::{Period, drifted},
    spike::{Cell, Limits, Surprise, surprises},
};

fn cell(base_count: u64, base_exposure: f64, count: u64, exposure: f64) -> Cell {
    Cell { base_count, base_exposure, count, exposure }
}

fn alone(cell: Cell) -> Surprise {
    surprises(&[cell], &Limits::default()).remove(0).expect("a past")
}

fn thousandth(value: f64, digits: i32) -> f64 {
    let unit = 10_f64.powi(digits);
    (value * unit).round() / unit
}

#[test]
fn s01_more_than_chance_is_an_alert() {
    let surprise = alone(cell(48, 80_000.0, 14, 10_000.0));
    assert_eq!((thousandth(surprise.chance, 4), thousandth(surprise.ratio, 1)), (0.0067, 2.3));
    assert!(surprise.alert);
    for (count, chance, alert) in [(9, 0.171, false), (12, 0.029, true), (14, 0.007, true), (16, 0.001, true)] {
        let surprise = alone(cell(48, 80_000.0, count, 10_000.0));
        assert_eq!((thousandth(surprise.chance, 3), surprise.alert), (chance, alert), "{count}");
    }
    // Among many that are as expected, one that is a little surprising is not.
    let mut cells = vec![cell(48, 80_000.0, 12, 10_000.0)];
    cells.extend([cell(48, 80_000.0, 6, 10_000.0); 9]);
    assert!(!surprises(&cells, &Limits::default())[0].expect("a past").alert);
}

#[test]
fn s02_few_are_no_alert() {
    let surprise = alone(cell(1, 500.0, 3, 100.0));
    assert_eq!((thousandth(surprise.chance, 4), surprise.alert), (0.0095, false));
    // Nor is a little more of very many, however sure it is.
    let little = alone(cell(80_000, 80.0, 12_000, 10.0));
    assert!(little.chance < 1e-9 && !little.alert, "{little:?}");
}

#[test]
fn s03_of_many_tests_only_the_surest_count() {
    let chances = [0.001, 0.008, 0.039, 0.041, 0.06, 0.2, 0.3, 0.5, 0.7, 0.9];
    let expected: Vec<bool> = (0..10).map(|place| place < 2).collect();
    assert_eq!(found(&chances, 0.05), expected);
}

#[test]
fn s04_a_drift_is_noticed_at_the_eighth_period() {
    let counts = [2, 1, 3, 2, 4, 4, 5, 4, 3, 6];
    let periods = counts.map(|count| Period { count, expected: 2.0 });
    assert_eq!(drifted(&periods), Some(7));
    assert_eq!(drifted(&periods[..7]), None);
    assert_eq!(drifted(&[Period { count: 2, expected: 2.0 }; 100]), None);
}

#[test]
fn s06_more_of_everything_is_no_alert() {
    assert!(!alone(cell(48, 80_000.0, 12, 20_000.0)).alert);
    let doubled = [Period { count: 4, expected: 4.0 }; 20];
    assert_eq!(drifted(&doubled), None);
}

#[test]
fn what_has_no_past_or_no_present_is_no_alert() {
    assert_eq!(surprises(&[cell(0, 0.0, 9, 100.0)], &Limits::default()), [None]);
    assert!(!alone(cell(5, 100.0, 0, 0.0)).alert);
    let with_others = [cell(0, 0.0, 9, 100.0), cell(48, 80_000.0, 14, 10_000.0), cell(0, 0.0, 9, 100.0)];
    let alerts: Vec<bool> =
        surprises(&with_others, &Limits::default()).iter().map(|one| one.is_some_and(|one| one.alert)).collect();
    assert_eq!(alerts, [false, true, false]);
}
