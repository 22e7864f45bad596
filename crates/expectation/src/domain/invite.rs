//! Invites: surveys that went out, as a source reports, and those that were reserved here. One survey counts once.

use tenure_kernel::{Timestamp, TouchpointId};

use super::survey::{Invite, SurveyKind};

/// How long after its permit has expired a survey may still be reported as sent, in microseconds: a day.
const SENT_WITHIN: i64 = 86_400_000_000;

/// A survey that a source reports as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) touchpoint: TouchpointId,
    pub(crate) kind: SurveyKind,
    pub(crate) at: Timestamp,
}

/// A survey that was reserved here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reserved {
    pub(crate) kind: SurveyKind,
    pub(crate) at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) redeemed_at: Option<Timestamp>,
}

impl Reserved {
    /// Whether a survey went out by it, or may still go out.
    fn counts(&self, now: Timestamp) -> bool {
        self.redeemed_at.is_some() || now < self.expires_at
    }

    fn is(&self, sent: &Sent) -> bool {
        let until = Timestamp(self.expires_at.0.saturating_add(SENT_WITHIN));
        self.kind == sent.kind && self.at <= sent.at && sent.at <= until
    }
}

/// The invites up to a moment. A survey that was reserved and is reported as sent within a day is one: the earliest report that no
/// other reservation took. A permit that expired unused sent nothing.
pub(crate) fn invites(sent: &[Sent], reserved: &[Reserved], now: Timestamp) -> Vec<Invite> {
    let mut sent: Vec<&Sent> = sent.iter().filter(|one| one.at <= now).collect();
    sent.sort_unstable_by_key(|one| (one.at, one.touchpoint));
    sent.dedup_by_key(|one| one.touchpoint);
    let mut reserved: Vec<Reserved> = reserved.iter().copied().filter(|one| one.counts(now)).collect();
    reserved.sort_unstable_by_key(|one| (one.at, one.expires_at));
    let mut invites = Vec::with_capacity(sent.len() + reserved.len());
    for one in reserved {
        let report = sent.iter().position(|sent| one.is(sent));
        report.map(|place| sent.remove(place));
        invites.push(Invite { kind: one.kind, at: one.at });
    }
    invites.extend(sent.into_iter().map(|one| Invite { kind: one.kind, at: one.at }));
    invites
}

#[cfg(test)]
mod tests {
    use super::*;

    const NPS: SurveyKind = SurveyKind::RelationalNps;

    fn sent(number: u8, minute: i64) -> Sent {
        Sent { touchpoint: TouchpointId([number; 16]), kind: NPS, at: at(minute) }
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp(minute * 60_000_000)
    }

    fn reserved(minute: i64, used: bool) -> Reserved {
        let redeemed_at = used.then_some(at(minute + 1));
        Reserved { kind: NPS, at: at(minute), expires_at: at(minute + 15), redeemed_at }
    }

    #[test]
    fn one_survey_counts_once() {
        let now = at(10_000);
        let count = |sent: &[Sent], reserved: &[Reserved]| invites(sent, reserved, now).len();
        assert_eq!(count(&[sent(1, 5)], &[reserved(0, true)]), 1, "reserved, then reported");
        assert_eq!(count(&[sent(1, 5), sent(1, 5)], &[reserved(0, true)]), 1, "reported twice");
        assert_eq!(count(&[sent(1, 5), sent(2, 6)], &[reserved(0, true)]), 2, "another one beside it");
        assert_eq!(count(&[sent(1, 2_000)], &[reserved(0, true)]), 2, "too late to be the same");
        assert_eq!(count(&[], &[reserved(0, false)]), 0, "expired unused");
        assert_eq!(count(&[], &[reserved(9_990, false)]), 1, "may still be used");
        assert_eq!(count(&[sent(1, 11_000)], &[]), 0, "still to come");
        let other = Sent { kind: SurveyKind::Csat, ..sent(1, 5) };
        assert_eq!(count(&[other], &[reserved(0, true)]), 2, "of another kind");
    }
}
