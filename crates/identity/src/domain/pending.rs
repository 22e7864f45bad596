//! Of which records it is open whose they are: until then nobody should be addressed as if we knew.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;

use super::{edge::bits, review::Why};

/// The least weight, in bits, of a pair that leaves anything open: one time in five it is one person.
const LEAST: f64 = -2.0;

/// What others are told of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) record: RecordId,
    pub(crate) pending: bool,
    /// From 1.
    pub(crate) version: i64,
}

/// Whether a pair leaves open whose its records are: two persons that may well be one.
pub(crate) fn leaves_open(why: Why, weight: i64) -> bool {
    why == Why::Pair && bits(weight) >= LEAST
}

/// What is to be told of records, of which some are open now.
pub(crate) fn changes(
    records: &BTreeSet<RecordId>,
    told: &BTreeMap<RecordId, Pending>,
    open: &BTreeSet<RecordId>,
) -> Vec<Pending> {
    let change = |record: &RecordId| {
        let (told, pending) = (told.get(record), open.contains(record));
        let changed = told.is_some_and(|told| told.pending) != pending;
        changed.then(|| Pending { record: *record, pending, version: told.map_or(0, |told| told.version) + 1 })
    };
    records.iter().filter_map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn record(number: u8) -> RecordId {
        RecordId([number; 16])
    }

    #[test]
    fn two_persons_that_may_well_be_one_leave_open_whose_their_records_are() {
        let least = (1..).find(|weight| bits(*weight) >= -LEAST).expect("a weight");
        for (why, weight, expected) in [
            (Why::Pair, -least, true),
            (Why::Pair, 0, true),
            (Why::Pair, -least - 1, false),
            (Why::Bridge, 0, false),
            (Why::Large, 0, false),
        ] {
            assert_eq!(leaves_open(why, weight), expected, "{why:?} {weight}");
        }
    }

    #[test]
    fn only_what_changed_is_told_and_each_time_under_the_next_version() {
        let records = [1, 2, 3, 4].map(record).into();
        let told = |number, pending, version| (record(number), Pending { record: record(number), pending, version });
        let before = [told(2, true, 1), told(3, false, 2), told(4, true, 3)].into();
        let open = [1, 2, 3].map(record).into();
        let expected = [told(1, true, 1).1, told(3, true, 3).1, told(4, false, 4).1];
        assert_eq!(changes(&records, &before, &open), expected);
    }
}
