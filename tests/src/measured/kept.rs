//! The results of earlier runs: a JSON file with each row as it was measured last, which the next run compares with.

use std::{collections::BTreeMap, fs, io::ErrorKind, path::Path};

use serde::{Deserialize, Serialize};

use super::{Row, Spread};

/// Files of another form are not read.
const FORM: u32 = 1;

/// Which run a row is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The commit, with "+" behind it when there was more than that; "unknown" outside a checkout.
    pub commit: String,
    /// When, as RFC 3339.
    pub date: String,
    /// How many cores the machine had.
    pub cores: usize,
    /// Whether it was the long form.
    pub long: bool,
}

/// A row as it was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// When, and of what.
    pub run: Run,
    /// Against what; empty without a baseline.
    pub baseline: String,
    /// Of the rounds' figures.
    pub unit: String,
    /// Our figure of each round and the baseline's.
    pub rounds: Vec<(f64, Option<f64>)>,
    /// The least value: of the ratios, or of our figures without a baseline.
    pub least: f64,
    /// The median value.
    pub median: f64,
    /// The most.
    pub most: f64,
}

impl Measured {
    /// The values' spread.
    #[must_use]
    pub fn spread(&self) -> Spread {
        Spread { least: self.least, median: self.median, most: self.most }
    }
}

/// The file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    form: u32,
    /// The rows, by what was measured.
    pub rows: BTreeMap<String, Measured>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { form: FORM, rows: BTreeMap::new() }
    }
}

impl Kept {
    /// Reads a file.
    ///
    /// # Errors
    /// Why there is nothing to compare with, in words.
    pub fn read(file: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(file).map_err(|error| match error.kind() {
            ErrorKind::NotFound => "there are no results of an earlier run".to_owned(),
            _ => format!("the results of the earlier run can't be read: {error}"),
        })?;
        let kept: Self = serde_json::from_str(&text)
            .map_err(|error| format!("the results of the earlier run can't be understood: {error}"))?;
        if kept.form != FORM {
            return Err(format!("the results of the earlier run have another form: {}, not {FORM}", kept.form));
        }
        Ok(kept)
    }

    /// Puts rows in the place of those that measured the same before; all others stay.
    pub fn take(&mut self, rows: &[Row], run: &Run) {
        for row in rows {
            let Spread { least, median, most } = row.spread();
            let measured = Measured {
                run: run.clone(),
                baseline: row.baseline.clone(),
                unit: row.unit.to_owned(),
                rounds: row.rounds.iter().map(|round| (round.ours, round.baseline)).collect(),
                least,
                median,
                most,
            };
            self.rows.insert(row.what.clone(), measured);
        }
    }

    /// Writes the file, and the folder that it is in.
    ///
    /// # Errors
    /// When that can't be done.
    pub fn write(&self, file: &Path) -> std::io::Result<()> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let text = serde_json::to_string_pretty(self)?;
        fs::write(file, text + "\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measured::{Aim, Round};

    fn row(what: &str, ours: f64) -> Row {
        Row {
            what: what.to_owned(),
            baseline: "another".to_owned(),
            unit: "us",
            rounds: vec![Round::against(ours, 2.0)],
            aim: Aim::Less,
            note: String::new(),
        }
    }

    fn run(commit: &str) -> Run {
        Run { commit: commit.to_owned(), date: "2026-01-01T00:00:00Z".to_owned(), cores: 2, long: false }
    }

    #[test]
    fn what_is_written_is_read_again_and_other_rows_stay() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("in/last.json");
        let mut kept = Kept::default();
        kept.take(&[row("a", 1.0), row("b", 2.0)], &run("one"));
        kept.write(&file).unwrap();
        let mut kept = Kept::read(&file).unwrap();
        kept.take(&[row("a", 3.0)], &run("two"));
        kept.write(&file).unwrap();
        let read = Kept::read(&file).unwrap();
        assert_eq!(read, kept);
        let (a, b) = (&read.rows["a"], &read.rows["b"]);
        assert_eq!((a.median, a.run.commit.as_str()), (1.5, "two"));
        assert_eq!((b.median, b.run.commit.as_str()), (1.0, "one"));
    }

    #[test]
    fn a_file_that_is_missing_or_unfit_is_told_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("last.json");
        assert_eq!(Kept::read(&file).unwrap_err(), "there are no results of an earlier run");
        fs::write(&file, "rubbish").unwrap();
        assert!(Kept::read(&file).unwrap_err().contains("can't be understood"));
        fs::write(&file, r#"{"form": 7, "rows": {}}"#).unwrap();
        assert!(Kept::read(&file).unwrap_err().contains("another form: 7"));
    }
}
