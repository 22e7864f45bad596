//! The rows of the fault table, one a file.

mod f01_killed;
mod f02_gaps;
mod f03_database_down;
mod f04_database_slow;
mod f09_late_commits;
mod f11_clock_jumps;
pub mod f13_power_cut;
mod f14_repeats;
mod f15_merges;
mod f35_telemetry_gone;
mod f37_contention;

use super::table::Row;

/// All rows.
pub const ALL: &[Row] = &[
    f01_killed::ROW,
    f02_gaps::ROW,
    f03_database_down::ROW,
    f04_database_slow::ROW,
    f09_late_commits::ROW,
    f11_clock_jumps::ROW,
    f13_power_cut::ROW,
    f14_repeats::ROW,
    f15_merges::ROW,
    f35_telemetry_gone::ROW,
    f37_contention::ROW,
];
