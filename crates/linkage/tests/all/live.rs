//! An engine in memory that does what a service does with tables: it evaluates records one by one, and never looks at all.

use std::collections::{BTreeMap, BTreeSet};
use tenure_linkage::{
    Generic, Judge, Model, Scorer, Table,
    blocking::{Key, RowKey},
    cluster::{Clustering, Decisions, cluster},
};

struct Record {
    packed: Vec<u8>,
    keys: Vec<RowKey>,
    generic: Generic,
}

pub(crate) struct Live {
    scorer: Scorer,
    keys: Vec<Key>,
    clustering: Clustering,
    records: BTreeMap<u32, Record>,
    blocks: BTreeMap<u64, BTreeSet<u32>>,
    /// Both directions.
    edges: BTreeMap<u32, BTreeMap<u32, f64>>,
    persons: BTreeMap<u32, u32>,
    /// Records to be evaluated.
    redo: BTreeSet<u32>,
}

impl Live {
    pub(crate) fn new(model: Model, keys: Vec<Key>) -> Self {
        Self {
            scorer: Scorer::new(model),
            keys,
            clustering: Clustering::default(),
            records: BTreeMap::new(),
            blocks: BTreeMap::new(),
            edges: BTreeMap::new(),
            persons: BTreeMap::new(),
            redo: BTreeSet::new(),
        }
    }

    pub(crate) fn packed(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.records.iter().map(|(id, record)| (*id, record.packed.as_slice()))
    }

    /// Records with what their persons are called.
    pub(crate) fn persons(&self) -> Vec<(u32, u32)> {
        self.persons.iter().map(|(record, person)| (*record, *person)).collect()
    }

    /// Pairs with the bits of their weights.
    pub(crate) fn edges(&self) -> Vec<(u32, u32, u64)> {
        let of = |(left, others): (&u32, &BTreeMap<u32, f64>)| {
            let left = *left;
            let after = others.range(left + 1..);
            after.map(move |(right, weight)| (left, *right, weight.to_bits())).collect::<Vec<_>>()
        };
        self.edges.iter().flat_map(of).collect()
    }

    /// A record says something, something else, or nothing any more.
    pub(crate) fn put(&mut self, id: u32, packed: Option<&[u8]>) {
        if let Some(gone) = self.records.remove(&id) {
            for key in &gone.keys {
                self.recount(key, |block| block.remove(&id));
            }
        }
        self.redo.insert(id);
        let Some(packed) = packed else { return };
        let mut table = Table::default();
        table.push_packed(packed, Generic::default()).unwrap();
        let keys = table.keys(0, &self.keys);
        for key in &keys {
            self.recount(key, |block| block.insert(id));
        }
        self.records.insert(id, Record { packed: packed.to_vec(), keys, generic: Generic::default() });
    }

    /// Changes a block. When that takes it past its cap or back, all who are in it are evaluated again.
    fn recount(&mut self, key: &RowKey, change: impl FnOnce(&mut BTreeSet<u32>) -> bool) {
        let block = self.blocks.entry(key.value).or_default();
        let before = block.len() > key.cap;
        change(block);
        if before != (block.len() > key.cap) {
            self.redo.extend(block.iter());
        }
    }

    pub(crate) fn settle(&mut self) {
        while !self.redo.is_empty() {
            self.work(7);
        }
    }

    /// Evaluates some of the records that wait, and makes persons of those they touch.
    pub(crate) fn work(&mut self, count: usize) {
        let mut touched = BTreeSet::new();
        for _ in 0..count {
            if let Some(id) = self.redo.pop_first() {
                self.evaluate(id, &mut touched);
            }
        }
        self.cluster(&touched);
    }

    fn too_many(&self, key: &RowKey) -> bool {
        self.blocks[&key.value].len() > key.cap
    }

    fn mask(&self, record: &Record) -> Generic {
        let past = record.keys.iter().filter(|key| self.too_many(key));
        past.fold(Generic::default(), |all, key| all | key.generic)
    }

    fn evaluate(&mut self, id: u32, touched: &mut BTreeSet<u32>) {
        let mut found = BTreeMap::new();
        if let Some(record) = self.records.get(&id) {
            let generic = self.mask(record);
            let within = record.keys.iter().filter(|key| !self.too_many(key));
            let mut candidates: BTreeSet<u32> =
                within.flat_map(|key| self.blocks[&key.value].iter().copied()).collect();
            candidates.remove(&id);
            let mut table = Table::default();
            table.push_packed(&record.packed, generic).unwrap();
            for other in &candidates {
                // As it was when it was evaluated last: where that has changed since, it waits, and this pair with it.
                let other = &self.records[other];
                table.push_packed(&other.packed, other.generic).unwrap();
            }
            let judge = Judge::new(&self.scorer, &table);
            for (at, other) in candidates.into_iter().enumerate() {
                let weight = judge.said(0, at + 1).bits();
                found.extend(weight.filter(|bits| *bits >= self.clustering.review).map(|bits| (other, bits)));
            }
            self.records.get_mut(&id).unwrap().generic = generic;
        }
        touched.insert(id);
        let before = self.edges.remove(&id).unwrap_or_default();
        for other in before.keys().chain(found.keys()) {
            touched.insert(*other);
            self.edges.entry(*other).or_default().remove(&id);
        }
        for (other, bits) in &found {
            self.edges.entry(*other).or_default().insert(id, *bits);
        }
        self.edges.insert(id, found);
    }

    /// Makes persons of the components of some records and of the members of their persons.
    fn cluster(&mut self, touched: &BTreeSet<u32>) {
        let mut persons: BTreeSet<u32> = touched.iter().filter_map(|id| self.persons.get(id).copied()).collect();
        let mut reached = BTreeSet::new();
        let mut frontier: Vec<u32> = touched.iter().copied().collect();
        let members = |persons: &BTreeSet<u32>| -> Vec<u32> {
            self.persons.iter().filter(|(_, person)| persons.contains(person)).map(|(record, _)| *record).collect()
        };
        frontier.extend(members(&persons));
        while let Some(id) = frontier.pop() {
            if !reached.insert(id) {
                continue;
            }
            let strong = self.edges.get(&id).into_iter().flatten().filter(|(_, bits)| **bits >= self.clustering.edge);
            frontier.extend(strong.map(|(other, _)| *other));
            if let Some(person) = self.persons.get(&id)
                && persons.insert(*person)
            {
                frontier.extend(members(&BTreeSet::from([*person])));
            }
        }
        let ids: Vec<u32> = reached.iter().copied().filter(|id| self.records.contains_key(id)).collect();
        let place = |id: &u32| ids.binary_search(id).ok().map(|at| at as u32);
        let mut table = Table::default();
        for id in &ids {
            table.push_packed(&self.records[id].packed, self.records[id].generic).unwrap();
        }
        let mut edges = Vec::new();
        for (at, id) in ids.iter().enumerate() {
            let others = self.edges.get(id).into_iter().flatten();
            let after = others.filter_map(|(other, bits)| Some((place(other)?, *bits)));
            edges.extend(after.filter(|(to, _)| *to > at as u32).map(|(to, bits)| (at as u32, to, bits as f32)));
        }
        let judge = Judge::new(&self.scorer, &table);
        let clusters = cluster(ids.len(), &edges, &Decisions::default(), &self.clustering, &judge);
        reached.iter().for_each(|id| {
            self.persons.remove(id);
        });
        for (at, id) in ids.iter().enumerate() {
            self.persons.insert(*id, ids[clusters[at] as usize]);
        }
    }
}
