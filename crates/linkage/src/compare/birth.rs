//! Dates of birth.

use super::levels::birth as b;
use crate::normalise::date::Date;

/// What a slip of the pen or a wrong calculation leaves: days apart.
const NEAR: i32 = 62;

pub(super) fn birth(left: Date, right: Date) -> u8 {
    if left.is_missing() || right.is_missing() {
        return 0;
    }
    if !left.is_whole() || !right.is_whole() {
        return partial(left, right);
    }
    if left == right {
        return b::EXACT;
    }
    if left.year == right.year && left.month == right.day && left.day == right.month {
        return b::SWAPPED;
    }
    let (one, other) = (left.digits(), right.digits());
    let differing = one.iter().zip(other).filter(|(a, b)| **a != *b).count();
    let swapped =
        differing == 2 && (0..7).any(|at| one[at] == other[at + 1] && one[at + 1] == other[at] && one[at] != other[at]);
    if differing == 1 || swapped {
        return b::DIGIT;
    }
    let parts = usize::from(left.year == right.year)
        + usize::from(left.month == right.month)
        + usize::from(left.day == right.day);
    if parts == 2 || (left.days() - right.days()).abs() <= NEAR {
        return b::NEAR;
    }
    let around = (i32::from(left.month) - i32::from(right.month)).abs() <= 1
        && (i32::from(left.day) - i32::from(right.day)).abs() <= 3;
    if differing == 2 || around {
        return b::AKIN;
    }
    b::DIFFERENT
}

/// One of both is known in part only.
fn partial(left: Date, right: Date) -> u8 {
    let agree = |a: u32, b: u32| a == 0 || b == 0 || a == b;
    let all = agree(left.year.into(), right.year.into())
        && agree(left.month.into(), right.month.into())
        && agree(left.day.into(), right.day.into());
    if all { b::NEAR } else { b::DIFFERENT }
}
