//! What becomes of touchpoints that come in, one after another: each is taken in once, for ever.

use std::collections::HashMap;

use tenure_kernel::{QuarantineId, TouchpointId};

#[cfg(test)]
mod tests;

/// A touchpoint that comes in and has an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Its id.
    pub touchpoint: TouchpointId,
    /// The digest of its body.
    pub body: [u8; 16],
    /// The digest of who it is about: the primary subject's record, and the set of the others'.
    pub subjects: [u8; 16],
    /// What it amends.
    pub target: Option<TouchpointId>,
    /// Whether nothing is wrong with it by itself. Otherwise it takes nothing.
    pub sound: bool,
}

/// What is known of a touchpoint id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// An amendment named it; it must be an original about these subjects when it comes.
    Awaited([u8; 16]),
    /// It is here.
    Taken {
        /// The digest of its body.
        body: [u8; 16],
        /// The digest of who it is about.
        subjects: [u8; 16],
        /// Whether it amends another.
        amends: bool,
    },
}

impl Slot {
    fn subjects(self) -> [u8; 16] {
        match self {
            Self::Awaited(subjects) | Self::Taken { subjects, .. } => subjects,
        }
    }

    fn amends(self) -> bool {
        matches!(self, Self::Taken { amends: true, .. })
    }
}

/// What is known of touchpoint ids; those that are absent are free.
pub type Slots = HashMap<TouchpointId, Slot>;

/// What becomes of a touchpoint that has an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Taken in.
    Accept,
    /// Here already, with the same body.
    Duplicate,
    /// Its id is here with another body.
    IdReused,
    /// It and its original or amendments are about different subjects.
    SubjectChanged,
    /// It amends an amendment, or amends another and was amended itself.
    AmendmentAmended,
    /// Its id is free, but something is wrong with it by itself.
    Unsound,
}

/// Decides one after another, and notes in the slots what each takes.
pub fn decide(arrivals: &[Arrival], slots: &mut Slots) -> Vec<Verdict> {
    arrivals.iter().map(|arrival| decide_one(arrival, slots)).collect()
}

fn decide_one(arrival: &Arrival, slots: &mut Slots) -> Verdict {
    let Arrival { touchpoint, body, subjects, target, sound } = *arrival;
    let awaited = match slots.get(&touchpoint) {
        Some(Slot::Taken { body: before, .. }) if *before == body => return Verdict::Duplicate,
        Some(Slot::Taken { .. }) => return Verdict::IdReused,
        awaited => awaited.copied(),
    };
    if !sound {
        return Verdict::Unsound;
    }
    let original = target.and_then(|target| slots.get(&target)).copied();
    if original.is_some_and(Slot::amends) || (target.is_some() && awaited.is_some()) {
        return Verdict::AmendmentAmended;
    }
    if awaited.into_iter().chain(original).any(|slot| slot.subjects() != subjects) {
        return Verdict::SubjectChanged;
    }
    if let Some(target) = target {
        slots.entry(target).or_insert(Slot::Awaited(subjects));
    }
    slots.insert(touchpoint, Slot::Taken { body, subjects, amends: target.is_some() });
    Verdict::Accept
}

/// What arrivals claim before it is known which ids are free: what each would get if all were, and a place for every other id
/// that sound ones name. Every id that a decision may depend on is claimed or looked up.
#[must_use]
pub fn claims(arrivals: &[Arrival]) -> (Vec<Verdict>, Claims) {
    let mut slots = Slots::with_capacity(arrivals.len());
    let verdicts = decide(arrivals, &mut slots);
    let mut exact = true;
    for arrival in arrivals.iter().filter(|arrival| arrival.sound) {
        for id in std::iter::once(arrival.touchpoint).chain(arrival.target) {
            slots.entry(id).or_insert_with(|| {
                exact = false;
                Slot::Awaited(arrival.subjects)
            });
        }
    }
    let unsound = arrivals.iter().filter(|arrival| !arrival.sound).map(|arrival| arrival.touchpoint);
    let looked_up = unsound.filter(|id| !slots.contains_key(id)).collect();
    (verdicts, Claims { slots, looked_up, exact })
}

/// What arrivals claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Every id that sound ones name, and what it would get.
    pub slots: Slots,
    /// The ids that only others name. They take nothing, so these are looked up and not claimed.
    pub looked_up: Vec<TouchpointId>,
    /// Whether the slots are what is left behind when all of them are free.
    pub exact: bool,
}

/// The state of an item in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It is in quarantine.
    Open,
    /// It left the quarantine.
    Settled,
}

/// What becomes of an item that can't be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is put into quarantine.
    New,
    /// It is there, or was.
    Known(Held),
    /// The quarantine is full.
    Full,
}

/// Decides about items that can't be accepted, one after another. `room` is how many new ones the quarantine takes.
pub fn admit(items: &[QuarantineId], known: &mut HashMap<QuarantineId, Held>, mut room: u64) -> Vec<Admission> {
    let admission = |id: &QuarantineId| match known.get(id) {
        Some(held) => Admission::Known(*held),
        None if room == 0 => Admission::Full,
        None => {
            room -= 1;
            known.insert(*id, Held::Open);
            Admission::New
        }
    };
    items.iter().map(admission).collect()
}
