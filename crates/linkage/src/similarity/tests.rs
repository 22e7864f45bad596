//! Known values from the literature, and what must hold for any two strings.

use super::{Glance, bag_distance, edit_distance, jaro_winkler};
use proptest::prelude::*;

/// Optimal string alignment by its definition.
fn by_definition(left: &[u8], right: &[u8]) -> u32 {
    let mut rows = vec![vec![0_u32; right.len() + 1]; left.len() + 1];
    for i in 0..=left.len() {
        for j in 0..=right.len() {
            rows[i][j] = if i == 0 || j == 0 {
                (i + j) as u32
            } else {
                let differs = u32::from(left[i - 1] != right[j - 1]);
                let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + differs);
                if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                    best = best.min(rows[i - 2][j - 2] + 1);
                }
                best
            };
        }
    }
    rows[left.len()][right.len()]
}

#[test]
fn winklers_examples() {
    let cases = [("martha", "marhta", 0.9611), ("dwayne", "duane", 0.84), ("dixon", "dicksonx", 0.8133)];
    for (left, right, expected) in cases {
        let found = jaro_winkler(left.as_bytes(), right.as_bytes());
        assert!((found - expected).abs() < 1e-4, "{left} {right}: {found}");
    }
    assert_eq!(jaro_winkler(b"", b""), 1.0);
    assert_eq!(jaro_winkler(b"a", b""), 0.0);
}

#[test]
fn a_swap_of_neighbours_is_one_edit() {
    assert_eq!(edit_distance(b"jansen", b"jasnen"), 1);
    assert_eq!(edit_distance(b"kitten", b"sitting"), 3);
    assert_eq!(bag_distance(b"eleanor", b"nleaeor"), 0);
}

proptest! {
    #[test]
    fn edits_are_those_of_the_definition(left in "[abc]{0,12}", right in "[abc]{0,12}") {
        prop_assert_eq!(edit_distance(left.as_bytes(), right.as_bytes()), by_definition(left.as_bytes(), right.as_bytes()));
    }

    #[test]
    fn what_looks_far_is_far(left in "[a-g]{1,9}", right in "[c-k]{1,9}") {
        let (left, right) = (left.as_bytes(), right.as_bytes());
        if Glance::of(left).far(Glance::of(right), 0.86) {
            prop_assert!(jaro_winkler(left, right) < 0.86);
            prop_assert!(edit_distance(left, right) > 2 && bag_distance(left, right) > 2);
            prop_assert!(!left.starts_with(right) && !right.starts_with(left));
        }
    }

    #[test]
    fn both_directions_agree(left in ".{0,90}", right in ".{0,90}") {
        let (left, right) = (left.as_bytes(), right.as_bytes());
        prop_assert_eq!(edit_distance(left, right), edit_distance(right, left));
        prop_assert_eq!(bag_distance(left, right), bag_distance(right, left));
        prop_assert_eq!(jaro_winkler(left, right).to_bits(), jaro_winkler(right, left).to_bits());
        prop_assert!((0.0..=1.0).contains(&jaro_winkler(left, right)));
        prop_assert_eq!(edit_distance(left, left), 0);
    }
}
