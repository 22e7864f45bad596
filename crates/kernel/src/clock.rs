//! Time: microseconds since 1970 in UTC, taken from an injected clock.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, UNIX_EPOCH},
};

/// A moment in UTC, in microseconds since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

impl Timestamp {
    /// 1900-01-01, the earliest moment that Tenure takes.
    pub const MIN: Self = Self(-2_208_988_800 * MICROS_PER_SECOND);
    /// 2200-01-01, the first moment that Tenure no longer takes.
    pub const MAX: Self = Self(7_258_118_400 * MICROS_PER_SECOND);

    /// From the seconds and nanoseconds of a protobuf timestamp; `None` outside [`Self::MIN`]..[`Self::MAX`] or when the
    /// nanoseconds are not below a second. Nanoseconds below a microsecond are cut off.
    #[must_use]
    pub fn from_parts(seconds: i64, nanos: i32) -> Option<Self> {
        if !(0..1_000_000_000).contains(&nanos) {
            return None;
        }
        let micros = seconds.checked_mul(MICROS_PER_SECOND)?.checked_add(i64::from(nanos / 1_000))?;
        let at = Self(micros);
        (Self::MIN <= at && at < Self::MAX).then_some(at)
    }

    /// The seconds and nanoseconds of a protobuf timestamp.
    #[must_use]
    pub fn to_parts(self) -> (i64, i32) {
        let nanos = self.0.rem_euclid(MICROS_PER_SECOND) * 1_000;
        (self.0.div_euclid(MICROS_PER_SECOND), i32::try_from(nanos).unwrap_or_default())
    }

    /// The day in UTC, in days since 1970-01-01.
    #[must_use]
    pub fn day(self) -> i32 {
        i32::try_from(self.0.div_euclid(SECONDS_PER_DAY * MICROS_PER_SECOND)).unwrap_or_default()
    }

    /// Midnight UTC of a day since 1970-01-01.
    #[must_use]
    pub fn from_day(day: i32) -> Self {
        Self(i64::from(day) * SECONDS_PER_DAY * MICROS_PER_SECOND)
    }

    /// Later by a duration.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// A clock that stands still until it is set, for tests and simulations.
#[derive(Debug, Default)]
pub struct SetClock(AtomicI64);

impl SetClock {
    /// Starts at a moment.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.0))
    }

    /// Moves it to a moment.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.0, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_before_1970_round_down() {
        assert_eq!(Timestamp(-1).day(), -1);
        assert_eq!(Timestamp::from_day(-1), Timestamp(-86_400_000_000));
        assert_eq!(Timestamp::from_day(9_862).day(), 9_862);
    }

    #[test]
    fn refuses_the_years_1_and_9999() {
        assert_eq!(Timestamp::from_parts(-62_135_596_800, 0), None);
        assert_eq!(Timestamp::from_parts(253_370_764_800, 0), None);
        assert_eq!(Timestamp::from_parts(0, -1), None);
        assert_eq!(Timestamp::from_parts(i64::MAX, 0), None);
        assert_eq!(Timestamp::from_parts(1, 5_000).map(Timestamp::to_parts), Some((1, 5_000)));
    }
}
