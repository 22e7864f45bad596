//! Whether a customer recovered: calm a fortnight later, and no complaint within thirty days.

use std::time::Duration;

use tenure_kernel::Timestamp;

use crate::domain::{
    complaint::{Complaint, State},
    dissonance::Band,
    promise::Facts,
};

const DAY: u64 = 86_400;
/// When it is looked whether the customer is calm.
const CALM_AFTER: Duration = Duration::from_secs(14 * DAY);
/// Within which nothing may be complained of, anew or again.
const QUIET_FOR: Duration = Duration::from_secs(30 * DAY);

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is too soon to tell.
    Pending,
    Recovered,
    NotRecovered,
}

/// The moment by which calm is judged of what was decided then.
pub(crate) fn seen_at(decided: Timestamp) -> Timestamp {
    decided.plus(CALM_AFTER)
}

/// What came of what was decided then, by the band at [`seen_at`].
pub(crate) fn outcome(decided: Timestamp, band: Band, complaints: &[Complaint], now: Timestamp) -> Outcome {
    let quiet = decided.plus(QUIET_FOR);
    if now < quiet {
        return Outcome::Pending;
    }
    let within = |at: Timestamp| decided < at && at <= quiet;
    let complained = complaints.iter().filter(|complaint| complaint.state != State::Merged);
    let mut moments = complained.flat_map(|complaint| [Some(complaint.received_at), complaint.reopened_at]).flatten();
    let calm = band == Band::Calm && !moments.any(within);
    if calm { Outcome::Recovered } else { Outcome::NotRecovered }
}

/// What had happened by a moment.
pub(crate) fn known(facts: &Facts, at: Timestamp) -> Facts {
    let mut known = facts.clone();
    known.promises.retain(|promise| promise.made_at <= at);
    known.outcomes.retain(|outcome| outcome.at <= at);
    known.releases.retain(|release| release.at <= at);
    known.recoveries.retain(|recovery| recovery.sent_at <= at);
    for recovery in &mut known.recoveries {
        recovery.accepted_at = recovery.accepted_at.filter(|accepted| *accepted <= at);
    }
    known.contacts.retain(|contact| contact.at <= at);
    known
}
