//! The rows of the fault table, one a file.

mod f01_killed;
mod f02_gaps;

use super::table::Row;

/// All rows.
pub const ALL: &[Row] = &[f01_killed::ROW, f02_gaps::ROW];
