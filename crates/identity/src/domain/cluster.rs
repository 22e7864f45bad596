//! Persons as a function of records, match keys and stewards' decisions alone: never of the order in which they came.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;

use super::{
    decision::{Decision, Verdicts},
    key::MatchKey,
};

#[cfg(test)]
mod tests;

/// The most records that may carry a key for it to say anything. A key that more carry is generic, such as the address of
/// a front desk: it links nobody and finds nobody.
pub(crate) const MAX_BLOCK: usize = 50;

/// The records that carry each key: all of them, or a number above [`MAX_BLOCK`].
pub(crate) type Blocks = BTreeMap<MatchKey, BTreeSet<RecordId>>;

/// The persons: connected components over decisions and strong keys, in a fixed order (newest decision first, then the
/// strongest kind of key), except where a union would put two records together that a decision keeps apart. Sorted, as
/// their records are, by the smallest record.
pub(crate) fn clusters(
    records: &BTreeSet<RecordId>,
    blocks: &Blocks,
    decisions: &[Decision],
) -> Vec<BTreeSet<RecordId>> {
    let verdicts = Verdicts::new(records, decisions);
    let mut partition = Partition::new(records, &verdicts);
    for (left, right) in verdicts.links() {
        partition.unite(*left, *right);
    }
    for (key, block) in blocks {
        if key.kind.is_strong() && block.len() <= MAX_BLOCK {
            partition.unite_block(block);
        }
    }
    partition.into_clusters()
}

/// Disjoint sets of records. A set is named by its smallest.
struct Partition<'a> {
    verdicts: &'a Verdicts,
    parents: BTreeMap<RecordId, RecordId>,
    /// Of each set: its records that a decision speaks of.
    decided: BTreeMap<RecordId, Vec<RecordId>>,
}

impl<'a> Partition<'a> {
    fn new(records: &BTreeSet<RecordId>, verdicts: &'a Verdicts) -> Self {
        let parents = records.iter().map(|record| (*record, *record)).collect();
        let spoken = records.iter().filter(|record| verdicts.speak_of(**record));
        let decided = spoken.map(|record| (*record, vec![*record])).collect();
        Self { verdicts, parents, decided }
    }

    fn root(&mut self, record: RecordId) -> Option<RecordId> {
        let mut root = *self.parents.get(&record)?;
        while self.parents[&root] != root {
            root = self.parents[&root];
        }
        let mut at = record;
        while at != root {
            at = self.parents.insert(at, root)?;
        }
        Some(root)
    }

    /// Puts two sets together unless that is forbidden. Answers whether the two records are together now.
    fn unite(&mut self, left: RecordId, right: RecordId) -> bool {
        let (Some(left), Some(right)) = (self.root(left), self.root(right)) else { return false };
        if left == right {
            return true;
        }
        if self.apart(left, right) {
            return false;
        }
        let (keep, give) = (left.min(right), left.max(right));
        self.parents.insert(give, keep);
        if let Some(more) = self.decided.remove(&give) {
            self.decided.entry(keep).or_default().extend(more);
        }
        true
    }

    fn apart(&self, left: RecordId, right: RecordId) -> bool {
        let (Some(lefts), Some(rights)) = (self.decided.get(&left), self.decided.get(&right)) else { return false };
        lefts.iter().any(|left| rights.iter().any(|right| self.verdicts.apart(*left, *right)))
    }

    /// Each record joins the first set of the block, by smallest record, that it may join.
    fn unite_block(&mut self, block: &BTreeSet<RecordId>) {
        let mut sets: Vec<RecordId> = Vec::new();
        for record in block {
            if !sets.iter().any(|set| self.unite(*set, *record)) {
                sets.push(*record);
            }
        }
    }

    fn into_clusters(mut self) -> Vec<BTreeSet<RecordId>> {
        let records: Vec<RecordId> = self.parents.keys().copied().collect();
        let mut clusters: BTreeMap<RecordId, BTreeSet<RecordId>> = BTreeMap::new();
        for record in records {
            if let Some(root) = self.root(record) {
                clusters.entry(root).or_default().insert(record);
            }
        }
        clusters.into_values().collect()
    }
}
