//! Whom someone unknown goes with: the known record that was seen last with the same cookie or device.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use tenure_kernel::RecordId;

/// Days around an unknown record's visits in which a known one may have been seen.
pub(crate) const WINDOW: i64 = 30;

/// The first and the last day of visits.
pub(crate) type Span = (i64, i64);

/// In which days an unknown record looks for somebody.
pub(crate) fn window((first, last): Span) -> Span {
    (first - WINDOW, last + WINDOW)
}

/// Of the known records that were seen with one of the keys within the window: the last one seen; of several on one day the
/// one with the smallest id. `visits` are those of known records that few share the key with.
pub(crate) fn leader(
    keys: &BTreeSet<[u8; 16]>,
    (first, last): Span,
    visits: &BTreeMap<[u8; 16], BTreeSet<(i64, RecordId)>>,
) -> Option<RecordId> {
    let of_key = |key| visits.get(key).into_iter().flatten();
    let seen = keys.iter().flat_map(of_key).filter(|(day, _)| (first..=last).contains(day));
    seen.max_by_key(|(day, record)| (*day, Reverse(*record))).map(|(_, record)| *record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_seen_within_the_window_leads() {
        let record = |number: u8| RecordId([number; 16]);
        let (one, other) = ([1; 16], [2; 16]);
        let visits = BTreeMap::from([
            (one, BTreeSet::from([(100, record(1)), (131, record(2))])),
            (other, BTreeSet::from([(110, record(4)), (110, record(3))])),
        ]);
        let leader = |keys: &[[u8; 16]], span| leader(&keys.iter().copied().collect(), window(span), &visits);
        assert_eq!(leader(&[one], (100, 100)), Some(record(1)));
        assert_eq!(leader(&[one], (100, 101)), Some(record(2)));
        assert_eq!(leader(&[one, other], (95, 100)), Some(record(3)));
        assert_eq!(leader(&[one], (162, 170)), None);
        assert_eq!(leader(&[[3; 16]], (100, 100)), None);
    }
}
