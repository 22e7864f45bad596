//! The table of ratios.

use std::fmt::Write as _;

/// What was measured, against what, and the least or most that we aim at.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) baseline: &'static str,
    /// Each round's figures, of us and of the baseline, in the same unit.
    pub(crate) rounds: Vec<(f64, f64)>,
    pub(crate) unit: &'static str,
    pub(crate) aim: &'static str,
}

fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[0], values[values.len() / 2], values[values.len() - 1])
}

pub(crate) fn write(rows: &[Row]) -> String {
    let mut text = String::from("ratio, median [least..most] of the rounds, each measured in turn with its baseline\n");
    for row in rows {
        let (ours, theirs): (Vec<f64>, Vec<f64>) = row.rounds.iter().copied().unzip();
        let ratios = row.rounds.iter().map(|(ours, theirs)| ours / theirs).collect();
        let (least, ratio, most) = spread(ratios);
        let (ours, theirs) = (spread(ours), spread(theirs));
        let _ = writeln!(
            text,
            "{:52} {ratio:6.2} [{least:.2}..{most:.2}]  aim {}  ({:.0} against {:.0} {} for {})",
            row.what, row.aim, ours.1, theirs.1, row.unit, row.baseline
        );
    }
    text
}
