//! How often a customer may be asked: from when on each limit allows the next invitation.

use tenure_kernel::Timestamp;

use super::survey::{Policy, Situation};

/// After the last invitation of any kind.
pub(super) fn any(situation: &Situation, policy: &Policy) -> Option<Timestamp> {
    let last = situation.invites.iter().map(|invite| invite.at).max()?;
    Some(situation.zone.days_after(last, policy.any_days))
}

/// After the last NPS, if this is one.
pub(super) fn nps(situation: &Situation, policy: &Policy) -> Option<Timestamp> {
    let earlier = situation.invites.iter().filter(|invite| invite.kind.is_nps());
    let last = earlier.map(|invite| invite.at).max().filter(|_| situation.kind.is_nps())?;
    Some(situation.zone.days_after(last, policy.nps_days))
}

/// When so many invitations are more than a year old that there is room for one.
pub(super) fn year(situation: &Situation, policy: &Policy) -> Option<Timestamp> {
    let ends = situation.invites.iter().map(|invite| situation.zone.days_after(invite.at, policy.year_days));
    let mut ends: Vec<_> = ends.collect();
    ends.sort_unstable();
    let last_to_end = ends.len().checked_sub(policy.year_cap.max(1))?;
    ends.get(last_to_end).copied()
}
