use tenure_clv::Summary;

use super::*;
use crate::domain::contest::Histories;

/// Customers over 560 days who buy at paces of their own, some of whom stop; `most` repeats.
pub(crate) fn base(most: usize) -> Vec<Histories> {
    let mut dice = 7_u64;
    let mut below = |bound: i32| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((dice >> 33) % u64::from(bound.unsigned_abs())) as i32
    };
    let ends = Plan::of(0, 560).unwrap().days();
    let mut customer = || {
        let (pace, last, price) = (5 + below(60), 40 + below(900), 500 + below(9_000));
        let (mut day, mut days) = (below(60), Vec::new());
        while day <= last.min(560) && days.len() <= most {
            days.push((day, i64::from(price / 2 + below(price))));
            day += 1 + below(2 * pace);
        }
        let as_of = |place: usize| ends.get(place).and_then(|end| Summary::from_purchases(days.iter().copied(), *end));
        std::array::from_fn(as_of)
    };
    (0..400).map(|_| customer()).collect()
}

fn learn(
    base: &[Histories],
    plan: Option<Plan>,
    kinds: &[PurchaseKind],
) -> Result<(Learned, LookedBack), NotIdentified> {
    choose(base, &mut plan.map(|plan| Rounds::new(base, plan)), kinds)
}

#[test]
fn the_least_error_is_chosen_and_the_others_are_told() {
    let base = base(99);
    let (learned, looked_back) = learn(&base, Plan::of(0, 560), &PurchaseKind::ALL).unwrap();
    let candidates = &looked_back.candidates;
    assert_eq!(candidates[0].kind, learned.purchases.model.kind());
    assert_eq!(candidates[0].log_likelihood, Some(learned.purchases.log_likelihood));
    assert!(candidates.len() == 3 && candidates.is_sorted_by_key(|one| one.error.unwrap()), "{candidates:?}");
    assert_eq!((looked_back.backtests.len(), looked_back.lacking.as_deref()), (2, None));
    let alarms = looked_back.backtests.iter().filter(|one| one.is_biased()).count();
    assert_eq!(learned.warnings.iter().filter(|warning| warning.contains("is biased")).count(), alarms);
    // One that is asked for is kept whatever the others would do.
    let last = candidates[2].kind;
    let (asked, back) = learn(&base, Plan::of(0, 560), &[last]).unwrap();
    assert_eq!((asked.purchases.model.kind(), back.candidates), (last, vec![candidates[2].clone()]));
}

#[test]
fn without_holdouts_the_likeliest_is_chosen() {
    let base = base(99);
    let (learned, looked_back) = learn(&base, None, &PurchaseKind::ALL).unwrap();
    let most = looked_back.candidates.iter().filter_map(|one| one.log_likelihood).fold(f64::NEG_INFINITY, f64::max);
    assert_eq!(learned.purchases.log_likelihood, most);
    assert!(looked_back.candidates.iter().all(|one| one.error.is_none()) && looked_back.backtests.is_empty());
    assert_eq!(looked_back.lacking.as_deref(), Some("a history of 12 weeks"));
}

#[test]
fn says_what_is_lacking() {
    let lacking = |base: &[Histories]| {
        learn(base, None, &PurchaseKind::ALL).map(|_| ()).map_err(|error| (error.part, error.lacking))
    };
    let purchases = Part::Purchases(PurchaseKind::BgNbd);
    assert_eq!(lacking(&[]), Err((purchases, "a customer with a purchase in the period")));
    assert_eq!(lacking(&base(0)), Err((purchases, "a customer with a repeat purchase")));
    let of = |days: &[(i32, i64)]| [Summary::from_purchases(days.iter().copied(), 100), None, None, None];
    let free: Vec<Histories> = (0..40).flat_map(|day| [of(&[(day, 500), (day + 20, 0)]), of(&[(day, 0)])]).collect();
    assert_eq!(lacking(&free), Err((Part::Spend, "a repeat purchase with an amount above zero")));
    // Two who spend a little once or thrice: no spread of spends is likeliest, and the search says that it found none.
    let two = [of(&[(0, 9), (20, 13)]), of(&[(0, 9), (20, 7), (40, 7), (60, 7)])];
    let endless = "a likelihood with a maximum (the search did not converge)";
    assert_eq!(lacking(&two), Err((Part::Spend, endless)));
    let error = learn(&free, None, &PurchaseKind::ALL).expect_err("free");
    assert_eq!((error.customers, error.repeaters), (80, 40));
}
