//! A breaker: leaves a provider alone when half of the last twenty calls failed, and tries one call after a while.

use tenure_kernel::Timestamp;

/// How many calls are looked at.
pub const WINDOW: u32 = 20;

/// How a provider is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It is called; the bits are the last calls, 1 a failure, and how many there are.
    Closed { failed: u32, calls: u32 },
    /// It is left alone until then.
    Open { until: Timestamp },
    /// One call is under way to see whether it is back; if nothing is heard of it by then, another is made.
    Probing { until: Timestamp },
}

/// Whether a call may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// As any other.
    Yes,
    /// To see whether it is back.
    Probe,
    /// Not now.
    No,
}

/// A breaker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    state: State,
    /// Microseconds.
    open_for: i64,
}

impl Breaker {
    /// A closed one, which stays open for so many microseconds.
    #[must_use]
    pub fn new(open_for: i64) -> Self {
        Self { state: State::Closed { failed: 0, calls: 0 }, open_for }
    }

    /// Whether a call may be made now. Who may, tells by [`Breaker::record`] how it went.
    pub fn allow(&mut self, now: Timestamp) -> Allowed {
        match self.state {
            State::Closed { .. } => Allowed::Yes,
            State::Open { until } | State::Probing { until } if now < until => Allowed::No,
            State::Open { .. } | State::Probing { .. } => {
                self.state = State::Probing { until: self.later(now) };
                Allowed::Probe
            }
        }
    }

    /// Takes a call back that was allowed and not made.
    pub fn take_back(&mut self, allowed: Allowed, now: Timestamp) {
        if allowed == Allowed::Probe && matches!(self.state, State::Probing { .. }) {
            self.state = State::Open { until: now };
        }
    }

    /// How a call went that was allowed.
    pub fn record(&mut self, allowed: Allowed, failed: bool, now: Timestamp) {
        self.state = match (self.state, allowed, failed) {
            (State::Probing { .. }, Allowed::Probe, false) => State::Closed { failed: 0, calls: 0 },
            (State::Probing { .. }, Allowed::Probe, true) => State::Open { until: self.later(now) },
            (State::Closed { failed: bits, calls }, _, failed) => {
                let bits = ((bits << 1) | u32::from(failed)) & ((1 << WINDOW) - 1);
                let calls = (calls + 1).min(WINDOW);
                let opens = calls == WINDOW && bits.count_ones() * 2 >= WINDOW;
                if opens { State::Open { until: self.later(now) } } else { State::Closed { failed: bits, calls } }
            }
            // A call that began before it opened says nothing new.
            (other, ..) => other,
        };
    }

    fn later(&self, now: Timestamp) -> Timestamp {
        Timestamp(now.0.saturating_add(self.open_for))
    }

    /// 0: closed, 1: probing, 2: open.
    #[must_use]
    pub fn level(&self) -> u64 {
        match self.state {
            State::Closed { .. } => 0,
            State::Probing { .. } => 1,
            State::Open { .. } => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after(failed: impl IntoIterator<Item = bool>) -> Breaker {
        let mut breaker = Breaker::new(30);
        for failed in failed {
            breaker.record(Allowed::Yes, failed, Timestamp(0));
        }
        breaker
    }

    #[test]
    fn half_of_twenty_opens_it_and_less_does_not() {
        let alternating = |calls: usize| (0..calls).map(|call| call % 2 == 0);
        assert_eq!(after(alternating(19)).level(), 0);
        assert_eq!(after(alternating(20)).level(), 2);
        assert_eq!(after((0..200).map(|call| call % 20 < 9)).level(), 0);
        assert_eq!(after([true; 19]).level(), 0);
    }

    #[test]
    fn one_probe_decides() {
        let mut breaker = after([true; 20]);
        assert_eq!(breaker.allow(Timestamp(29)), Allowed::No);
        assert_eq!(breaker.allow(Timestamp(30)), Allowed::Probe);
        assert_eq!(breaker.allow(Timestamp(31)), Allowed::No);
        breaker.record(Allowed::Probe, true, Timestamp(32));
        assert_eq!(breaker.allow(Timestamp(61)), Allowed::No);
        assert_eq!(breaker.allow(Timestamp(62)), Allowed::Probe);
        breaker.record(Allowed::Probe, false, Timestamp(63));
        assert_eq!(breaker.allow(Timestamp(63)), Allowed::Yes);
        // What failed before is forgotten.
        (0..19).for_each(|_| breaker.record(Allowed::Yes, true, Timestamp(64)));
        assert_eq!(breaker.level(), 0);
    }

    #[test]
    fn a_probe_that_is_lost_is_made_again() {
        let mut breaker = after([true; 20]);
        assert_eq!(breaker.allow(Timestamp(30)), Allowed::Probe);
        assert_eq!(breaker.allow(Timestamp(60)), Allowed::Probe);
        breaker.take_back(Allowed::Probe, Timestamp(60));
        assert_eq!(breaker.allow(Timestamp(60)), Allowed::Probe);
    }

    proptest! {
        /// Whatever happens: never more than one probe at a time, none before its time, and an open breaker is not closed but by a probe.
        #[test]
        fn it_lets_nothing_through_while_it_is_open(steps in prop::collection::vec((0..12_i64, any::<bool>(), any::<bool>()), 1..300)) {
            let mut breaker = Breaker::new(30);
            let (mut now, mut opened_at) = (Timestamp(0), None);
            for (pause, failed, told) in steps {
                now = Timestamp(now.0 + pause);
                let was = breaker.level();
                let allowed = breaker.allow(now);
                match allowed {
                    Allowed::Yes => prop_assert_eq!(was, 0),
                    Allowed::Probe => prop_assert!(was > 0 && opened_at.is_none_or(|at: Timestamp| now.0 >= at.0 + 30)),
                    Allowed::No => prop_assert!(was > 0),
                }
                if allowed == Allowed::Probe {
                    opened_at = Some(now);
                }
                if allowed != Allowed::No && told {
                    breaker.record(allowed, failed, now);
                    if breaker.level() == 2 {
                        opened_at = Some(now);
                    }
                    prop_assert!(breaker.level() != 0 || was == 0 || !failed);
                }
            }
        }
    }
}
