//! A value that is the same for all lines, or stands in a column.

use tenure_kernel::{Reason, Violation};

use crate::import::row::Row;

/// Where a value comes from.
pub(in crate::import) enum Choice<T> {
    /// The same for all lines.
    Fixed(T),
    /// A column.
    Column {
        /// Its place.
        column: usize,
        /// What its cells stand for; without it they are read as they are.
        values: Option<Vec<(String, T)>>,
        /// How a cell is read.
        read: fn(&str) -> Option<T>,
        /// What a cell that can't be read is, such as "not a touchpoint type".
        expected: &'static str,
    },
}

impl<T: Clone> Choice<T> {
    /// The value of a line; none when its cell is empty and the empty cell stands for nothing.
    pub(in crate::import) fn pick(&self, row: &Row<'_>, reason: Reason) -> Result<Option<T>, Violation> {
        let (column, values, read, expected) = match self {
            Self::Fixed(value) => return Ok(Some(value.clone())),
            Self::Column { column, values, read, expected } => (*column, values, read, *expected),
        };
        let cell = row.cell(column);
        let (found, expected) = match values {
            None => (read(cell), expected),
            Some(values) => (
                values.iter().find(|(text, _)| text == cell).map(|(_, value)| value.clone()),
                "not among the mapping's values",
            ),
        };
        match found {
            None if !cell.is_empty() => Err(row.violation(column, reason, expected)),
            found => Ok(found),
        }
    }
}
