//! Many tests at once: of enough dice one falls on six.

/// Which of many tests still count as found, so that of those found no more than a share is found by chance (Benjamini and Hochberg).
pub(super) fn found(chances: &[f64], level: f64) -> Vec<bool> {
    let mut sorted: Vec<f64> = chances.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let many = super::tail::float(sorted.len() as u64);
    let limit = |rank: usize| level * super::tail::float(rank as u64 + 1) / many;
    let last = sorted
        .iter()
        .enumerate()
        .filter(|(rank, chance)| **chance <= limit(*rank))
        .map(|(_, chance)| *chance)
        .next_back();
    chances.iter().map(|chance| last.is_some_and(|last| *chance <= last)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::found;

    #[test]
    fn a_chance_above_its_limit_is_carried_by_a_later_one_below() {
        assert_eq!(found(&[0.03, 0.02, 0.9], 0.05), [true, true, false]);
        assert_eq!(found(&[0.03, 0.9, 0.9], 0.05), [false, false, false]);
        assert_eq!(found(&[], 0.05), [false; 0]);
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_it_lies_between_each_alone_and_all_at_once(
            chances in prop::collection::vec(0.0..0.2_f64, 1..30), turn in 0..30_usize,
        ) {
            let all = found(&chances, 0.05);
            let turn = turn % chances.len();
            let mut turned = chances.clone();
            turned.rotate_left(turn);
            let mut expected = all.clone();
            expected.rotate_left(turn);
            prop_assert_eq!(found(&turned, 0.05), expected);
            for (chance, found) in chances.iter().zip(&all) {
                prop_assert!(!found || *chance <= 0.05);
                prop_assert!(*found || *chance > 0.05 / chances.len() as f64);
            }
        }
    }
}
