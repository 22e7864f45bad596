//! How often values occur: to share a rare surname says more than to share a common one.

use crate::table::{Row, Table};
use serde::{Deserialize, Serialize};

/// Values whose frequency counts.
pub(crate) const KINDS: usize = 4;
pub(crate) const GIVEN: usize = 0;
pub(crate) const SURNAME: usize = 1;
pub(crate) const PLACE: usize = 2;
pub(crate) const TEXT: usize = 3;

/// Counts of given names, surnames, places and first other texts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Terms {
    /// For each kind the values with their counts, sorted by value.
    pub(crate) counts: [Vec<(String, u32)>; KINDS],
}

pub(crate) fn value(row: &Row, kind: usize) -> u32 {
    match kind {
        GIVEN => row.given[0],
        SURNAME => row.core,
        PLACE => row.place,
        _ => row.texts[0],
    }
}

impl Terms {
    /// Counts the values of a table.
    #[must_use]
    pub fn of(table: &Table) -> Self {
        let mut terms = Self::default();
        for (kind, counts) in terms.counts.iter_mut().enumerate() {
            let mut by_number = vec![0_u32; table.strings.len()];
            table.rows.iter().for_each(|row| by_number[value(row, kind) as usize] += 1);
            let named = by_number.iter().enumerate().skip(1).filter(|(_, count)| **count > 0);
            *counts = named.map(|(number, count)| (table.strings.text(number as u32).to_owned(), *count)).collect();
            counts.sort_unstable();
        }
        terms
    }

    /// For each string of a table how many times as often as a usual shared value it occurs, as a logarithm to base 2; by
    /// kind. A value that was never counted is as rare as can be.
    pub(crate) fn surprise(&self, table: &Table, kind: usize) -> Vec<f32> {
        let counts = &self.counts[kind];
        let total: u64 = counts.iter().map(|(_, count)| u64::from(*count)).sum();
        let squares: u128 = counts.iter().map(|(_, count)| u128::from(*count) * u128::from(*count)).sum();
        let mut surprise = vec![0.0; table.strings.len()];
        if total == 0 {
            return surprise;
        }
        let usual = squares as f64 / total as f64;
        let of_count = |count: f64| (count.max(1.0) / usual).log2().clamp(-MOST, MOST) as f32;
        surprise.fill(of_count(1.0));
        for row in &table.rows {
            let number = value(row, kind);
            if let Ok(at) = counts.binary_search_by(|(text, _)| text.as_str().cmp(table.strings.text(number))) {
                surprise[number as usize] = of_count(f64::from(counts[at].1));
            }
        }
        surprise
    }
}

/// The most that frequency may say, in bits.
const MOST: f64 = 6.0;
