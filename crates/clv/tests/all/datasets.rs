//! The public data sets, read by hand; a set that is absent skips its test loudly.

use std::{io::Write as _, path::PathBuf};
use tenure_clv::{Cell, WeightedCell};

/// The data lines of a CSV file without quotes, or `None` if it is absent.
pub(crate) fn lines(name: &str) -> Option<Vec<Vec<String>>> {
    let root = std::env::var_os("TENURE_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let Ok(text) = std::fs::read_to_string(root.join("value").join(name)) else {
        // Not captured, as what a test prints is: a skipped test must be seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: data set value/{name} absent");
        return None;
    };
    let split = |line: &str| line.split(',').map(str::to_owned).collect();
    Some(text.lines().skip(1).map(split).collect())
}

/// One cell of weight 1 per line, from columns frequency, recency and age in weeks.
pub(crate) fn cells(lines: &[Vec<String>]) -> Vec<WeightedCell> {
    let number = |text: &String| text.parse::<f64>().unwrap();
    lines
        .iter()
        .map(|line| {
            let cell = Cell::new(number(&line[1]) as u32, number(&line[2]), number(&line[3]));
            WeightedCell { cell: cell.unwrap(), weight: 1 }
        })
        .collect()
}
