//! What becomes of touchpoints that come in, one after another: each is taken in once, for ever.

use std::collections::HashMap;

use tenure_kernel::{QuarantineId, TouchpointId};

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn arrival(id: u8, body: u8, subjects: u8, target: Option<u8>) -> Arrival {
        let touchpoint = |id| TouchpointId([id; 16]);
        Arrival {
            touchpoint: touchpoint(id),
            body: [body; 16],
            subjects: [subjects; 16],
            target: target.map(touchpoint),
            sound: true,
        }
    }

    #[test]
    fn an_id_is_taken_once() {
        let arrivals = [arrival(1, 1, 1, None), arrival(1, 1, 1, None), arrival(1, 2, 1, None), arrival(2, 1, 1, None)];
        let verdicts = decide(&arrivals, &mut Slots::new());
        assert_eq!(verdicts, [Verdict::Accept, Verdict::Duplicate, Verdict::IdReused, Verdict::Accept]);
    }

    #[test]
    fn amendment_and_original_are_about_one_record_in_either_order() {
        let (original, same, other) = (arrival(1, 1, 1, None), arrival(2, 2, 1, Some(1)), arrival(3, 3, 9, Some(1)));
        let cases: [(&[Arrival], &[Verdict]); 4] = [
            (&[original, same, other], &[Verdict::Accept, Verdict::Accept, Verdict::SubjectChanged]),
            (&[same, original, other], &[Verdict::Accept, Verdict::Accept, Verdict::SubjectChanged]),
            (&[other, original, same], &[Verdict::Accept, Verdict::SubjectChanged, Verdict::SubjectChanged]),
            (&[same, other, original], &[Verdict::Accept, Verdict::SubjectChanged, Verdict::Accept]),
        ];
        for (arrivals, verdicts) in cases {
            assert_eq!(decide(arrivals, &mut Slots::new()), verdicts);
        }
    }

    #[test]
    fn what_is_refused_takes_nothing() {
        let wrong = arrival(2, 2, 9, Some(1));
        let right = arrival(2, 3, 1, Some(1));
        let mut slots = Slots::new();
        let verdicts = decide(&[arrival(1, 1, 1, None), wrong, right], &mut slots);
        assert_eq!(verdicts, [Verdict::Accept, Verdict::SubjectChanged, Verdict::Accept]);
    }

    #[test]
    fn an_amendment_is_not_amended_in_either_order() {
        let (first, second) = (arrival(2, 2, 1, Some(1)), arrival(3, 3, 1, Some(2)));
        let amended = Verdict::AmendmentAmended;
        assert_eq!(decide(&[first, second], &mut Slots::new()), [Verdict::Accept, amended]);
        assert_eq!(decide(&[second, first], &mut Slots::new()), [Verdict::Accept, amended]);
        assert_eq!(
            decide(&[arrival(1, 1, 1, None), first, second], &mut Slots::new())[1..],
            [Verdict::Accept, amended]
        );
    }

    #[test]
    fn an_unsound_one_is_known_again_and_takes_nothing() {
        let unsound = |arrival| Arrival { sound: false, ..arrival };
        let (one, other) = (arrival(1, 1, 1, None), arrival(1, 2, 1, None));
        let mut slots = Slots::new();
        assert_eq!(decide(&[unsound(one), unsound(arrival(2, 1, 1, Some(9)))], &mut slots), [Verdict::Unsound; 2]);
        assert!(slots.is_empty());
        let verdicts = decide(&[one, unsound(one), unsound(other)], &mut slots);
        assert_eq!(verdicts, [Verdict::Accept, Verdict::Duplicate, Verdict::IdReused]);
        let (_, claims) = claims(&[unsound(one), arrival(3, 1, 1, None), unsound(arrival(3, 2, 1, None))]);
        assert_eq!((claims.slots.len(), claims.looked_up, claims.exact), (1, vec![one.touchpoint], true));
    }

    #[test]
    fn the_quarantine_takes_new_items_while_there_is_room() {
        let ids = [1, 1, 2, 3, 4].map(|id| QuarantineId([id; 16]));
        let mut known = HashMap::from([(ids[2], Held::Settled)]);
        let admitted = admit(&ids, &mut known, 2);
        let new = Admission::New;
        assert_eq!(
            admitted,
            [new, Admission::Known(Held::Open), Admission::Known(Held::Settled), new, Admission::Full]
        );
    }

    fn arrivals() -> impl Strategy<Value = Vec<Arrival>> {
        let one = (0..6_u8, 0..3_u8, 0..2_u8, prop::option::of(0..6_u8), prop::bool::weighted(0.8));
        let one = one
            .prop_map(|(id, body, subjects, target, sound)| Arrival { sound, ..arrival(id, body, subjects, target) });
        prop::collection::vec(one, 0..40)
    }

    proptest! {
        /// A decision depends on nothing but the claimed ids, and an exact claim is what is left behind.
        #[test]
        fn claims_cover_what_decisions_depend_on(before in arrivals(), now in arrivals()) {
            let mut table = Slots::new();
            decide(&before, &mut table);
            let (verdicts, claims) = claims(&now);
            let asked = |id: &TouchpointId| claims.slots.contains_key(id) || claims.looked_up.contains(id);
            let mut known: Slots =
                table.iter().filter(|(id, _)| asked(id)).map(|(id, slot)| (*id, *slot)).collect();
            if known.is_empty() && claims.exact {
                prop_assert_eq!(decide(&now, &mut known), verdicts);
                prop_assert_eq!(known, claims.slots);
            } else {
                let of_known = decide(&now, &mut known);
                prop_assert_eq!(of_known, decide(&now, &mut table));
                prop_assert!(known.iter().all(|(id, slot)| table.get(id) == Some(slot)));
            }
        }

        /// Batches decide as single calls do.
        #[test]
        fn batching_changes_nothing(
            arrivals in arrivals(),
            cut in 0..40_usize,
        ) {
            let (mut whole, mut parts) = (Slots::new(), Slots::new());
            let once = decide(&arrivals, &mut whole);
            let (left, right) = arrivals.split_at(cut.min(arrivals.len()));
            let twice = [decide(left, &mut parts), decide(right, &mut parts)].concat();
            prop_assert_eq!(once, twice);
            prop_assert_eq!(whole, parts);
        }
    }
}
