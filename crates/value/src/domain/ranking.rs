//! The most valuable persons of a base, kept while it streams by.

use std::{cmp::Ordering, collections::BinaryHeap};

use tenure_clv::CustomerValue;

use super::summary::PersonSummary;

/// A place in the ranking: the higher expected value comes first, of equal ones the smaller person id.
#[derive(Debug)]
struct Ranked(PersonSummary, CustomerValue);

impl Ord for Ranked {
    /// The worst is the greatest, so that a heap gives it up first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.1.expected_minor.total_cmp(&self.1.expected_minor).then_with(|| self.0.person.cmp(&other.0.person))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked {}

/// So many of the most valuable persons.
#[derive(Debug)]
pub(crate) struct Ranking {
    size: usize,
    kept: BinaryHeap<Ranked>,
}

impl Ranking {
    /// Keeps at most `size`.
    pub(crate) fn new(size: usize) -> Self {
        Self { size, kept: BinaryHeap::new() }
    }

    /// Takes a person in, if there are not better ones enough.
    pub(crate) fn take(&mut self, person: PersonSummary, value: CustomerValue) {
        self.kept.push(Ranked(person, value));
        if self.kept.len() > self.size {
            self.kept.pop();
        }
    }

    /// Best first.
    pub(crate) fn into_best_first(self) -> impl Iterator<Item = (PersonSummary, CustomerValue)> {
        self.kept.into_sorted_vec().into_iter().map(|Ranked(person, value)| (person, value))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tenure_clv::Summary;
    use tenure_kernel::PersonId;

    use super::*;
    use crate::domain::summary::{Margins, Services};

    fn person(number: u8) -> PersonSummary {
        let history = Summary::from_purchases([(0, 1)], 1).unwrap();
        PersonSummary {
            person: PersonId([number; 16]),
            records: Vec::new(),
            purchases: 1,
            history,
            first_day: 0,
            margins: Margins::default(),
            services: Services::new(),
        }
    }

    fn worth(expected_minor: f64) -> CustomerValue {
        CustomerValue {
            p_alive: 1.0,
            expected_purchases: 1.0,
            discounted_purchases: 1.0,
            expected_minor_per_purchase: 1.0,
            expected_minor,
        }
    }

    proptest! {
        #[test]
        fn keeps_the_first_of_a_full_sort(values in prop::collection::vec(0_u8..5, 0..40), size in 0_usize..10) {
            let mut ranking = Ranking::new(size);
            let mut all: Vec<(u8, u8)> = (0..).zip(values.iter().copied()).collect();
            for (number, value) in all.iter().rev() {
                ranking.take(person(*number), worth(f64::from(*value)));
            }
            all.sort_by_key(|(number, value)| (std::cmp::Reverse(*value), *number));
            all.truncate(size);
            let best: Vec<u8> = ranking.into_best_first().map(|(person, _)| person.person.0[0]).collect();
            prop_assert_eq!(best, all.iter().map(|(number, _)| *number).collect::<Vec<_>>());
        }
    }
}
