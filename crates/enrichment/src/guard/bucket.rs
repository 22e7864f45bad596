//! A bucket of tokens that fills with time: a quota. And a budget: a part of what was done may be done once more.

use tenure_kernel::Timestamp;

const MICRO: u64 = 1_000_000;

/// A quota: so many a second, and as many at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    per_second: u64,
    /// Millionths of a token.
    held: u64,
    filled_at: Timestamp,
}

impl Bucket {
    /// A full one; 0 a second: there is no quota.
    #[must_use]
    pub fn new(per_second: u32, now: Timestamp) -> Self {
        let per_second = u64::from(per_second);
        Self { per_second, held: per_second * MICRO, filled_at: now }
    }

    /// Takes as many tokens as there are, up to so many.
    pub fn take(&mut self, wanted: usize, now: Timestamp) -> usize {
        if self.per_second == 0 {
            return wanted;
        }
        let passed = u64::try_from(now.0.saturating_sub(self.filled_at.0)).unwrap_or(0);
        // A millionth of a token for each microsecond and token a second.
        self.held = self.held.saturating_add(passed.saturating_mul(self.per_second)).min(self.per_second * MICRO);
        self.filled_at = self.filled_at.max(now);
        let taken = (self.held / MICRO).min(u64::try_from(wanted).unwrap_or(u64::MAX));
        self.held -= taken * MICRO;
        usize::try_from(taken).unwrap_or(wanted)
    }
}

/// How many tenths of a repeat are saved at most.
const SAVED: u32 = 100;

/// A budget for repeats: one for every ten calls, up to ten at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Budget {
    tenths: u32,
}

impl Budget {
    /// A call was made for the first time.
    pub fn earn(&mut self) {
        self.tenths = (self.tenths + 1).min(SAVED);
    }

    /// Whether one may be repeated.
    pub fn spend(&mut self) -> bool {
        let may = self.tenths >= 10;
        if may {
            self.tenths -= 10;
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_quota_fills_with_time() {
        let mut bucket = Bucket::new(5, Timestamp(0));
        assert_eq!(bucket.take(3, Timestamp(0)), 3);
        assert_eq!(bucket.take(3, Timestamp(0)), 2);
        assert_eq!(bucket.take(1, Timestamp(199_999)), 0);
        assert_eq!(bucket.take(1, Timestamp(200_000)), 1);
        // A clock that goes back gives nothing.
        assert_eq!(bucket.take(1, Timestamp(0)), 0);
        assert_eq!(bucket.take(99, Timestamp(9_000_000)), 5);
        assert_eq!(Bucket::new(0, Timestamp(0)).take(1_000_000, Timestamp(0)), 1_000_000);
    }

    proptest! {
        #[test]
        fn never_more_than_the_quota(rate in 1..50_u32, steps in prop::collection::vec((0..300_000_i64, 0..20_usize), 1..200)) {
            let mut bucket = Bucket::new(rate, Timestamp(0));
            let (mut now, mut taken) = (0, 0);
            for (pause, wanted) in steps {
                now += pause;
                taken += bucket.take(wanted, Timestamp(now));
                let most = i64::from(rate) + i64::from(rate) * now / 1_000_000;
                prop_assert!(i64::try_from(taken).expect("few") <= most);
            }
        }

        #[test]
        fn never_more_repeats_than_a_tenth(calls in prop::collection::vec(any::<bool>(), 1..500)) {
            let (mut budget, mut first, mut repeats) = (Budget::default(), 0, 0);
            for failed in calls {
                first += 1;
                budget.earn();
                repeats += u32::from(failed && budget.spend());
                prop_assert!(repeats * 10 <= first);
            }
        }
    }
}
