//! R02 of the research note, and what holds whatever the numbers.

use proptest::prelude::*;
use tenure_kernel::Timestamp;

use super::{Arm, Outcome, Verdict, effect, outcome};
use crate::domain::{
    calendar::amsterdam,
    complaint::{
        Policy, complaints,
        step::{Action, Receipt, Step},
        table::step,
    },
    dissonance::Band,
};

fn arm(recovered: u64, customers: u64) -> Arm {
    Arm { customers, recovered }
}

#[test]
fn r02_a_recovery_against_its_hold_out() {
    let found = effect(arm(62, 100), arm(45, 100)).expect("both sides");
    let rounded = |value: f64| (value * 1_000.0).round() / 1_000.0;
    assert_eq!((rounded(found.difference), rounded(found.low), rounded(found.high)), (0.17, 0.034, 0.306));
    assert_eq!(found.verdict, Verdict::Effective);
    assert_eq!(effect(arm(45, 100), arm(62, 100)).map(|one| one.verdict), Some(Verdict::Harmful));
    assert_eq!(effect(arm(50, 100), arm(45, 100)).map(|one| one.verdict), Some(Verdict::Unclear));
    // An interval of no width is none.
    assert_eq!(effect(arm(3, 3), arm(0, 3)).map(|one| one.verdict), Some(Verdict::Unclear));
    assert_eq!((effect(arm(0, 0), arm(45, 100)), effect(arm(45, 100), arm(0, 0))), (None, None));
}

fn received(at: &str, case: &str) -> Step {
    step(case, amsterdam(at), "eva", Action::Receive(Receipt::default()))
}

#[test]
fn recovered_is_who_is_calm_a_fortnight_later_and_complains_of_nothing_for_a_month() {
    let decided = amsterdam("2026-11-02 10:00");
    let of = |band, steps: &[Step], now: &str| {
        let now = amsterdam(now);
        outcome(decided, band, &complaints(steps, &Policy::default(), now), now)
    };
    assert_eq!(of(Band::Calm, &[], "2026-12-02 09:59"), Outcome::Pending);
    assert_eq!(of(Band::Calm, &[], "2026-12-02 10:00"), Outcome::Recovered);
    assert_eq!(of(Band::Watch, &[], "2026-12-02 10:00"), Outcome::NotRecovered);
    for (at, expected) in [
        ("2026-11-02 10:00", Outcome::Recovered),
        ("2026-11-02 10:01", Outcome::NotRecovered),
        ("2026-12-02 10:00", Outcome::NotRecovered),
        ("2026-12-02 10:01", Outcome::Recovered),
    ] {
        assert_eq!(of(Band::Calm, &[received(at, "42")], "2027-01-02 10:00"), expected, "{at}");
    }
    let again = [
        received("2026-10-02 10:00", "42"),
        step("42", amsterdam("2026-10-05 10:00"), "eva", Action::Withdraw),
        step("42", amsterdam("2026-11-05 10:00"), "eva", Action::Reopen),
    ];
    assert_eq!(of(Band::Calm, &again[..2], "2027-01-02 10:00"), Outcome::Recovered);
    assert_eq!(of(Band::Calm, &again, "2027-01-02 10:00"), Outcome::NotRecovered);
    assert_ne!(decided, Timestamp::default());
}

proptest! {
    #[test]
    fn swapped_sides_are_the_same_the_other_way_round(one in (0_u64..300, 0_u64..300), other in (0_u64..300, 0_u64..300)) {
        let arms = [one, other].map(|(a, b)| arm(a.min(b), a.max(b)));
        let (there, back) = (effect(arms[0], arms[1]), effect(arms[1], arms[0]));
        prop_assert_eq!(there.is_some(), arms.iter().all(|arm| arm.customers > 0));
        if let (Some(there), Some(back)) = (there, back) {
            prop_assert!((there.difference + back.difference).abs() < 1e-12 && (there.low + back.high).abs() < 1e-12);
            prop_assert!(there.low <= there.difference && there.difference <= there.high);
            prop_assert_eq!(there.verdict == Verdict::Effective, back.verdict == Verdict::Harmful);
            prop_assert!(there.verdict != Verdict::Effective || there.low > 0.0);
        }
    }
}
