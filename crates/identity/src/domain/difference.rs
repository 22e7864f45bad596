//! What becomes of persons when the same records are put into other clusters.

use std::collections::{BTreeMap, BTreeSet};

/// How two clusterings of the same records differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Difference {
    /// Clusters before.
    pub(crate) before: usize,
    /// Clusters after.
    pub(crate) after: usize,
    /// Clusters of before whose records are in several after.
    pub(crate) parted: usize,
    /// Clusters of after whose records were in several before.
    pub(crate) joined: usize,
    /// Records that are with others than before.
    pub(crate) moved: usize,
}

/// The difference between the cluster of each record before and after.
pub(crate) fn difference(before: &[u32], after: &[u32]) -> Difference {
    let (from, to) = (spread(before, after), spread(after, before));
    let changed = |(before, after): &(&u32, &u32)| from[*before].len() > 1 || to[*after].len() > 1;
    Difference {
        before: from.len(),
        after: to.len(),
        parted: from.values().filter(|others| others.len() > 1).count(),
        joined: to.values().filter(|others| others.len() > 1).count(),
        moved: before.iter().zip(after).filter(changed).count(),
    }
}

/// In which of the other clusters the records of each are.
fn spread(clusters: &[u32], others: &[u32]) -> BTreeMap<u32, BTreeSet<u32>> {
    let mut spread: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (cluster, other) in clusters.iter().zip(others) {
        spread.entry(*cluster).or_default().insert(*other);
    }
    spread
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_record_that_changes_sides_moves_all_whom_it_leaves_and_joins() {
        let found = difference(&[0, 0, 0, 3, 3, 5], &[0, 0, 2, 2, 2, 5]);
        assert_eq!(found, Difference { before: 3, after: 3, parted: 1, joined: 1, moved: 5 });
    }

    proptest! {
        #[test]
        fn back_is_the_mirror_of_forth(pairs in prop::collection::vec((0_u32..6, 0_u32..6), 0..30)) {
            let (before, after): (Vec<u32>, Vec<u32>) = pairs.into_iter().unzip();
            let (forth, back) = (difference(&before, &after), difference(&after, &before));
            prop_assert_eq!((forth.parted, forth.joined, forth.moved), (back.joined, back.parted, back.moved));
            prop_assert_eq!(difference(&before, &before).moved, 0);
        }
    }
}
