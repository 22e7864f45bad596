//! Points of contact and accounts.

use super::levels::{code as c, email as e, phone as p};
use crate::{
    similarity::{Glance, edit_distance, within},
    table::{CONTACTS, Row, Table},
};

/// The best level of all pairs of addresses.
pub(super) fn email(table: &Table, left: &Row, right: &Row) -> u8 {
    let mut best = 0;
    for a in 0..CONTACTS {
        for b in 0..CONTACTS {
            let level = one_email(table, left.email(a), right.email(b));
            if level != 0 && (best == 0 || level < best) {
                best = level;
            }
        }
    }
    best
}

fn one_email(table: &Table, left: (u32, u32), right: (u32, u32)) -> u8 {
    if left.0 == 0 || right.0 == 0 {
        return 0;
    }
    if left == right {
        return e::EXACT;
    }
    let (one, other) = (table.string(left.0), table.string(right.0));
    let longer = one.len().max(other.len()) as u32;
    let at_least = Glance::of(one).edits(Glance::of(other));
    if at_least > 5 || at_least * 3 > longer {
        return e::DIFFERENT;
    }
    let mailbox = edit_distance(one, other);
    let domain = if left.1 == right.1 { 0 } else { edit_distance(table.string(left.1), table.string(right.1)) };
    if mailbox + domain <= 2 && mailbox * 4 <= longer {
        return e::TYPO;
    }
    if (mailbox == 0 && one.len() >= 4) || (mailbox + domain <= 5 && mailbox * 3 <= longer) {
        return e::AKIN;
    }
    e::DIFFERENT
}

/// The best level of all pairs of numbers.
pub(super) fn phone(left: &Row, right: &Row) -> u8 {
    let mut best = 0;
    for a in numbers(left) {
        for b in numbers(right) {
            let level = one_phone(a, b);
            if best == 0 || level < best {
                best = level;
            }
        }
    }
    best
}

fn numbers(row: &Row) -> impl Iterator<Item = u64> {
    (0..CONTACTS).map(|at| row.phone(at)).filter(|number| *number != 0)
}

fn one_phone(left: u64, right: u64) -> u8 {
    if left == right {
        return p::EXACT;
    }
    if left.ilog10() == right.ilog10() && are_apart(left.abs_diff(right)) {
        return p::DIFFERENT;
    }
    let (mut buffer_left, mut buffer_right) = ([0; 20], [0; 20]);
    let (one, other) = (digits(left, &mut buffer_left), digits(right, &mut buffer_right));
    let tail = |number: &[u8]| number.len() >= 8;
    // The same but for the country.
    if tail(one) && tail(other) && one[one.len() - 8..] == other[other.len() - 8..] {
        return p::NEAR;
    }
    if edit_distance(one, other) <= 1 { p::NEAR } else { p::DIFFERENT }
}

/// Whether two numbers of as many digits differ in more than one digit, two neighbours that are swapped, or the country: what one
/// digit makes is that digit and zeros, what a swap makes is nine times a digit and zeros, and another country leaves eight zeros.
fn are_apart(mut difference: u64) -> bool {
    if difference.is_multiple_of(100_000_000) {
        return false;
    }
    while difference.is_multiple_of(10) {
        difference /= 10;
    }
    difference > 81
}

fn digits(mut number: u64, buffer: &mut [u8; 20]) -> &[u8] {
    let mut at = buffer.len();
    while number > 0 && at > 0 {
        at -= 1;
        buffer[at] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    &buffer[at..]
}

pub(super) fn code(table: &Table, left: u32, right: u32) -> u8 {
    match (left, right) {
        (0, _) | (_, 0) => 0,
        (left, right) if left == right => c::EXACT,
        (left, right) if within(table.string(left), table.string(right), 2) => c::NEAR,
        _ => c::DIFFERENT,
    }
}
