//! Addresses, as one: number, street, postcode and place say the same thing four times.

use super::levels::address as a;
use crate::{
    similarity::{Glance, edit_distance, jaro_winkler, within},
    table::{Row, Table},
};

/// The Jaro-Winkler similarity from which words are close.
const SIMILAR: f64 = 0.93;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Missing,
    Same,
    Close,
    Differs,
}

impl Part {
    fn agrees(self) -> bool {
        matches!(self, Self::Same | Self::Close)
    }
}

pub(super) fn address(table: &Table, left: &Row, right: &Row) -> u8 {
    let house = house(left, right);
    let street = words(table, left.street, right.street);
    let postcode = postcode(table, left.postcode, right.postcode);
    let place = words(table, left.place, right.place);
    let parts = [house, street, postcode, place];
    if parts.iter().all(|part| *part == Part::Missing) {
        return 0;
    }
    let agreeing = [house, street, postcode].iter().filter(|part| part.agrees()).count();
    let differs = parts.contains(&Part::Differs);
    if agreeing >= 2 && !differs {
        return a::PREMISES;
    }
    if agreeing >= 2 {
        return a::PREMISES_NOISY;
    }
    if street.agrees() || postcode.agrees() {
        return a::NEIGHBOURHOOD;
    }
    match place {
        Part::Same => a::PLACE,
        Part::Close => a::PLACE_CLOSE,
        // Only a number to compare says nothing.
        Part::Missing if street == Part::Missing && postcode == Part::Missing => 0,
        _ => a::DIFFERENT,
    }
}

fn house(left: &Row, right: &Row) -> Part {
    if left.house == 0 || right.house == 0 {
        Part::Missing
    } else if left.house == right.house
        && (left.addition == right.addition || left.addition == 0 || right.addition == 0)
    {
        Part::Same
    } else {
        Part::Differs
    }
}

fn postcode(table: &Table, left: u32, right: u32) -> Part {
    match (left, right) {
        (0, _) | (_, 0) => Part::Missing,
        (left, right) if left == right => Part::Same,
        (left, right) if within(table.string(left), table.string(right), 1) => Part::Close,
        _ => Part::Differs,
    }
}

fn words(table: &Table, left: u32, right: u32) -> Part {
    if left == 0 || right == 0 {
        return Part::Missing;
    }
    if left == right {
        return Part::Same;
    }
    let (left, right) = (table.string(left), table.string(right));
    if Glance::of(left).far(Glance::of(right), SIMILAR) {
        return Part::Differs;
    }
    let close =
        (edit_distance(left, right) <= 2 && left.len().min(right.len()) >= 5) || jaro_winkler(left, right) >= SIMILAR;
    if close { Part::Close } else { Part::Differs }
}
