//! The blocks of a set of records.

use super::Key;
use crate::table::Table;

/// What a key found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyCoverage {
    /// Records that have a value.
    pub records: usize,
    /// Blocks of two records or more within the cap.
    pub blocks: usize,
    /// Pairs in those blocks.
    pub pairs: usize,
    /// Blocks past the cap, which are not looked at by this key.
    pub too_general: usize,
    /// The largest block.
    pub largest: usize,
}

/// Blocks by record: which blocks a record is in, and who is in a block. Blocks of one record, and those past their cap,
/// are not kept.
#[derive(Debug, Clone, Default)]
pub struct Blocks {
    members: Vec<u32>,
    ends: Vec<u32>,
    of_record: Vec<u32>,
    record_ends: Vec<usize>,
    coverage: Vec<KeyCoverage>,
}

impl Blocks {
    /// The blocks of a table. The same set of pairs whatever the order of the records.
    #[must_use]
    pub fn new(table: &Table, keys: &[Key], threads: usize) -> Self {
        let mut blocks = Self { ends: vec![0], ..Self::default() };
        let mut found: Vec<Option<Vec<(u64, u32)>>> = keys.iter().map(|_| None).collect();
        for group in 0..keys.len().div_ceil(threads.max(1)) {
            let from = group * threads.max(1);
            let to = (from + threads.max(1)).min(keys.len());
            std::thread::scope(|scope| {
                for (key, slot) in keys[from..to].iter().zip(&mut found[from..to]) {
                    scope.spawn(move || *slot = Some(entries(table, key)));
                }
            });
            for at in from..to {
                let entries = found[at].take().unwrap_or_default();
                blocks.add(&entries, keys[at].cap);
            }
        }
        blocks.index(table.len());
        blocks
    }

    /// What each key found, in the order of the keys.
    #[must_use]
    pub fn coverage(&self) -> &[KeyCoverage] {
        &self.coverage
    }

    /// The records after `record` that share a block with it, in their order, each once.
    pub(crate) fn candidates(&self, record: u32, into: &mut Vec<u32>) {
        into.clear();
        for block in self.blocks_of(record) {
            let members = self.block(*block);
            let after = members.partition_point(|member| *member <= record);
            into.extend_from_slice(&members[after..]);
        }
        into.sort_unstable();
        into.dedup();
    }

    /// Whether two records share a block, so that their pair is looked at.
    #[must_use]
    pub fn covers(&self, left: u32, right: u32) -> bool {
        let (left, right) = (self.blocks_of(left), self.blocks_of(right));
        let (mut at, mut to) = (0, 0);
        while let (Some(one), Some(other)) = (left.get(at), right.get(to)) {
            match one.cmp(other) {
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Less => at += 1,
                std::cmp::Ordering::Greater => to += 1,
            }
        }
        false
    }

    /// All records, by the largest block that each is in: members of a block come one after the other.
    pub(crate) fn neighbours(&self) -> Vec<u32> {
        let size = |block: u32| self.block(block).len();
        let largest = |record| self.blocks_of(record).iter().copied().max_by_key(|block| size(*block));
        let mut order: Vec<(Option<u32>, u32)> =
            (0..self.record_ends.len() as u32).map(|record| (largest(record), record)).collect();
        order.sort_unstable();
        order.into_iter().map(|(_, record)| record).collect()
    }

    fn blocks_of(&self, record: u32) -> &[u32] {
        let from = if record == 0 { 0 } else { self.record_ends[record as usize - 1] };
        &self.of_record[from..self.record_ends[record as usize]]
    }

    fn block(&self, block: u32) -> &[u32] {
        &self.members[self.ends[block as usize] as usize..self.ends[block as usize + 1] as usize]
    }

    fn add(&mut self, entries: &[(u64, u32)], cap: usize) {
        let mut coverage = KeyCoverage::default();
        for block in entries.chunk_by(|left, right| left.0 == right.0) {
            coverage.largest = coverage.largest.max(block.len());
            if block.len() > cap {
                coverage.too_general += 1;
            } else if block.len() > 1 {
                coverage.blocks += 1;
                coverage.pairs += block.len() * (block.len() - 1) / 2;
                self.members.extend(block.iter().map(|(_, record)| *record));
                self.ends.push(self.members.len() as u32);
            }
        }
        let mut records: Vec<u32> = entries.iter().map(|(_, record)| *record).collect();
        records.sort_unstable();
        records.dedup();
        coverage.records = records.len();
        self.coverage.push(coverage);
    }

    fn index(&mut self, records: usize) {
        let mut counts = vec![0_usize; records];
        self.members.iter().for_each(|member| counts[*member as usize] += 1);
        let mut end = 0;
        let mut next: Vec<usize> = Vec::with_capacity(records);
        for count in &counts {
            next.push(end);
            end += count;
        }
        self.of_record = vec![0; end];
        for block in 0..self.ends.len() - 1 {
            for member in self.ends[block] as usize..self.ends[block + 1] as usize {
                let place = &mut next[self.members[member] as usize];
                self.of_record[*place] = block as u32;
                *place += 1;
            }
        }
        self.record_ends = next;
    }
}

/// Values and records of a key, sorted.
fn entries(table: &Table, key: &Key) -> Vec<(u64, u32)> {
    let mut entries = Vec::with_capacity(table.len());
    for record in 0..table.len() {
        let values = key.values(table, table.row(record));
        entries.extend(values.as_slice().iter().map(|value| (*value, record as u32)));
    }
    entries.sort_unstable();
    entries
}
