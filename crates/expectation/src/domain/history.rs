//! Everything that a person's records state, merged.

use tenure_kernel::{Timestamp, TouchpointId};
use tenure_records::RestrictionStep;

use super::{complaint::step::Step, consent::ConsentStep, invite::Sent, majority::Majority, promise::Facts};

/// An experience that was rated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rating {
    pub(crate) touchpoint: TouchpointId,
    pub(crate) at: Timestamp,
    pub(crate) order: String,
}

/// That a fraud investigation began or ended. In the order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Investigation {
    pub(crate) at: Timestamp,
    pub(crate) touchpoint: TouchpointId,
    pub(crate) open: bool,
}

/// What records state. A set: neither order nor repetition means anything.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct History {
    pub(crate) facts: Facts,
    pub(crate) complaints: Vec<Step>,
    pub(crate) consents: Vec<ConsentStep>,
    pub(crate) restrictions: Vec<RestrictionStep>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) ratings: Vec<Rating>,
    pub(crate) investigations: Vec<Investigation>,
    pub(crate) deceased: bool,
    pub(crate) vulnerable: bool,
    pub(crate) majorities: Vec<Majority>,
    /// Whether it is open whose any of the records is.
    pub(crate) identity_pending: bool,
}

impl History {
    /// Adds what another fact or record states.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.facts.append(other.facts);
        self.complaints.append(&mut other.complaints);
        self.consents.append(&mut other.consents);
        self.restrictions.append(&mut other.restrictions);
        self.sent.append(&mut other.sent);
        self.ratings.append(&mut other.ratings);
        self.investigations.append(&mut other.investigations);
        self.deceased |= other.deceased;
        self.vulnerable |= other.vulnerable;
        self.majorities.append(&mut other.majorities);
        self.identity_pending |= other.identity_pending;
    }

    /// Whether there is anything to be satisfied or dissatisfied about.
    pub(crate) fn has_experience(&self) -> bool {
        let facts = &self.facts;
        let nothing = facts.promises.is_empty() && facts.outcomes.is_empty() && facts.contacts.is_empty();
        !nothing || !self.complaints.is_empty()
    }
}

/// Whether a fraud investigation runs at a moment: of two at the same time the one that begins counts.
pub(crate) fn is_investigated(investigations: &[Investigation], now: Timestamp) -> bool {
    let known = investigations.iter().filter(|one| one.at <= now);
    known.max_by_key(|one| (one.at, one.open, one.touchpoint)).is_some_and(|last| last.open)
}
