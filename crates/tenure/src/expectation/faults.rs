//! What is wrong with a file, cell by cell.

use std::path::Path;

use anyhow::bail;

/// More than anybody reads; a file of something else altogether has one for each cell.
const MOST_SAID: usize = 1_000;

/// What is wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    said: Vec<(u64, String)>,
    count: usize,
}

impl Faults {
    /// Something is wrong with a line of the file, of which the header is the first.
    pub(crate) fn of_line(&mut self, line: u64, what: String) {
        self.count += 1;
        if self.said.len() < MOST_SAID {
            self.said.push((line, format!("line {line}: {what}")));
        }
    }

    /// Something is wrong with a cell.
    pub(crate) fn of_cell(&mut self, line: u64, column: &str, what: &str) {
        self.of_line(line, format!("column {column}: {what}"));
    }

    /// Fails if anything is wrong, with all of it, from the first line to the last.
    pub(crate) fn none(mut self, file: &Path) -> anyhow::Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        self.said.sort_by_key(|(line, _)| *line);
        let said: Vec<&str> = self.said.iter().map(|(_, what)| what.as_str()).collect();
        let more = self.count - said.len();
        let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
        let values = if self.count == 1 { "a value".to_owned() } else { format!("{} values", self.count) };
        bail!("{}: {values} that cannot be used:\n  {}{more}", file.display(), said.join("\n  "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_said_in_the_order_of_lines() {
        let mut faults = Faults::default();
        faults.of_line(3, "7 cells".to_owned());
        faults.of_cell(2, "score", "is missing");
        let said = faults.none(Path::new("s.csv")).expect_err("refused").to_string();
        let expected = "s.csv: 2 values that cannot be used:\n  line 2: column score: is missing\n  line 3: 7 cells";
        assert_eq!(said, expected);
        assert!(Faults::default().none(Path::new("s.csv")).is_ok());
        let mut many = Faults::default();
        (0..1_002).for_each(|line| many.of_line(line, String::new()));
        assert!(many.none(Path::new("s.csv")).expect_err("refused").to_string().ends_with("and 2 more"));
    }
}
