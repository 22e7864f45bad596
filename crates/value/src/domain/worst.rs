//! The persons of least net value of a base, kept while it streams by.

use std::{cmp::Ordering, collections::BinaryHeap};

use tenure_kernel::PersonId;

/// A place among them: the lower net value comes first, of equal ones the smaller person id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// In minor units.
    pub(crate) net: f64,
    pub(crate) person: PersonId,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        self.net.total_cmp(&other.net).then_with(|| self.person.cmp(&other.person))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Place {}

#[derive(Debug)]
struct Kept<T>(Place, T);

impl<T> Ord for Kept<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<T> PartialOrd for Kept<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Kept<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T> Eq for Kept<T> {}

/// So many of those whose net value is below zero, behind a place.
#[derive(Debug)]
pub(crate) struct Worst<T> {
    after: Option<Place>,
    size: usize,
    kept: BinaryHeap<Kept<T>>,
}

impl<T> Worst<T> {
    /// Keeps at most `size` of those behind a place, or from the worst on.
    pub(crate) fn new(after: Option<Place>, size: usize) -> Self {
        Self { after, size, kept: BinaryHeap::new() }
    }

    /// Takes one in, if its place is wanted and there are not worse ones enough.
    pub(crate) fn take(&mut self, place: Place, what: impl FnOnce() -> T) {
        let behind = self.after.is_none_or(|after| place > after);
        let full = self.kept.len() == self.size;
        let last = self.kept.peek().map(|last| last.0);
        if !behind || place.net >= 0.0 || (full && last.is_none_or(|last| place >= last)) {
            return;
        }
        if full {
            self.kept.pop();
        }
        self.kept.push(Kept(place, what()));
    }

    /// Worst first.
    pub(crate) fn into_worst_first(self) -> Vec<(Place, T)> {
        self.kept.into_sorted_vec().into_iter().map(|Kept(place, what)| (place, what)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pages_are_the_full_sort(nets in prop::collection::vec(-6_i8..3, 0..60), size in 1_usize..9) {
            let place = |(number, net): (u8, i8)| Place { net: f64::from(net), person: PersonId([number; 16]) };
            let all: Vec<Place> = (0_u8..).zip(nets).map(place).collect();
            let mut expected: Vec<Place> = all.iter().copied().filter(|place| place.net < 0.0).collect();
            expected.sort();
            let (mut listed, mut after) = (Vec::new(), None);
            loop {
                let mut page = Worst::new(after, size);
                all.iter().for_each(|place| page.take(*place, || place.person));
                let page = page.into_worst_first();
                prop_assert!(page.iter().all(|(place, person)| place.person == *person));
                let full = page.len() == size;
                listed.extend(page.into_iter().map(|(place, _)| place));
                after = listed.last().copied();
                if !full {
                    break;
                }
            }
            prop_assert_eq!(listed, expected);
        }
    }
}
