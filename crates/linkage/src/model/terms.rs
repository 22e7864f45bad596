//! How often values occur: to share a rare surname says more than to share a common one.

use crate::{
    intern::hash,
    table::{Row, Table},
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Values whose frequency counts.
pub(crate) const KINDS: usize = 5;
pub(crate) const GIVEN: usize = 0;
pub(crate) const SURNAME: usize = 1;
pub(crate) const PLACE: usize = 2;
pub(crate) const TEXT: usize = 3;
pub(crate) const INITIAL: usize = 4;

/// Counts of given names, surnames, places and first other texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// For each kind the values with their counts, sorted by value.
    pub(crate) counts: [Vec<(String, u32)>; KINDS],
    /// For each kind how many records have a value that two records share by chance, on average.
    pub(crate) usual: [f64; KINDS],
    /// For each kind how many records have a value that is not among the counts, as far as that is known: 1, unless rare values
    /// were left out.
    #[serde(default = "once")]
    pub(crate) rare: [f64; KINDS],
}

fn once() -> [f64; KINDS] {
    [1.0; KINDS]
}

impl Default for Terms {
    fn default() -> Self {
        Self { counts: Default::default(), usual: Default::default(), rare: once() }
    }
}

/// The number of a value whose frequency counts; those of initials have none.
fn value(row: &Row, kind: usize) -> u32 {
    match kind {
        GIVEN => row.given[0],
        SURNAME => row.core,
        PLACE => row.place,
        TEXT => row.texts[0],
        _ => 0,
    }
}

/// The hash of a value whose frequency counts; none where it is missing.
pub(crate) fn hashed(table: &Table, row: &Row, kind: usize) -> Option<u64> {
    if kind == INITIAL {
        return table.string(row.initials).get(..1).map(hash);
    }
    Some(value(row, kind)).filter(|value| *value != 0).map(|value| table.strings.hash(value))
}

impl Terms {
    /// Counts the values of a table.
    #[must_use]
    pub fn of(table: &Table) -> Self {
        let mut terms = Self::default();
        for kind in 0..INITIAL {
            let mut by_number = vec![0_u32; table.strings.len()];
            table.rows.iter().for_each(|row| by_number[value(row, kind) as usize] += 1);
            let named = || by_number.iter().enumerate().skip(1).filter(|(_, count)| **count > 0);
            terms.usual[kind] = usual(named().map(|(_, count)| *count));
            let counts = &mut terms.counts[kind];
            counts.extend(named().map(|(number, count)| (table.strings.text(number as u32).to_owned(), *count)));
            counts.sort_unstable();
        }
        terms
    }

    /// Leaves out values that fewer than `least` records have, so that what is kept names nobody. Each of them then counts as
    /// often as such a value that two records share by chance, on average.
    pub fn forget_rare(&mut self, least: u32) {
        for (counts, rare) in self.counts.iter_mut().zip(&mut self.rare) {
            let left_out = counts.iter().map(|(_, count)| *count).filter(|count| *count < least);
            *rare = usual(left_out);
            counts.retain(|(_, count)| *count >= least);
        }
    }

    /// For each value how many times as often as a usual shared value it occurs, as a logarithm to base 2.
    pub(crate) fn surprise(&self, kind: usize) -> Surprise {
        let counts = &self.counts[kind];
        if counts.is_empty() {
            return Surprise::default();
        }
        let of_count = |count: f64| (count.max(1.0) / self.usual[kind]).log2().clamp(-MOST, MOST) as f32;
        let known = counts.iter().map(|(text, count)| (hash(text.as_bytes()), of_count((*count).into()))).collect();
        Surprise { known, unknown: of_count(self.rare[kind]) }
    }

    /// Whether the means are numbers that can be divided by.
    pub(crate) fn is_sound(&self) -> bool {
        let is_mean = |mean: &f64| mean.is_finite() && *mean >= 1.0;
        self.usual.iter().zip(&self.counts).all(|(usual, counts)| counts.is_empty() || is_mean(usual))
            && self.rare.iter().all(is_mean)
    }
}

/// How many records have a value that two records share by chance, on average; 1 where there are none.
fn usual(counts: impl Iterator<Item = u32>) -> f64 {
    let (mut total, mut squares) = (0_u64, 0_u128);
    for count in counts {
        total += u64::from(count);
        squares += u128::from(count) * u128::from(count);
    }
    if total == 0 { 1.0 } else { squares as f64 / total as f64 }
}

/// How common the values of one kind are, by the hash of their text.
#[derive(Debug, Default)]
pub(crate) struct Surprise {
    known: HashMap<u64, f32>,
    /// Of a value that is not among the counts.
    unknown: f32,
}

impl Surprise {
    pub(crate) fn of(&self, hash: u64) -> f32 {
        self.known.get(&hash).copied().unwrap_or(self.unknown)
    }
}

/// The most that frequency may say, in bits.
const MOST: f64 = 6.0;
