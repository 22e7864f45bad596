//! When a call is repeated, and when not.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use crate::{ClientError, Settings};

/// What a repeat costs; a call earns one. So repeats are at most a tenth of the calls.
const REPEAT: i64 = 10;
/// The most that can be saved up, and what there is at the start: ten repeats.
const MOST: i64 = 10 * REPEAT;

/// Keeps a server that fails from being buried under repeats.
#[derive(Debug)]
pub(crate) struct Budget(AtomicI64);

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicI64::new(MOST))
    }
}

impl Budget {
    /// A call is made.
    pub(crate) fn earn(&self) {
        self.change(|saved| Some((saved + 1).min(MOST)));
    }

    /// Pays for a repeat, if it can.
    pub(crate) fn pay(&self) -> bool {
        self.change(|saved| (saved >= REPEAT).then(|| saved - REPEAT))
    }

    fn change(&self, change: impl Fn(i64) -> Option<i64>) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change).is_ok()
    }
}

impl Settings {
    /// How long to wait after the `failed`th attempt in a row, from 1: at least as long as the server asks, and anything up
    /// to a limit that doubles.
    pub(crate) fn delay(&self, failed: u32, error: &ClientError) -> Duration {
        let doubled = self.backoff.saturating_mul(1 << failed.saturating_sub(1).min(20));
        let jitter = rand::random_range(Duration::ZERO..=doubled.min(self.backoff_limit));
        error.retry_after.unwrap_or_default().saturating_add(jitter)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tonic::Status;

    use super::*;

    #[test]
    fn a_tenth_of_the_calls_may_be_repeated() {
        let budget = Budget::default();
        let repeats = (0..1_000)
            .filter(|_| {
                budget.earn();
                budget.pay()
            })
            .count();
        assert_eq!(repeats, 10 + 99);
        (0..5_000).for_each(|_| budget.earn());
        assert_eq!((0..1_000).filter(|_| budget.pay()).count(), 10);
    }

    proptest! {
        #[test]
        fn waits_within_a_limit_that_doubles(failed in 1_u32..100, asked in 0_u64..10) {
            let asked = Duration::from_secs(asked);
            let error = ClientError { retry_after: Some(asked), ..Status::unavailable("").into() };
            let wait = Settings::default().delay(failed, &error);
            prop_assert!(wait >= asked);
            prop_assert!(wait - asked <= Duration::from_millis(100 << (failed - 1).min(10)).min(Duration::from_secs(5)));
        }
    }
}
