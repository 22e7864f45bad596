//! The most valuable persons of a base, kept while it streams by.

use std::{cmp::Ordering, collections::BinaryHeap};

use tenure_kernel::PersonId;

/// A place in the ranking: the higher expected value comes first, of equal ones the smaller person id.
#[derive(Debug)]
struct Ranked<T> {
    expected: f64,
    person: PersonId,
    what: T,
}

impl<T> Ord for Ranked<T> {
    /// The worst is the greatest, so that a heap gives it up first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.expected.total_cmp(&self.expected).then_with(|| self.person.cmp(&other.person))
    }
}

impl<T> PartialOrd for Ranked<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Ranked<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T> Eq for Ranked<T> {}

/// So many of the most valuable persons.
#[derive(Debug)]
pub(crate) struct Ranking<T> {
    size: usize,
    kept: BinaryHeap<Ranked<T>>,
}

impl<T> Ranking<T> {
    /// Keeps at most `size`.
    pub(crate) fn new(size: usize) -> Self {
        Self { size, kept: BinaryHeap::new() }
    }

    /// Takes a person in of whom so much is expected, if there are not better ones enough.
    pub(crate) fn take(&mut self, expected: f64, person: PersonId, what: T) {
        self.kept.push(Ranked { expected, person, what });
        if self.kept.len() > self.size {
            self.kept.pop();
        }
    }

    /// Best first.
    pub(crate) fn into_best_first(self) -> impl Iterator<Item = T> {
        self.kept.into_sorted_vec().into_iter().map(|ranked| ranked.what)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keeps_the_first_of_a_full_sort(values in prop::collection::vec(0_u8..5, 0..40), size in 0_usize..10) {
            let mut ranking = Ranking::new(size);
            let mut all: Vec<(u8, u8)> = (0..).zip(values.iter().copied()).collect();
            for (number, value) in all.iter().rev() {
                ranking.take(f64::from(*value), PersonId([*number; 16]), *number);
            }
            all.sort_by_key(|(number, value)| (std::cmp::Reverse(*value), *number));
            all.truncate(size);
            let best: Vec<u8> = ranking.into_best_first().collect();
            prop_assert_eq!(best, all.iter().map(|(number, _)| *number).collect::<Vec<_>>());
        }
    }
}
