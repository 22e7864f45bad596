//! Clusters as far as they are stated: what decisions hold together below the model's clusters, and put together above them.

use super::{Verdicts, components::root};
use std::collections::BTreeMap;

/// Disjoint sets of records. A set is named by its smallest.
pub(crate) struct Stated<'a, V> {
    verdicts: &'a V,
    parents: Vec<u32>,
    /// Of each set: its records that a decision speaks of.
    decided: BTreeMap<u32, Vec<u32>>,
}

impl<'a, V: Verdicts> Stated<'a, V> {
    /// Each of `count` records alone.
    pub(crate) fn new(count: usize, verdicts: &'a V) -> Self {
        let parents: Vec<u32> = (0..count as u32).collect();
        let spoken = parents.iter().filter(|record| verdicts.speaks_of(**record));
        let decided = spoken.map(|record| (*record, vec![*record])).collect();
        Self { verdicts, parents, decided }
    }

    /// Puts two sets together unless a decision keeps some of their records apart.
    pub(crate) fn unite(&mut self, left: u32, right: u32) {
        let (left, right) = (root(&mut self.parents, left), root(&mut self.parents, right));
        if !self.apart(left, right) {
            self.join(left, right);
        }
    }

    /// Puts two sets together.
    pub(crate) fn join(&mut self, left: u32, right: u32) {
        let (left, right) = (root(&mut self.parents, left), root(&mut self.parents, right));
        if left == right {
            return;
        }
        let (keep, give) = (left.min(right), left.max(right));
        self.parents[give as usize] = keep;
        if let Some(more) = self.decided.remove(&give) {
            self.decided.entry(keep).or_default().extend(more);
        }
    }

    fn apart(&self, left: u32, right: u32) -> bool {
        let (Some(lefts), Some(rights)) = (self.decided.get(&left), self.decided.get(&right)) else { return false };
        lefts.iter().any(|left| rights.iter().any(|right| self.verdicts.apart(*left, *right)))
    }

    /// The set of each record.
    pub(crate) fn sets(&mut self) -> Vec<u32> {
        (0..self.parents.len() as u32).map(|record| root(&mut self.parents, record)).collect()
    }
}
