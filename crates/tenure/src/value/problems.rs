//! What is wrong with a file, row by row: all of it counted, and as much of it said as a person reads.

use anyhow::bail;

const MOST_SAID: usize = 20;

/// What is wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    said: Vec<String>,
    count: usize,
}

impl Problems {
    /// Something is wrong with a row, counted from 1 below the header.
    pub(crate) fn add(&mut self, row: usize, what: impl FnOnce() -> String) {
        self.count += 1;
        if self.said.len() < MOST_SAID {
            self.said.push(format!("row {row}: {}", what()));
        }
    }

    /// Fails if anything is wrong.
    pub(crate) fn none(self) -> anyhow::Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let more = self.count - self.said.len();
        let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
        bail!("{} that cannot be used:\n  {}{more}", values(self.count), self.said.join("\n  "))
    }
}

fn values(count: usize) -> String {
    if count == 1 { "a value".to_owned() } else { format!("{count} values") }
}

#[cfg(test)]
mod tests {
    use super::Problems;

    #[test]
    fn all_are_counted_and_the_first_are_said() {
        let mut problems = Problems::default();
        (1..=25).for_each(|row| problems.add(row, || "T is missing".to_owned()));
        let said = problems.none().expect_err("refused").to_string();
        assert!(said.starts_with("25 values") && said.contains("row 20: T is missing\n  and 5 more"), "{said}");
        assert!(Problems::default().none().is_ok());
    }
}
