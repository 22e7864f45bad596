//! Sets of whole numbers, such as microseconds or days, kept as intervals: so that nothing is counted twice.

/// A set of half-open intervals, in order and apart from one another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Spans(Vec<(i64, i64)>);

impl Spans {
    /// All that lies in any of them.
    pub(crate) fn of(spans: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut spans: Vec<_> = spans.into_iter().filter(|(from, until)| from < until).collect();
        spans.sort_unstable();
        let mut apart: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
        for (from, until) in spans {
            match apart.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(until),
                _ => apart.push((from, until)),
            }
        }
        Self(apart)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, i64)> {
        self.0.iter().copied()
    }

    /// With one more interval.
    pub(crate) fn with(&self, from: i64, until: i64) -> Self {
        Self::of(self.iter().chain([(from, until)]))
    }

    /// What lies in both.
    pub(crate) fn within(&self, other: &Self) -> Self {
        let pairs = self.iter().flat_map(|one| other.iter().map(move |two| (one.0.max(two.0), one.1.min(two.1))));
        Self::of(pairs)
    }

    /// What does not lie in the other.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        let bounds = other.iter().flat_map(|(from, until)| [from, until]);
        let bounds: Vec<_> = [i64::MIN].into_iter().chain(bounds).chain([i64::MAX]).collect();
        let gaps = bounds.chunks_exact(2).map(|gap| (gap[0], gap[1]));
        self.within(&Self::of(gaps))
    }

    /// How much it is.
    pub(crate) fn total(&self) -> i64 {
        self.iter().map(|(from, until)| until - from).sum()
    }

    /// The number up to which so much of it lies, if it has so much.
    pub(crate) fn reaching(&self, amount: i64) -> Option<i64> {
        let mut left = amount;
        for (from, until) in self.iter() {
            if left <= until - from {
                return Some(from + left);
            }
            left -= until - from;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn spans() -> impl Strategy<Value = Vec<(i64, i64)>> {
        prop::collection::vec((0_i64..40, 0_i64..12).prop_map(|(from, long)| (from, from + long)), 0..8)
    }

    fn each(spans: &[(i64, i64)]) -> BTreeSet<i64> {
        spans.iter().flat_map(|(from, until)| *from..*until).collect()
    }

    proptest! {
        #[test]
        fn are_sets(one in spans(), two in spans(), amount in 1_i64..60) {
            let (these, those) = (Spans::of(one.clone()), Spans::of(two.clone()));
            let numbers = |spans: &Spans| each(&spans.0);
            let count = |set: BTreeSet<i64>| i64::try_from(set.len()).expect("few");
            prop_assert_eq!(these.total(), count(each(&one)));
            prop_assert_eq!(numbers(&these.within(&those)), &each(&one) & &each(&two));
            prop_assert_eq!(numbers(&these.minus(&those)), &each(&one) - &each(&two));
            prop_assert_eq!(these.with(3, 9), Spans::of(one.iter().copied().chain([(3, 9)])));
            let nth = each(&one).into_iter().nth(usize::try_from(amount - 1).expect("few"));
            prop_assert_eq!(these.reaching(amount), nth.map(|last| last + 1));
        }
    }
}
