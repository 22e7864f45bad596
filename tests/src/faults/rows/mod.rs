//! The rows of the fault table, one a file.

mod f01_killed;
mod f02_gaps;
mod f03_database_down;
mod f04_database_slow;
mod f05_cache_gone;
mod f09_late_commits;
mod f10_poison;
mod f11_clock_jumps;
mod f12_disk_full;
pub mod f13_power_cut;
mod f14_repeats;
mod f15_merges;
mod f16_overload;
mod f17_retry_storm;
mod f19_drain;
mod f20_partitions;
mod f34_restored;
mod f35_telemetry_gone;
mod f36_settings;
mod f37_contention;

use super::table::Row;

/// All rows.
pub const ALL: &[Row] = &[
    f01_killed::ROW,
    f02_gaps::ROW,
    f03_database_down::ROW,
    f04_database_slow::ROW,
    f05_cache_gone::ROW,
    f09_late_commits::ROW,
    f10_poison::ROW,
    f11_clock_jumps::ROW,
    f12_disk_full::ROW,
    f13_power_cut::ROW,
    f14_repeats::ROW,
    f15_merges::ROW,
    f16_overload::ROW,
    f17_retry_storm::ROW,
    f19_drain::ROW,
    f20_partitions::ROW,
    f34_restored::ROW,
    f35_telemetry_gone::ROW,
    f36_settings::ROW,
    f37_contention::ROW,
];
