use super::*;
use crate::cell::Cell;
use crate::horizon::Ahead;
use crate::retention::{Bdw, Sbg};
use crate::{BgNbd, MbgNbd, ParetoNbd};
use proptest::prelude::*;

fn aged(renewals: u32, paid: f64) -> Aged {
    Aged { renewals, customers: paid, paid }
}

fn close(actual: f64, expected: f64, tolerance: f64) {
    assert!((actual / expected - 1.0).abs() <= tolerance, "{actual} is not {expected}");
}

#[test]
fn the_textbook_says_what_it_is_quoted_for() {
    // A new customer pays now too.
    let lifetime = |r: f64| 1.0 + textbook(r, 0.1);
    close(lifetime(0.75) / lifetime(0.70), 1.142_857_142_857, 1e-9);
    close(lifetime(0.85) / lifetime(0.80), 1.2, 1e-9);
    close(lifetime(0.95) / lifetime(0.90), 1.333_333_333_333, 1e-9);
    close(1.1 * textbook(0.8, 0.1), 2.933_333_333_333, 1e-9);
}

#[test]
fn unlike_customers_are_worth_more_than_the_textbook_says() {
    for (alpha, beta, residual, more) in [(3.80, 15.20, 3.3098, 0.13), (0.067, 0.267, 7.6708, 1.62)] {
        let model = Sbg::new(alpha, beta).unwrap();
        let [now, _] = of_contracts(&model, &[aged(0, 1.0)], 0.0, 0.1).unwrap();
        // Just before the renewal rather than a period before.
        close(1.1 * now.payments, residual, 2e-5);
        close(now.retention, beta / (alpha + beta), 1e-12);
        close(now.payments / now.textbook - 1.0, more, 0.02);
    }
}

#[test]
fn a_base_of_equals_is_the_textbook() {
    // As good as homogeneous.
    let model = Sbg::new(2_000.0, 8_000.0).unwrap();
    let base = [aged(0, 3.0), aged(4, 2.0)];
    let [now, then] = of_contracts(&model, &base, 0.05, 0.1).unwrap();
    close(now.payments, now.textbook, 2e-3);
    close(then.payments, then.textbook, 2e-3);
    close(then.retention, now.retention + 0.05, 1e-12);
}

#[test]
fn a_base_is_aged_cohort_by_cohort() {
    let model = Bdw::new(0.2593549, 1.7226948, 1.5842688).unwrap();
    let base = [aged(0, 100.0), aged(3, 50.0)];
    let [now, then] = of_contracts(&model, &base, 0.03, 0.1).unwrap();
    let residual = |done: u32| model.discounted_residual_lifetime(done + 1, 0.1).unwrap() / 1.1;
    close(now.payments, 100.0 * residual(0) + 50.0 * residual(3), 1e-9);
    let renewal = (100.0 * model.retention(1) + 50.0 * model.retention(4)) / 150.0;
    close(now.retention, renewal, 1e-12);
    // The first payment is what was promised: three points more.
    close(then.retention, renewal + 0.03, 1e-12);
    assert!(then.payments > now.payments);
    // Retention is that of customers, whatever they pay.
    let dear = [Aged { paid: 900.0, ..base[0] }, base[1]];
    let [paid, _] = of_contracts(&model, &dear, 0.03, 0.1).unwrap();
    close(paid.retention, now.retention, 1e-12);
    close(paid.payments, 900.0 * residual(0) + 50.0 * residual(3), 1e-9);
    // If all who would leave stay, everybody pays for ever.
    let [now, then] = of_contracts(&model, &base, 1.0 - renewal, 0.1).unwrap();
    close(then.payments, 150.0 / 0.1, 1e-9);
    close(then.textbook, 150.0 / 0.1, 1e-9);
    assert!(now.payments < then.payments);
}

#[test]
fn what_can_not_be_is_refused() {
    let model = Sbg::new(0.7, 1.2).unwrap();
    let base = [aged(1, 2.0)];
    let refused = |base: &[Aged], points, rate| of_contracts(&model, base, points, rate).unwrap_err();
    assert!(matches!(refused(&base, 0.5, 0.1), WhatIfError::OutOfRange { .. }));
    assert!(matches!(refused(&base, -0.9, 0.1), WhatIfError::OutOfRange { .. }));
    assert!(matches!(refused(&base, f64::NAN, 0.1), WhatIfError::OutOfRange { .. }));
    assert_eq!(refused(&base, 0.1, 0.0), WhatIfError::Endless);
    assert_eq!(refused(&[], 0.1, 0.1), WhatIfError::NoBase);
    assert_eq!(refused(&[aged(1, -2.0)], 0.1, 0.1), WhatIfError::NoBase);
    let bg = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    let ahead = Ahead::new(52.0, 0.0).unwrap();
    assert_eq!(of_purchases(&bg, &[], 52.0, 0.1, ahead).unwrap_err(), WhatIfError::NoBase);
    let likes = [Likes { cell: Cell::new(2, 20.0, 30.0).unwrap(), active: 3.0, spend: 9.0, cost: 0.0 }];
    let error = of_purchases(&bg, &likes, 52.0, 0.9, ahead).unwrap_err();
    assert!(matches!(error, WhatIfError::OutOfRange { now, .. } if now > 0.1), "{error}");
}

fn models() -> [Box<dyn Leaving>; 3] {
    [
        Box::new(BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap()),
        Box::new(MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap()),
        Box::new(ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap()),
    ]
}

#[test]
fn points_that_are_asked_for_come_about() {
    let likes = |x, age, active| Likes {
        cell: Cell::new(x, if x == 0 { 0.0 } else { 5.0 }, age).unwrap(),
        active,
        spend: active * 20.0,
        cost: active * 3.0,
    };
    let base = [likes(0, 39.0, 500.0), likes(1, 39.0, 200.0), likes(7, 30.0, 40.0)];
    for model in models() {
        for points in [-0.1, 0.0, 0.05] {
            let ahead = Ahead::new(104.0, 0.002).unwrap();
            let [now, then] = of_purchases(model.as_ref(), &base, 52.0, points, ahead).unwrap();
            assert!((then.retention - now.retention - points).abs() < 1e-9, "{now:?} {then:?}");
            assert_eq!(then.spend.total_cmp(&now.spend), points.total_cmp(&0.0), "{points}");
            let plain: f64 = base.iter().map(|one| one.spend * model.discounted_while_alive(&one.cell, ahead)).sum();
            close(now.spend, plain, 1e-3);
            close(now.cost, 3.0 * now.purchases, 1e-9);
        }
    }
}

proptest! {
    #[test]
    fn as_it_is_nothing_changes_and_fewer_who_leave_buy_more(
        x in 0u32..60, age in 1.0f64..200.0, length in 1.0f64..150.0, force in 0.0f64..0.01,
    ) {
        let cell = Cell::new(x, if x == 0 { 0.0 } else { age * 0.5 }, age).unwrap();
        for model in models() {
            let at = |leave: f64, force: f64| {
                model.discounted_while_alive_if(&cell, Ahead::new(length, force).unwrap(), leave)
            };
            // Discounting itself is integrated with six points by the models.
            prop_assert!((at(1.0, 0.0) / model.expected_while_alive(&cell, length) - 1.0).abs() < 1e-6);
            let known = model.discounted_while_alive(&cell, Ahead::new(length, force).unwrap());
            prop_assert!((at(1.0, force) / known - 1.0).abs() < 1e-3);
            prop_assert!(at(0.5, force) > at(1.0, force) && at(1.0, force) > at(1.6, force));
            prop_assert!((at(0.0, 0.0) / (length * model.rate_while_alive(&cell)) - 1.0).abs() < 1e-9);
            let stays = |leave| model.stays(&cell, length, leave);
            prop_assert!(stays(0.5) > stays(1.0) && stays(1.0) > stays(1.6));
            prop_assert!((stays(0.0) - 1.0).abs() < 1e-9 && stays(1.6) > 0.0);
        }
    }
}
