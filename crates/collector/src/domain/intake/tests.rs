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
    assert_eq!(decide(&[arrival(1, 1, 1, None), first, second], &mut Slots::new())[1..], [Verdict::Accept, amended]);
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
    assert_eq!(admitted, [new, Admission::Known(Held::Open), Admission::Known(Held::Settled), new, Admission::Full]);
}

fn arrivals() -> impl Strategy<Value = Vec<Arrival>> {
    let one = (0..6_u8, 0..3_u8, 0..2_u8, prop::option::of(0..6_u8), prop::bool::weighted(0.8));
    let one =
        one.prop_map(|(id, body, subjects, target, sound)| Arrival { sound, ..arrival(id, body, subjects, target) });
    prop::collection::vec(one, 0..40)
}

/// What some order took in, with repeats, in another order; and the slots that it took.
fn taken_in() -> impl Strategy<Value = (Slots, Vec<Arrival>)> {
    arrivals().prop_flat_map(|arrivals| {
        let mut slots = Slots::new();
        let verdicts = decide(&arrivals, &mut slots);
        let taken = arrivals.into_iter().zip(verdicts).filter(|(_, verdict)| *verdict == Verdict::Accept);
        let taken: Vec<Arrival> = taken.map(|(arrival, _)| arrival).collect();
        let again = prop::sample::subsequence(taken.clone(), 0..=taken.len());
        (Just(slots), again.prop_map(move |again| [taken.clone(), again].concat()).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

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

    /// Of two bodies under one id, or two subjects of one fact, the first is taken in. But what one order takes in, every
    /// other order, batching and repetition takes in as well, once, and nothing else is left behind.
    #[test]
    fn what_one_order_takes_in_every_order_takes_in(
        (expected, arrivals) in taken_in(),
        sizes in prop::collection::vec(1..6_usize, 1..6),
    ) {
        let (mut slots, mut verdicts, mut rest) = (Slots::new(), Vec::new(), arrivals.as_slice());
        for size in sizes.iter().cycle() {
            let (batch, later) = rest.split_at(rest.len().min(*size));
            verdicts.extend(decide(batch, &mut slots));
            if later.is_empty() {
                break;
            }
            rest = later;
        }
        let taken = expected.values().filter(|slot| matches!(slot, Slot::Taken { .. })).count();
        prop_assert_eq!(&slots, &expected);
        let is = |wanted| verdicts.iter().filter(|verdict| **verdict == wanted).count();
        prop_assert_eq!((is(Verdict::Accept), is(Verdict::Duplicate)), (taken, arrivals.len() - taken));
    }
}
