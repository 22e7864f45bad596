//! Small clusters whose metrics are worked out by hand.

use super::measure;

#[test]
fn a_cluster_of_two_persons_and_a_person_in_two_clusters() {
    // Clusters {0, 1, 2}, {3}; persons {0, 1}, {2, 3}.
    let metrics = measure(&[0, 0, 0, 3], &[7, 7, 9, 9]);
    assert_eq!((metrics.pairwise.precision, metrics.pairwise.recall), (1.0 / 3.0, 0.5));
    assert_eq!((metrics.over_merged, metrics.clusters, metrics.largest, metrics.true_pairs), (1, 2, 3, 2));
    // B-cubed precision of the records: 2/3, 2/3, 1/3, 1; recall: 1, 1, 1/2, 1/2.
    assert!((metrics.b_cubed.precision - 2.0 / 3.0).abs() < 1e-12);
    assert!((metrics.b_cubed.recall - 0.75).abs() < 1e-12);
}

#[test]
fn nothing_to_find_is_found() {
    let metrics = measure(&[0, 1], &[5, 6]);
    assert_eq!((metrics.pairwise.precision, metrics.pairwise.recall), (1.0, 1.0));
}
