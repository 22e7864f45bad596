use super::*;
use crate::domain::choose::tests::base;

#[test]
fn holdouts_are_a_quarter_of_the_history() {
    let plan = |weeks: i32| Plan::of(100, 100 + 7 * weeks).map(|plan| (plan.weeks, plan.origins));
    assert_eq!([0, 11, 12, 15, 16, 39].map(plan), [None, None, Some((4, 1)), Some((4, 1)), Some((4, 2)), Some((9, 2))]);
    assert_eq!([104, 130, 520].map(plan), [Some((26, 2)), Some((26, 3)), Some((26, 3))]);
    assert_eq!(Plan::of(0, 280).unwrap().days(), [280, 210, 140]);
    assert_eq!(Plan::of(i32::MIN, i32::MAX).unwrap().origins, MOST_ORIGINS);
}

#[test]
fn who_learned_until_the_holdout_keeps_its_parameters() {
    let (base, plan) = (base(99), Plan::of(0, 560).unwrap());
    let kind = PurchaseKind::BgNbd;
    let odd = kind.with([0.01, 100.0, 5.0, 1.0]).unwrap();
    let mut rounds = Rounds::new(&base, plan);
    let until = |day| Contestant { kind, kept: Some((odd, day)) };
    let [_, newest, oldest] = plan.days()[..] else { panic!("two origins") };
    let errors = rounds.errors(&[kind.into(), until(oldest), until(newest), until(newest + 1)]);
    let [anew, always, once, never] = errors.into_iter().flatten().collect::<Vec<_>>()[..] else { panic!("four") };
    assert!(always > once && once > anew, "{anew} {once} {always}");
    assert_eq!(never, anew, "it knew what came");
}

#[test]
fn a_backtest_has_the_error_of_its_holdout() {
    let (base, plan) = (base(99), Plan::of(0, 560).unwrap());
    let mut rounds = Rounds::new(&base, plan);
    let found = rounds.backtests(PurchaseKind::ParetoNbd).unwrap();
    let ends: Vec<i32> = found.iter().map(|one| one.holdout.calibration_end).collect();
    assert_eq!(ends, plan.days()[1..]);
    let squared: f64 = found.iter().map(|one| one.model.rmse.powi(2) * one.customers as f64).sum();
    let customers: f64 = found.iter().map(|one| one.customers as f64).sum();
    let error = rounds.errors(&[PurchaseKind::ParetoNbd.into()])[0].unwrap();
    assert!((error - (squared / customers).sqrt()).abs() < 1e-12);
}

#[test]
fn before_anybody_came_back_nobody_is_judged() {
    let (base, plan) = (base(0), Plan::of(0, 560).unwrap());
    let mut rounds = Rounds::new(&base, plan);
    assert_eq!(rounds.errors(&[PurchaseKind::BgNbd.into()]), [None]);
    assert_eq!(rounds.backtests(PurchaseKind::BgNbd).unwrap_err().repeaters, 0);
}
