//! Scores, V01 to V16 of the research note, and what is left open there. What is a pure gap stands beside `felt`.

use super::{
    attribute::Kano,
    calendar::amsterdam,
    contact::Contact,
    disconfirmation::felt,
    dissonance::Band,
    promise::{Agreed, Expected, Facts, Observed, Outcome, Promise, PromiseId, SourceKind},
    quantity::{Quantity, Unit},
    scene::*,
    weights::Weights,
};

/// As sure as can be, but no right: the table's values leave confidence out.
fn sure(facts: &Facts, now: &str) -> f64 {
    let assessment = assessed(facts, amsterdam(now));
    let losses: f64 = assessment.products.iter().map(|product| product.losses).sum();
    tenth(100.0 * (1.0 - (-losses / 0.95 / Weights::default().saturation).exp()))
}

/// Delivered two days late.
fn late() -> Facts {
    facts(vec![delivery(1, "2026-11-02 10:00")], vec![delivered(2, "2026-11-04 10:00")])
}

#[test]
fn v01_a_loss_fades_from_when_it_is_settled() {
    for (now, score) in [
        ("2026-11-04 10:00", 52.8),
        ("2026-11-11 10:00", 47.2),
        ("2026-11-18 10:00", 41.9),
        ("2026-12-04 10:00", 31.3),
        ("2027-01-03 10:00", 17.1),
        ("2027-02-02 10:00", 8.9),
    ] {
        assert_eq!(sure(&late(), now), score, "{now}");
    }
}

#[test]
fn v02_a_gain_alone_is_no_dissonance() {
    let early = facts(vec![delivery(1, "2026-11-02 10:00")], vec![delivered(2, "2026-10-31 10:00")]);
    let assessment = assessed(&early, amsterdam("2026-11-02 10:00"));
    assert_eq!((assessment.score, assessment.products[0].factors[0].value), (0.0, 1.0));
}

#[test]
fn v03_delight_hardly_repairs() {
    let mut facts = late();
    let onboarding = Expected::By(amsterdam("2026-11-09 10:00"));
    facts.promises.push(promise(3, "onboarding", SourceKind::OrderConfirmation, onboarding));
    facts.outcomes.push(outcome(4, "onboarding", "2026-11-04 10:00", Observed::Done));
    let assessment = assessed(&facts, amsterdam("2026-11-04 10:00"));
    let product = &assessment.products[0];
    let (losses, gains) = (product.losses / 0.95, product.gains / 0.95);
    assert_eq!((losses, gains), (2.25, 1.0));
    assert_eq!(tenth(100.0 * (1.0 - (-(losses - gains / 4.0) / 3.0_f64).exp())), 48.7);
    assert_eq!(tenth(assessment.score), tenth(100.0 * (1.0 - (-0.95 * 2.0 / 3.0_f64).exp())));
}

#[test]
fn v05_what_was_only_inferred_hurts_less_and_gives_way_to_what_was_said() {
    let inferred = Promise { source: SourceKind::SegmentInferred, ..delivery(1, "2026-11-02 10:00") };
    let mut facts = facts(vec![inferred], vec![delivered(2, "2026-11-04 10:00")]);
    assert_eq!(score_at(&facts, "2026-11-04 10:00"), 20.1);
    let said = Expected::By(amsterdam("2026-11-05 10:00"));
    facts.promises.push(promise(3, "delivery", SourceKind::Quote, said));
    assert_eq!(score_at(&facts, "2026-11-04 10:00"), 0.0);
}

#[test]
fn v06_a_claim_is_decided_in_time_or_hurts_most() {
    let decision = |source| {
        let promise = promise(1, "claim_decision", source, Expected::By(amsterdam("2026-11-02 10:00")));
        facts(vec![promise], vec![outcome(2, "claim_decision", "2026-12-02 10:00", Observed::Done)])
    };
    assert_eq!(score_at(&decision(SourceKind::PolicyTerms), "2026-12-02 10:00"), 94.8);
    // Money and claims are remembered three times as long.
    let assessment = assessed(&decision(SourceKind::Quote), amsterdam("2027-03-02 10:00"));
    assert_eq!(assessment.products[0].factors[0].decay(assessment.at), 0.5);
}

#[test]
fn v07_waiting_and_being_passed_on_need_no_promise() {
    let wait = Some(quantity(1_500.0, Unit::Second));
    let contact = Contact { touchpoint: touchpoint(7), at: amsterdam("2026-11-04 10:00"), wait, ..contact() };
    let waited = Facts { contacts: vec![contact.clone(), contact.clone()], ..Facts::default() };
    assert_eq!(score_at(&waited, "2026-11-04 10:00"), 42.4);
    let passed_on = Contact { wait: Some(quantity(5.0, Unit::Minute)), transfers: Some(1), ..contact };
    let assessment = assessed(&Facts { contacts: vec![passed_on], ..Facts::default() }, amsterdam("2026-11-04 10:00"));
    let steps: Vec<_> =
        assessment.products[0].factors.iter().map(|factor| (&*factor.attribute, factor.steps)).collect();
    assert_eq!(steps, [("transfers", -1.0), ("wait", 0.0)]);
}

#[test]
fn v08_a_right_granted_early_pleases_nobody() {
    let right = promise(1, "delivery", SourceKind::Statutory, Expected::By(amsterdam("2026-11-04 10:00")));
    let early = facts(vec![right], vec![delivered(2, "2026-11-02 10:00")]);
    assert_eq!(assessed(&early, amsterdam("2026-11-04 10:00")).products[0].factors[0].value, 0.0);
}

#[test]
fn v09_what_is_open_grows_by_the_day_and_does_not_fade() {
    let open = facts(vec![delivery(1, "2026-11-02 10:00")], vec![]);
    for (day, score) in [(3, 33.5), (4, 52.8), (5, 65.8), (7, 81.4), (10, 86.1), (14, 86.1)] {
        assert_eq!(sure(&open, &format!("2026-11-{day:02} 10:00")), score, "{day}");
    }
}

#[test]
fn v10_products_add_up_without_passing_a_hundred() {
    let mut facts = late();
    let id = PromiseId([3; 16]);
    let other = Promise { id, matter: order("43"), product: "lamp".to_owned(), ..delivery(3, "2026-11-02 10:00") };
    facts.promises.push(other);
    facts.outcomes.push(Outcome { matter: order("43"), ..delivered(4, "2026-11-04 10:00") });
    let assessment = assessed(&facts, amsterdam("2026-11-04 10:00"));
    let one = assessment.products[0].score / 100.0;
    assert_eq!(assessment.products.len(), 2);
    assert_eq!(tenth(assessment.score), tenth(100.0 * (1.0 - (1.0 - one).powi(2))));
    let table = 100.0 * (1.0 - (-2.25_f64 / 3.0).exp().powi(2));
    assert_eq!(tenth(table), 77.7);
}

#[test]
fn v11_an_amount_short_is_felt_by_the_fifth() {
    let promised = Expected::Level(Quantity::money(125_000, "EUR").unwrap());
    let paid = Observed::Level(Quantity::money(100_000, "EUR").unwrap());
    let payout = promise(1, "payout_amount", SourceKind::Quote, promised);
    let facts = facts(vec![payout], vec![outcome(2, "payout_amount", "2026-11-04 10:00", paid)]);
    let factor = assessed(&facts, amsterdam("2026-11-04 10:00")).products[0].factors[0].clone();
    assert_eq!((factor.steps, factor.value), (-1.0, -2.25));
}

#[test]
fn v12_a_second_failure_on_the_matter_hurts_half_as_much_again() {
    let mut facts = late();
    let callback = Expected::By(amsterdam("2026-11-05 10:00"));
    facts.promises.push(promise(3, "callback", SourceKind::OrderConfirmation, callback));
    facts.outcomes.push(outcome(4, "callback", "2026-11-05 18:00", Observed::Done));
    let assessment = assessed(&facts, amsterdam("2026-11-05 18:00"));
    let factors = &assessment.products[0].factors;
    let repeated: Vec<_> = factors.iter().map(|factor| (&*factor.attribute, factor.repeated)).collect();
    assert_eq!(repeated, [("callback", true), ("delivery", false)]);
    let again = felt(-1.0, Kano::Performance, true, &Weights::default());
    assert_eq!((again, tenth(100.0 * (1.0 - (again / 3.0).exp()))), (-3.375, 67.5));
    assert_eq!(factors[0].value, 1.5 * again);
}

#[test]
fn v13_of_two_promises_the_better_one_for_the_customer_counts() {
    let by = |days: u32| Expected::By(super::calendar::Zone::default().days_after(amsterdam("2026-10-26 10:00"), days));
    let quote = promise(1, "delivery", SourceKind::Quote, by(21));
    let brochure = promise(2, "delivery", SourceKind::MarketingClaim, by(14));
    let facts = facts(vec![quote, brochure], vec![delivered(3, "2026-11-13 10:00")]);
    let factor = assessed(&facts, amsterdam("2026-11-13 10:00")).products[0].factors[0].clone();
    assert_eq!((factor.touchpoint, factor.expected, factor.got), (touchpoint(2), 14.0, 18.0));
    assert_eq!((factor.steps, factor.confidence), (-2.0, 0.6));
}

#[test]
fn v14_inside_a_range_agreed_before_buying_nothing_is_lost() {
    let agreed = Some(Agreed { from: quantity(10.0, Unit::Day), to: quantity(480.0, Unit::Hour) });
    let promised = |due| Promise { agreed, ..delivery(1, due) };
    let inside = facts(vec![promised("2026-11-11 10:00")], vec![delivered(2, "2026-11-13 10:00")]);
    let factor = assessed(&inside, amsterdam("2026-11-13 10:00")).products[0].factors[0].clone();
    assert_eq!((factor.got, factor.steps, factor.value, factor.prevented), (18.0, 0.0, 0.0, 2.25));
    // Outside it there is no discount.
    let outside = facts(vec![promised("2026-11-15 10:00")], vec![delivered(2, "2026-11-17 10:00")]);
    let factor = assessed(&outside, amsterdam("2026-11-17 10:00")).products[0].factors[0].clone();
    assert_eq!((factor.got, factor.value, factor.prevented), (22.0, -2.25, 0.0));
}

#[test]
fn v15_what_nobody_was_told_is_flagged_and_counts_for_nothing() {
    let facts = facts(vec![], vec![delivered(2, "2026-11-04 10:00")]);
    let assessment = assessed(&facts, amsterdam("2026-11-04 10:00"));
    assert_eq!((assessment.score, assessment.expectation_missing), (0.0, vec![touchpoint(2)]));
}

#[test]
fn an_accepted_amends_takes_a_third_off_and_a_sent_one_nothing() {
    for (redeemed, score) in [(None, 51.0), (Some("2026-11-05 12:00"), 37.1), (Some("2026-11-01 12:00"), 51.0)] {
        let facts = Facts { recoveries: vec![voucher("2026-11-05 10:00", redeemed)], ..late() };
        assert_eq!(score_at(&facts, "2026-11-04 10:00"), score, "{redeemed:?}");
    }
}

#[test]
fn bands_begin_at_their_limits() {
    for (score, band) in [
        (0.0, Band::Calm),
        (19.9, Band::Calm),
        (20.0, Band::Watch),
        (40.0, Band::Concerned),
        (65.0, Band::Dissonant),
        (100.0, Band::Dissonant),
    ] {
        assert_eq!(Band::of(score), band, "{score}");
    }
}

#[test]
fn the_crossing_is_when_the_score_falls_below_the_limit() {
    let weights = Weights::default();
    let assessment = assessed(&late(), amsterdam("2026-11-06 10:00"));
    let falls = assessment.falls_below(40.0, &weights).expect("above it now");
    assert!(assessed(&late(), falls).score < 40.0);
    assert!(assessed(&late(), tenure_kernel::Timestamp(falls.0 - 2_000_000)).score >= 40.0);
    assert_eq!(assessment.falls_below(49.5, &weights), None);
    // What never falls is looked for no further than ten years.
    let never = assessment.falls_below(0.0, &weights).expect("never below nothing");
    assert!(never > amsterdam("2036-11-05 10:00"));
}
