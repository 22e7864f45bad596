//! What is compared as it stands.

use super::levels::{gender as ge, number as n, organisation as o, region as r, text as t};
use crate::{
    similarity::{edit_distance, jaro_winkler},
    table::Table,
};

pub(super) fn gender(left: u8, right: u8) -> u8 {
    match (left, right) {
        (0, _) | (_, 0) => 0,
        (left, right) if left == right => ge::SAME,
        _ => ge::DIFFERENT,
    }
}

pub(super) fn number(table: &Table, left: u32, right: u32) -> u8 {
    match (left, right) {
        (0, _) | (_, 0) => 0,
        (left, right) if left == right => n::EXACT,
        (left, right) => match edit_distance(table.string(left), table.string(right)) {
            1 => n::NEAR,
            2 => n::AKIN,
            _ => n::DIFFERENT,
        },
    }
}

pub(super) fn region(table: &Table, left: u32, right: u32) -> u8 {
    match (left, right) {
        (0, _) | (_, 0) => 0,
        (left, right) if left == right => r::SAME,
        (left, right) if edit_distance(table.string(left), table.string(right)) <= 1 => r::CLOSE,
        _ => r::DIFFERENT,
    }
}

pub(super) fn text(table: &Table, left: u32, right: u32) -> u8 {
    if left == 0 || right == 0 {
        return 0;
    }
    if left == right {
        return t::EXACT;
    }
    let (left, right) = (table.string(left), table.string(right));
    let edits = edit_distance(left, right);
    let shorter = left.len().min(right.len()) as u32;
    let similarity = jaro_winkler(left, right);
    if (edits <= 2 && shorter >= 5) || similarity >= 0.94 {
        t::CLOSE
    } else if edits * 3 <= shorter || similarity >= 0.85 {
        t::SIMILAR
    } else {
        t::DIFFERENT
    }
}

/// Words are compared as sets, since names of companies are shortened and turned around.
pub(super) fn organisation(table: &Table, left: u32, right: u32) -> u8 {
    if left == 0 || right == 0 {
        return 0;
    }
    if left == right {
        return o::EXACT;
    }
    let (one, other) = (table.string(left), table.string(right));
    let words = |text: &[u8]| text.split(|byte| *byte == b' ').filter(|word| word.len() > 1).count();
    let shared = |text: &[u8], of: &[u8]| {
        let in_other = |word: &&[u8]| {
            of.split(|byte| *byte == b' ')
                .any(|found| found == *word || edit_distance(found, word) <= u32::from(word.len() > 4))
        };
        text.split(|byte| *byte == b' ').filter(|word| word.len() > 1).filter(in_other).count()
    };
    let (fewest, common) = (words(one).min(words(other)), shared(one, other).min(shared(other, one)));
    if fewest > 0 && common == fewest {
        return if words(one) == words(other) { o::CLOSE } else { o::PART };
    }
    let edits = edit_distance(one, other);
    if edits <= 2 && one.len().min(other.len()) >= 6 || jaro_winkler(one, other) >= 0.95 {
        o::CLOSE
    } else if common * 2 >= fewest.max(1) {
        o::SIMILAR
    } else {
        o::DIFFERENT
    }
}
