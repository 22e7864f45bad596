//! The moments at which a promise changes by itself.

use tenure_kernel::Timestamp;

use super::{
    calendar::Zone,
    promise::{Expected, PromiseId, hashed},
    standing::{Standing, State, at_risk_at},
};

/// What a moment brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum TimerKind {
    AtRisk = 1,
    Overdue = 2,
}

/// A moment at which a promise is to be looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timer {
    /// The same for the same promise, version and kind, so that what it brings happens once.
    pub(crate) id: [u8; 16],
    pub(crate) promise: PromiseId,
    /// The version.
    pub(crate) due: Timestamp,
    pub(crate) at: Timestamp,
    pub(crate) kind: TimerKind,
}

impl Timer {
    fn new(promise: PromiseId, due: Timestamp, at: Timestamp, kind: TimerKind) -> Self {
        Self { id: Self::id_of(promise, due, kind), promise, due, at, kind }
    }

    pub(crate) fn id_of(promise: PromiseId, due: Timestamp, kind: TimerKind) -> [u8; 16] {
        hashed("timer", &[&promise.0, &due.0.to_be_bytes(), &[kind as u8]])
    }
}

/// Every timer that promises still need. One that is due but unknown keeps its own until its sources tell.
pub(crate) fn timers(standings: &[Standing], zone: &Zone) -> Vec<Timer> {
    let mut timers = Vec::new();
    for standing in standings {
        let Expected::By(due) = standing.promise.expected else { continue };
        if standing.state == State::Active {
            let at = at_risk_at(&standing.promise, due, zone);
            timers.push(Timer::new(standing.promise.id, due, at, TimerKind::AtRisk));
        }
        if matches!(standing.state, State::Active | State::AtRisk | State::Unknown) {
            let deadline = standing.promise.deadline().unwrap_or(due);
            timers.push(Timer::new(standing.promise.id, due, deadline, TimerKind::Overdue));
        }
    }
    timers
}
