//! A line of the file.

use tenure_kernel::{Reason, Violation};

use super::cells::Cells;

/// A line's cells, in the order of the header.
pub(super) struct Row<'a> {
    header: &'a [String],
    /// As they stand in the file.
    pub(super) cells: Vec<&'a str>,
}

impl<'a> Row<'a> {
    /// The cells of a record, which must be as many as the columns, and UTF-8.
    pub(super) fn new(header: &'a [String], record: &'a Cells) -> Result<Self, Vec<Violation>> {
        if record.len() != header.len() {
            let text = format!("{} columns instead of {}", record.len(), header.len());
            return Err(vec![Violation::new("", Reason::FieldMalformed, text)]);
        }
        let cells: Vec<_> = record.iter().map(str::from_utf8).collect();
        let broken = header.iter().zip(&cells).filter(|(_, cell)| cell.is_err());
        let violations: Vec<_> =
            broken.map(|(name, _)| Violation::new(name, Reason::FieldMalformed, "not UTF-8")).collect();
        if !violations.is_empty() {
            return Err(violations);
        }
        Ok(Self { header, cells: cells.into_iter().flatten().collect() })
    }

    /// A cell without the spaces around it.
    pub(super) fn cell(&self, column: usize) -> &'a str {
        self.cells.get(column).copied().unwrap_or_default().trim()
    }

    /// What is wrong with a cell.
    pub(super) fn violation(&self, column: usize, reason: Reason, what: &'static str) -> Violation {
        Violation::new(self.header.get(column).cloned().unwrap_or_default(), reason, what)
    }
}
