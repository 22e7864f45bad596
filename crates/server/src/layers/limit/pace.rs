//! How many calls may run at once: as many as are answered in time. Where calls are slow because there are too many, fewer at once
//! are answered as fast as many; the rest is refused at once instead of late.

use std::time::Duration;

use tokio::time::Instant;

/// So few may always run: fewer would leave nothing to write together while one write is made durable.
const LEAST: usize = 16;
/// How many may run before anything is known.
const FIRST: usize = 64;
/// The least time that is judged at once, and the least calls.
const WINDOW: Duration = Duration::from_millis(100);
const CALLS: usize = 8;

/// Additive increase, multiplicative decrease, by the share of calls that took too long.
#[derive(Debug)]
pub(super) struct Pace {
    most: usize,
    limit: usize,
    /// None: the limit is fixed.
    target: Option<Duration>,
    /// Whether anything was ever too slow; before that the limit doubles.
    slowed: bool,
    since: Instant,
    calls: usize,
    slow: usize,
    full: bool,
}

impl Pace {
    pub(super) fn new(most: usize, target: Option<Duration>, now: Instant) -> Self {
        let limit = if target.is_some() { most.min(FIRST) } else { most };
        Self { most, limit, target, slowed: false, since: now, calls: 0, slow: 0, full: false }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// A call had to be refused.
    pub(super) fn full(&mut self) {
        self.full = true;
    }

    /// A call ended.
    pub(super) fn took(&mut self, time: Duration) {
        if let Some(target) = self.target {
            self.calls += 1;
            self.slow += usize::from(time > target);
        }
    }

    /// Judges what was seen, when it is time. `overdue` counts the calls under way that began longer ago than they should take.
    pub(super) fn judge(&mut self, now: Instant, overdue: impl FnOnce(Duration) -> usize) {
        let Some(target) = self.target else { return };
        // A change shows when calls that began after it have ended.
        if now - self.since < WINDOW.max(target) {
            return;
        }
        let overdue = overdue(target);
        let (slow, calls) = (self.slow + overdue, self.calls + overdue);
        if calls >= CALLS && slow * 10 > calls {
            self.limit = (self.limit * 7 / 10).max(LEAST).min(self.most);
            self.slowed = true;
        } else if self.full {
            let more = if self.slowed { (self.limit / 16).max(1) } else { self.limit };
            self.limit = (self.limit + more).min(self.most);
        }
        (self.since, self.calls, self.slow, self.full) = (now, 0, 0, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls that take as long as the server needs for all that run, as on a machine that is busy.
    fn settle(per_second: f64, windows: usize) -> usize {
        let mut now = Instant::now();
        let mut pace = Pace::new(512, Some(Duration::from_millis(250)), now);
        for _ in 0..windows {
            let each = Duration::from_secs_f64(pace.limit() as f64 / per_second);
            (0..20).for_each(|_| pace.took(each));
            pace.full();
            now += Duration::from_millis(250);
            pace.judge(now, |_| 0);
        }
        pace.limit()
    }

    #[test]
    fn settles_where_calls_are_answered_in_time() {
        // A quarter of a second's worth, give or take a step.
        assert!((8..=16).contains(&settle(50.0, 100)), "{}", settle(50.0, 100));
        assert!((100..=130).contains(&settle(450.0, 200)), "{}", settle(450.0, 200));
        assert_eq!(settle(10_000.0, 20), 512, "as many as are allowed where that is quick");
    }

    #[test]
    fn sees_calls_that_never_end() {
        let now = Instant::now();
        let mut pace = Pace::new(512, Some(Duration::from_millis(250)), now);
        for window in 1..40 {
            pace.judge(now + window * Duration::from_millis(250), |_| FIRST);
        }
        assert_eq!(pace.limit(), LEAST);
    }

    #[test]
    fn comes_back_when_all_is_quick_again() {
        let mut now = Instant::now();
        let mut pace = Pace::new(100, Some(Duration::from_millis(250)), now);
        for window in 0..200 {
            let slow = Duration::from_secs(u64::from(window < 50));
            (0..20).for_each(|_| pace.took(slow));
            pace.full();
            now += Duration::from_millis(250);
            pace.judge(now, |_| 0);
            if window == 49 {
                assert_eq!(pace.limit(), LEAST);
            }
        }
        assert_eq!(pace.limit(), 100);
    }

    #[test]
    fn a_few_calls_and_a_fixed_limit_say_nothing() {
        let now = Instant::now();
        let mut pace = Pace::new(512, Some(Duration::from_millis(250)), now);
        (0..CALLS - 1).for_each(|_| pace.took(Duration::from_secs(9)));
        pace.judge(now + Duration::from_secs(1), |_| 0);
        assert_eq!(pace.limit(), FIRST);
        let mut fixed = Pace::new(4, None, now);
        (0..100).for_each(|_| fixed.took(Duration::from_secs(9)));
        fixed.judge(now + Duration::from_secs(9), |_| 100);
        assert_eq!(fixed.limit(), 4);
    }
}
