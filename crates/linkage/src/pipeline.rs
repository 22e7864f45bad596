//! A whole set of records at once: candidates, training, weights, clusters.

use crate::{
    blocking::{Blocks, Key, default_keys},
    cluster::{Alarm, Clustering, Decisions, alarms, cluster},
    compare::Pattern,
    judge::Judge,
    model::{Model, Scorer, Terms, Training, train},
    records::Records,
    table::{Births, Table},
};
use std::collections::HashMap;

/// What was found in a set of records.
#[derive(Debug, Clone)]
pub struct Linked {
    /// The cluster of each record, named by its first record.
    pub clusters: Vec<u32>,
    /// The pairs that were looked at and are above the floor, with their weights.
    pub edges: Vec<(u32, u32, f32)>,
    /// How many pairs were looked at.
    pub candidates: usize,
    /// The blocks, and what each key found.
    pub blocks: Blocks,
    /// The model that weighed the pairs.
    pub model: Model,
    /// What is odd.
    pub alarms: Vec<Alarm>,
}

impl Linked {
    /// Pairs in two clusters that might be one all the same, the most likely first: the zone between link and no link.
    #[must_use]
    pub fn review(&self, clustering: &Clustering) -> Vec<(u32, u32, f32)> {
        let apart = |edge: &&(u32, u32, f32)| self.clusters[edge.0 as usize] != self.clusters[edge.1 as usize];
        let near = |edge: &&(u32, u32, f32)| f64::from(edge.2) >= clustering.review;
        let mut review: Vec<_> = self.edges.iter().filter(near).filter(apart).copied().collect();
        review
            .sort_unstable_by(|left, right| right.2.total_cmp(&left.2).then((left.0, left.1).cmp(&(right.0, right.1))));
        review
    }
}

/// What is being done, to tell those who wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Records are put into blocks.
    Blocking,
    /// Pairs are compared.
    Comparing,
    /// A model is trained on so many pairs.
    Training(usize),
    /// So many pairs are weighed.
    Weighing(usize),
    /// So many pairs hold clusters together.
    Clustering(usize),
}

/// Links a set of records. Without a model one is trained on them, without labels.
#[must_use]
pub fn dedupe(records: &Records, model: Option<&Model>, decisions: &Decisions, options: &Options) -> Linked {
    dedupe_telling(records, model, decisions, options, &|_| {})
}

/// Links a set of records, and tells what is being done.
pub fn dedupe_telling(
    records: &Records,
    model: Option<&Model>,
    decisions: &Decisions,
    options: &Options,
    tell: &dyn Fn(Stage),
) -> Linked {
    let table = records.table();
    tell(Stage::Blocking);
    let blocks = Blocks::new(table, &options.keys, options.threads);
    tell(Stage::Comparing);
    let births = model.map_or_else(|| Births::of(table), |model| model.births.clone());
    let mut pairs = candidates(table, &births, &blocks, options.threads);
    if options.across {
        pairs.retain(|pair| records.file(pair.left as usize) != records.file(pair.right as usize));
    }
    tell(Stage::Training(pairs.len()));
    let model = model.map_or_else(|| learn(table, births, &pairs, options), Model::clone);
    let scorer = Scorer::new(model);
    let judge = if options.across { Judge::across(records, &scorer) } else { Judge::new(&scorer, table) };
    let candidates = pairs.len();
    tell(Stage::Weighing(candidates));
    let mut edges = weigh(&judge, &pairs);
    drop(pairs);
    edges.retain(|edge| edge.2 >= FLOOR);
    tell(Stage::Clustering(edges.len()));
    let clusters = cluster(table.len(), &edges, decisions, &options.clustering, &judge);
    let alarms = alarms(&clusters, &edges, &options.clustering);
    Linked { clusters, edges, candidates, blocks, model: scorer.model().clone(), alarms }
}

/// Pairs below this weight, in bits, are not kept.
pub const FLOOR: f32 = -10.0;

/// A pair that was looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The record that comes first.
    pub left: u32,
    /// The other.
    pub right: u32,
    /// How they compare.
    pub pattern: Pattern,
}

/// What is done with a set of records.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which pairs are looked at.
    pub keys: Vec<Key>,
    /// How to train.
    pub training: Training,
    /// How to cluster.
    pub clustering: Clustering,
    /// Only pairs of different files, where no file has anybody twice.
    pub across: bool,
    /// Threads; the result is the same for any number.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keys: default_keys(),
            training: Training::default(),
            clustering: Clustering::default(),
            across: false,
            threads: 2,
        }
    }
}

/// Every candidate pair, compared, in the order of the records.
#[must_use]
pub fn candidates(table: &Table, births: &Births, blocks: &Blocks, threads: usize) -> Vec<Pair> {
    let count = table.len();
    let slice = count.div_ceil(threads.max(1) * 16).max(1);
    let starts: Vec<usize> = (0..count).step_by(slice).collect();
    let mut found: Vec<Vec<Pair>> = starts.iter().map(|_| Vec::new()).collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let slots: Vec<std::sync::Mutex<&mut Vec<Pair>>> = found.iter_mut().map(std::sync::Mutex::new).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                let mut others = Vec::new();
                loop {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let (Some(start), Some(slot)) = (starts.get(at), slots.get(at)) else { return };
                    let Ok(mut slot) = slot.lock() else { return };
                    for left in *start..(*start + slice).min(count) {
                        blocks.candidates(left as u32, &mut others);
                        slot.extend(others.iter().map(|&right| Pair {
                            left: left as u32,
                            right,
                            pattern: table.compare(left, right as usize, births),
                        }));
                    }
                }
            });
        }
    });
    drop(slots);
    found.concat()
}

/// How many pairs have each pattern, sorted by pattern.
#[must_use]
pub fn count(pairs: &[Pair]) -> Vec<(Pattern, u64)> {
    let mut counts: HashMap<Pattern, u64> = HashMap::new();
    pairs.iter().for_each(|pair| *counts.entry(pair.pattern).or_default() += 1);
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable();
    counts
}

/// Trains without labels.
#[must_use]
pub fn learn(table: &Table, births: Births, pairs: &[Pair], options: &Options) -> Model {
    train(&count(pairs), table.len(), Terms::of(table), births, options.training)
}

/// What pairs say, in bits: those that say something.
#[must_use]
pub fn weigh(judge: &Judge<'_>, pairs: &[Pair]) -> Vec<(u32, u32, f32)> {
    let weight = |pair: &Pair| {
        let said = judge.said_of(pair.left as usize, pair.right as usize, pair.pattern);
        said.bits().map(|bits| (pair.left, pair.right, bits as f32))
    };
    pairs.iter().filter_map(weight).collect()
}
