//! What becomes of touchpoints that come in, one after another: each is taken in once, for ever.

use std::collections::HashMap;

use tenure_kernel::{QuarantineId, RecordId, TouchpointId};

/// A valid touchpoint that comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Its id.
    pub touchpoint: TouchpointId,
    /// The digest of its body.
    pub body: [u8; 16],
    /// The primary subject's record.
    pub record: RecordId,
    /// What it amends.
    pub target: Option<TouchpointId>,
}

/// What is known of a touchpoint id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// An amendment named it; it must be about this record when it comes.
    Awaited(RecordId),
    /// It is here.
    Taken {
        /// The digest of its body.
        body: [u8; 16],
        /// Its primary subject's record.
        record: RecordId,
    },
}

impl Slot {
    fn record(self) -> RecordId {
        match self {
            Self::Awaited(record) | Self::Taken { record, .. } => record,
        }
    }
}

/// What is known of touchpoint ids; those that are absent are free.
pub type Slots = HashMap<TouchpointId, Slot>;

/// What becomes of a valid touchpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Taken in.
    Accept,
    /// Here already, with the same body.
    Duplicate,
    /// Its id is here with another body.
    IdReused,
    /// It and its original or amendments are about different records.
    SubjectChanged,
}

/// Decides one after another, and notes in the slots what each takes.
pub fn decide(arrivals: &[Arrival], slots: &mut Slots) -> Vec<Verdict> {
    arrivals.iter().map(|arrival| decide_one(arrival, slots)).collect()
}

fn decide_one(arrival: &Arrival, slots: &mut Slots) -> Verdict {
    match slots.get(&arrival.touchpoint) {
        Some(Slot::Taken { body, .. }) if *body == arrival.body => return Verdict::Duplicate,
        Some(Slot::Taken { .. }) => return Verdict::IdReused,
        Some(Slot::Awaited(record)) if *record != arrival.record => return Verdict::SubjectChanged,
        Some(Slot::Awaited(_)) | None => {}
    }
    if let Some(target) = arrival.target {
        let slot = slots.entry(target).or_insert(Slot::Awaited(arrival.record));
        if slot.record() != arrival.record {
            return Verdict::SubjectChanged;
        }
    }
    slots.insert(arrival.touchpoint, Slot::Taken { body: arrival.body, record: arrival.record });
    Verdict::Accept
}

/// What arrivals claim before it is known which ids are free: what each would get if all were, and a place for every other id
/// that they name. Every id that a decision may depend on is among them.
#[must_use]
pub fn claims(arrivals: &[Arrival]) -> (Vec<Verdict>, Claims) {
    let mut slots = Slots::with_capacity(arrivals.len());
    let verdicts = decide(arrivals, &mut slots);
    let mut exact = true;
    for arrival in arrivals {
        for id in std::iter::once(arrival.touchpoint).chain(arrival.target) {
            slots.entry(id).or_insert_with(|| {
                exact = false;
                Slot::Awaited(arrival.record)
            });
        }
    }
    (verdicts, Claims { slots, exact })
}

/// What arrivals claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Every id that they name, and what it would get.
    pub slots: Slots,
    /// Whether this is what they leave behind when all of them are free.
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

    fn arrival(id: u8, body: u8, record: u8, target: Option<u8>) -> Arrival {
        let touchpoint = |id| TouchpointId([id; 16]);
        Arrival {
            touchpoint: touchpoint(id),
            body: [body; 16],
            record: RecordId([record; 16]),
            target: target.map(touchpoint),
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
        let one = (0..6_u8, 0..3_u8, 0..2_u8, prop::option::of(0..6_u8));
        let one = one.prop_map(|(id, body, record, target)| arrival(id, body, record, target));
        prop::collection::vec(one, 0..40)
    }

    proptest! {
        /// A decision depends on nothing but the claimed ids, and an exact claim is what is left behind.
        #[test]
        fn claims_cover_what_decisions_depend_on(before in arrivals(), now in arrivals()) {
            let mut table = Slots::new();
            decide(&before, &mut table);
            let (verdicts, claims) = claims(&now);
            let mut known: Slots =
                table.iter().filter(|(id, _)| claims.slots.contains_key(id)).map(|(id, slot)| (*id, *slot)).collect();
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
