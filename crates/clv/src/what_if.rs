//! What it is worth if fewer leave: worked out by letting a base age, and beside it the textbook's formula.
//!
//! "Retention plus five points" is taken so: of those who would leave, the same part stays at every age, as many as lift the retention
//! of the base as it is now by five points over the next period. So nobody's retention passes one, and who is loyal already gains
//! little. The textbook multiplies a margin by r / (1 + d - r), as if all customers left at one rate for ever; a base of unlike
//! customers is worth more than that, since who is left grows more loyal (P. Fader, B. Hardie, Customer-Base Valuation in a
//! Contractual Setting, Marketing Science 29, 2010).

mod leaving;

pub use leaving::Leaving;

use crate::retention::Retention;

/// A sum over renewals is cut where what is left is below this part of it.
const NEGLIGIBLE: f64 = 1e-12;
/// And in any case after so many.
const MOST_RENEWALS: u32 = 100_000;
/// Halvings until the part that stays is found.
const HALVINGS: u32 = 60;

/// Customers of a base who have renewed equally often.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aged {
    /// Renewals so far.
    pub renewals: u32,
    /// How many they are.
    pub customers: f64,
    /// What they pay at a renewal, all together.
    pub paid: f64,
}

/// A base as it is, or as it would be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Side {
    /// The part that renews next time, from 0 to 1.
    pub retention: f64,
    /// Payments expected of them, the first one period from now, discounted to now; by ageing.
    pub payments: f64,
    /// The same by the textbook's formula.
    pub textbook: f64,
}

/// Why a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum WhatIfError {
    /// There is nobody, or numbers are negative or not finite.
    #[error("a base needs customers, and numbers that are finite and not negative")]
    NoBase,
    /// The rate must be positive and finite.
    #[error("without a positive discount rate there is no end to look ahead to")]
    Endless,
    /// Retention would leave the range from 0 to 1.
    #[error("retention of {now} may change by {least} to {most}")]
    OutOfRange {
        /// As it is.
        now: f64,
        /// The most that it can fall.
        least: f64,
        /// The most that it can rise.
        most: f64,
    },
    /// Nobody leaves, so that nothing can be kept.
    #[error("nobody leaves")]
    NobodyLeaves,
}

/// What one margin a period is worth at constant retention `r` from 0 to 1: r / (1 + rate - r), the first payment one period from
/// now.
pub fn textbook(r: f64, rate: f64) -> f64 {
    r / (1.0 + rate - r)
}

/// A base of contracts now, and with `points` more retention (0.05 is five points), at a discount rate a period.
///
/// # Errors
/// When there is no base, no discount, or retention would leave 0 to 1.
pub fn of_contracts(model: &dyn Retention, base: &[Aged], points: f64, rate: f64) -> Result<[Side; 2], WhatIfError> {
    if !(rate.is_finite() && rate > 0.0) {
        return Err(WhatIfError::Endless);
    }
    let sum = |of: fn(&Aged) -> f64| base.iter().map(of).sum::<f64>();
    let (customers, paid) = (sum(|one| one.customers), sum(|one| one.paid));
    let fine = |number: f64| number.is_finite() && number >= 0.0;
    if !(base.iter().all(|one| fine(one.customers) && fine(one.paid)) && customers > 0.0 && fine(customers + paid)) {
        return Err(WhatIfError::NoBase);
    }
    let renew: f64 = base.iter().map(|one| one.customers * model.retention(one.renewals + 1)).sum();
    let now = renew / customers;
    let leave = change(now, points)?;
    let side = |retention: f64, leave: f64| Side {
        retention,
        payments: base.iter().map(|one| one.paid * payments(model, one.renewals, leave, rate)).sum(),
        textbook: paid * textbook(retention, rate),
    };
    Ok([side(now, 1.0), side(now + points, leave)])
}

/// By what the probability to leave is multiplied so that retention rises by `points`.
fn change(now: f64, points: f64) -> Result<f64, WhatIfError> {
    let (least, most) = (-now, 1.0 - now);
    if !(least..=most).contains(&points) {
        return Err(WhatIfError::OutOfRange { now, least, most });
    }
    if points != 0.0 && most == 0.0 {
        return Err(WhatIfError::NobodyLeaves);
    }
    Ok(if points == 0.0 { 1.0 } else { (most - points) / most })
}

/// Expected payments of who has renewed `done` times, discounted, if the probability to leave is multiplied by `leave`.
fn payments(model: &dyn Retention, done: u32, leave: f64, rate: f64) -> f64 {
    let (mut sum, mut there, mut discount) = (0.0, 1.0, 1.0);
    for renewal in 1..=MOST_RENEWALS {
        there *= (1.0 - leave * (1.0 - model.retention(done + renewal))).max(0.0);
        discount /= 1.0 + rate;
        sum += there * discount;
        // Nobody comes back, so the rest is below a geometric series.
        if there * discount <= NEGLIGIBLE * sum * rate {
            break;
        }
    }
    sum
}

/// Customers without a contract who are alike in frequency and age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likes {
    /// One of them; its recency does not matter.
    pub cell: crate::cell::Cell,
    /// How many of them are expected to be active.
    pub active: f64,
    /// Of these, what a purchase is expected to bring, added up.
    pub spend: f64,
    /// Of these, what serving them costs from one expected purchase to the next, added up.
    pub cost: f64,
}

/// A base without contracts now, and with `points` more of the active ones still active after `period`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kept {
    /// The part of the active ones who are still active after a period, from 0 to 1.
    pub retention: f64,
    /// What they are expected to spend within the horizon, discounted.
    pub spend: f64,
    /// What serving them is expected to cost, discounted.
    pub cost: f64,
    /// Discounted purchases expected of them.
    pub purchases: f64,
}

/// As [`of_contracts`], by how a model of purchases lets customers leave: `period` is what retention is told for, in the unit of the
/// cells.
///
/// # Errors
/// When there is no base, or retention would leave what it can reach.
pub fn of_purchases(
    model: &dyn Leaving,
    base: &[Likes],
    period: f64,
    points: f64,
    ahead: crate::horizon::Ahead,
) -> Result<[Kept; 2], WhatIfError> {
    let active: f64 = base.iter().map(|one| one.active).sum();
    if !(active > 0.0 && active.is_finite()) {
        return Err(WhatIfError::NoBase);
    }
    let retention =
        |leave: f64| base.iter().map(|one| one.active * model.stays(&one.cell, period, leave)).sum::<f64>() / active;
    let now = retention(1.0);
    let (least, most) = (-now, 1.0 - now);
    if !(least..=most).contains(&points) {
        return Err(WhatIfError::OutOfRange { now, least, most });
    }
    let leave = leave_for(now + points, &retention);
    let side = |retention: f64, leave: f64| {
        base.iter().fold(Kept { retention, spend: 0.0, cost: 0.0, purchases: 0.0 }, |sum, one| {
            let each = model.discounted_while_alive_if(&one.cell, ahead, leave);
            Kept {
                retention,
                spend: sum.spend + one.spend * each,
                cost: sum.cost + one.cost * each,
                purchases: sum.purchases + one.active * each,
            }
        })
    };
    let then = if points == 0.0 { (now, 1.0) } else { (retention(leave), leave) };
    Ok([side(now, 1.0), side(then.0, then.1)])
}

/// By what leaving is multiplied for a retention, found by halving: it falls as more leave.
fn leave_for(wanted: f64, retention: &dyn Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        if retention(high) <= wanted || high > 1e6 {
            break;
        }
        (low, high) = (high, high * 2.0);
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if retention(middle) > wanted { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests;
