//! Whether a customer is under age: nobody asks children how satisfied they are.

use tenure_kernel::{Timestamp, TouchpointId};

/// What a touchpoint states of when a subject comes of age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Majority {
    pub(crate) at: Timestamp,
    pub(crate) source_rank: i32,
    pub(crate) touchpoint: TouchpointId,
    /// `None`: they were of age by then.
    pub(crate) of_age_at: Option<Timestamp>,
}

/// Until when a person is under age, by what was stated last; `None` for one of age, and for one of whom it is not known.
pub(crate) fn minor_until(stated: &[Majority]) -> Option<Timestamp> {
    stated.iter().max_by_key(|one| (one.at, one.source_rank, one.touchpoint))?.of_age_at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stated_last_counts_then_what_the_higher_source_stated_then_the_higher_touchpoint() {
        let stated = |at, source_rank, touchpoint, of_age_at: Option<i64>| Majority {
            at: Timestamp(at),
            source_rank,
            touchpoint: TouchpointId([touchpoint; 16]),
            of_age_at: of_age_at.map(Timestamp),
        };
        let (old, low, small) = (stated(1, 9, 9, Some(10)), stated(2, 1, 9, Some(20)), stated(2, 2, 1, Some(30)));
        let last = stated(2, 2, 2, None);
        for (all, expected) in [
            (vec![], None),
            (vec![low, old], Some(20)),
            (vec![small, old, low], Some(30)),
            (vec![last, small, low], None),
        ] {
            assert_eq!(minor_until(&all), expected.map(Timestamp));
        }
    }
}
