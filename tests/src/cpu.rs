//! The time that processors worked, as Linux counts it, in hundredths of a second.
#![expect(clippy::expect_used, reason = "a benchmark may give up")]

use std::{fs, time::Duration};

/// One of the kernel's ticks, as it tells them to programs on every machine.
const TICK: Duration = Duration::from_millis(10);

/// For a process, its threads and the kernel on its behalf, since it started.
///
/// # Panics
/// When there is no such process.
#[must_use]
pub fn of_process(id: u32) -> Duration {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).expect("a process");
    // The second field is its name, in brackets, and may hold anything.
    let (_, fields) = text.rsplit_once(')').expect("the name of a process");
    let ticks = fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u32>().expect("ticks"));
    TICK * ticks.sum::<u32>()
}

/// For everybody on this machine, since it started.
///
/// # Panics
/// Where this is not Linux.
#[must_use]
pub fn of_machine() -> Duration {
    let text = fs::read_to_string("/proc/stat").expect("Linux");
    let first = text.lines().next().unwrap_or_default();
    let ticks = first.split_whitespace().skip(1).map(|field| field.parse::<u64>().expect("ticks"));
    // The fourth and the fifth are idle; what guests took, behind the eighth, is in the first already.
    let busy = ticks.take(8).enumerate().filter(|(place, _)| !matches!(place, 3 | 4)).map(|(_, ticks)| ticks);
    Duration::from_millis(10 * busy.sum::<u64>())
}
