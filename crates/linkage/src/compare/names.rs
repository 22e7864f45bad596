//! Given names and surnames, which some systems swap.

use super::levels::{given as g, surname as s};
use crate::{
    similarity::{bag_distance, edit_distance, jaro_winkler},
    table::{PARTS, Row, Table},
};

/// Jaro-Winkler similarities from which names are similar.
const SIMILAR_GIVEN: f64 = 0.86;
const SIMILAR_SURNAME: f64 = 0.88;

/// The levels of given name and surname.
pub(super) fn names(table: &Table, left: &Row, right: &Row) -> (u8, u8) {
    let given = given(table, left, right);
    let surname = surname(table, left, right);
    let straight = (1..g::SIMILAR).contains(&given) || (1..s::SIMILAR).contains(&surname);
    if !straight {
        match (cross(table, left, right), cross(table, right, left)) {
            (Some(true), Some(true) | None) | (None, Some(true)) => return (g::SWAPPED, 0),
            (Some(true), Some(false)) | (Some(false), Some(true)) => return (g::HALF_SWAPPED, 0),
            _ => {}
        }
    }
    (given, surname)
}

/// Whether a given name is the surname of the other; `None` where one is missing.
fn cross(table: &Table, given: &Row, surname: &Row) -> Option<bool> {
    let far = given.given_glance.far(surname.core_glance, SIMILAR_GIVEN);
    let (given, surname) = (given.given[0], surname.core);
    if given == 0 || surname == 0 {
        return None;
    }
    let close = |left: &[u8], right: &[u8]| left.len() > 3 && edit_distance(left, right) <= 1;
    Some(given == surname || (!far && close(table.string(given), table.string(surname))))
}

fn given(table: &Table, left: &Row, right: &Row) -> u8 {
    if left.initials == 0 || right.initials == 0 {
        return 0;
    }
    if left.given[0] == 0 || right.given[0] == 0 {
        return initials(table, left, right);
    }
    if left.given[0] == right.given[0] {
        return if second_names_differ(left, right) { g::ALIAS } else { g::EXACT };
    }
    let shared = left.given.iter().any(|name| *name != 0 && right.given.contains(name));
    let class = left.classes.iter().any(|class| *class != 0 && right.classes.contains(class));
    if shared || class || left.given_sound == right.given_sound {
        return g::ALIAS;
    }
    if left.given_glance.far(right.given_glance, SIMILAR_GIVEN) {
        return g::DIFFERENT;
    }
    alike(table.string(left.given[0]), table.string(right.given[0]))
}

fn alike(left: &[u8], right: &[u8]) -> u8 {
    let edits = edit_distance(left, right);
    let shorter = left.len().min(right.len());
    let similarity = jaro_winkler(left, right);
    if (edits <= 1 && shorter >= 2) || similarity >= 0.94 {
        return g::CLOSE;
    }
    let start = shorter >= 3 && (left.starts_with(right) || right.starts_with(left));
    if start
        || similarity >= SIMILAR_GIVEN
        || (edits <= 2 && shorter >= 5)
        || (shorter >= 4 && bag_distance(left, right) <= 1)
    {
        return g::SIMILAR;
    }
    g::DIFFERENT
}

fn second_names_differ(left: &Row, right: &Row) -> bool {
    left.given[1] != 0 && right.given[1] != 0 && left.given[1] != right.given[1]
}

/// At least one has initials only.
fn initials(table: &Table, left: &Row, right: &Row) -> u8 {
    if left.letters & right.letters != 0 || left.letters == 0 || right.letters == 0 {
        let (one, other) = (table.string(left.initials), table.string(right.initials));
        if one.len() >= 2 && other.len() >= 2 && one[1] != other[1] && left.given[0] == right.given[0] {
            return g::INITIALS_DIFFER;
        }
        return g::INITIALS;
    }
    g::INITIALS_DIFFER
}

fn surname(table: &Table, left: &Row, right: &Row) -> u8 {
    if left.core == 0 || right.core == 0 {
        return 0;
    }
    let same = left.core == right.core || left.whole == right.whole;
    if same || left.whole == right.core || left.core == right.whole {
        return s::EXACT;
    }
    let long = |part: &u32| *part != 0 && table.string(*part).len() >= 3;
    if left.parts.iter().any(|part| long(part) && right.parts.contains(part)) {
        return s::PART;
    }
    let one_part = left.parts[1] == 0 && right.parts[1] == 0;
    if one_part && left.surname_sound != right.surname_sound && left.core_glance.far(right.core_glance, SIMILAR_SURNAME)
    {
        return s::DIFFERENT;
    }
    let (one, other) = (table.string(left.core), table.string(right.core));
    let edits = edit_distance(one, other);
    let shorter = one.len().min(other.len());
    let similarity = jaro_winkler(one, other);
    if left.surname_sound == right.surname_sound || (edits <= 1 && shorter >= 3) || similarity >= 0.95 {
        return s::CLOSE;
    }
    if !one_part {
        let near = |a: u32, b: u32| {
            let (a, b) = (table.string(a), table.string(b));
            a.len().min(b.len()) >= 4 && edit_distance(a, b) <= 1
        };
        if (0..PARTS).any(|a| (0..PARTS).any(|b| near(left.parts[a], right.parts[b]))) {
            return s::PART_CLOSE;
        }
    }
    let start = shorter >= 4 && (one.starts_with(other) || other.starts_with(one));
    if start
        || similarity >= SIMILAR_SURNAME
        || (edits <= 2 && shorter >= 5)
        || (shorter >= 4 && bag_distance(one, other) <= 1)
    {
        return s::SIMILAR;
    }
    s::DIFFERENT
}
