//! Connected components.

/// The component of each of `count` records, named by its smallest record.
pub(crate) fn components(count: usize, edges: impl Iterator<Item = (u32, u32)>) -> Vec<u32> {
    let mut parents: Vec<u32> = (0..count as u32).collect();
    for (left, right) in edges {
        let (left, right) = (root(&mut parents, left), root(&mut parents, right));
        if left != right {
            parents[left.max(right) as usize] = left.min(right);
        }
    }
    (0..count as u32).map(|record| root(&mut parents, record)).collect()
}

/// The first record of the set of a record.
pub(crate) fn root(parents: &mut [u32], mut record: u32) -> u32 {
    while parents[record as usize] != record {
        let above = parents[parents[record as usize] as usize];
        parents[record as usize] = above;
        record = above;
    }
    record
}
