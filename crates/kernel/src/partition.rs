//! Partitions: 256, fixed; a source record's first byte routes it.

use std::ops::RangeInclusive;

use crate::id::RecordId;

/// The partition of a source record. Record ids are HMACs, so the first byte spreads evenly.
#[must_use]
pub fn of(record: RecordId) -> u8 {
    record.0[0]
}

/// The partitions of one of `count` ranges (1 to 256), which differ in size by at most one.
#[must_use]
pub fn range(index: u16, count: u16) -> RangeInclusive<u8> {
    let edge = |place: u16| u32::from(place) * 256 / u32::from(count.max(1));
    let first = edge(index).min(255);
    let last = (edge(index + 1).max(1) - 1).min(255);
    u8::try_from(first).unwrap_or(255)..=u8::try_from(last).unwrap_or(255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_every_partition_once() {
        for count in [1, 3, 4, 7, 16, 256] {
            let all: Vec<u8> = (0..count).flat_map(|index| range(index, count)).collect();
            assert_eq!(all, (0..=255).collect::<Vec<u8>>(), "{count}");
        }
    }
}
