//! A whole set of records at once: candidates, training, weights, clusters.

use crate::{
    blocking::{Blocks, Key, default_keys},
    cluster::{Alarm, Clustering, Decisions, Verdicts, alarms, cluster},
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

/// Links a set of records by decisions of any kind, and tells what is being done.
pub fn dedupe_telling(
    records: &Records,
    model: Option<&Model>,
    decisions: &impl Verdicts,
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
        let across = |pair: &Pair| records.file(pair.left as usize) != records.file(pair.right as usize);
        pairs.iter_mut().for_each(|some| some.retain(across));
    }
    let candidates = pairs.iter().map(Vec::len).sum();
    tell(Stage::Training(candidates));
    let model = model.map_or_else(|| learn(table, births, &pairs, options), Model::clone);
    let scorer = Scorer::new(model);
    let judge = if options.across { Judge::across(records, &scorer) } else { Judge::new(&scorer, table) };
    tell(Stage::Weighing(candidates));
    let edges = weigh(&judge, pairs);
    tell(Stage::Clustering(edges.len()));
    let clusters = cluster(table.len(), &edges, decisions, &options.clustering, &judge);
    let alarms = alarms(&clusters, &edges, &options.clustering);
    Linked { clusters, edges, candidates, blocks, model: scorer.model().clone(), alarms }
}

/// Pairs below this weight, in bits, are not kept.
pub const FLOOR: f32 = -10.0;

/// A pair that was looked at.
#[derive(Debug, Clone, Copy)]
struct Pair {
    left: u32,
    right: u32,
    pattern: Pattern,
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

/// How many records are compared with theirs at a time.
const SLICE: usize = 2_048;

/// Every candidate pair, compared. Records of one block come one after the other, while their rows are still at hand: to fetch rows
/// from memory in the order of the records would take longer than to compare them. The order is the same with any number of threads.
fn candidates(table: &Table, births: &Births, blocks: &Blocks, threads: usize) -> Vec<Vec<Pair>> {
    let order = blocks.neighbours();
    let slices: Vec<&[u32]> = order.chunks(SLICE).collect();
    let mut found: Vec<Vec<Pair>> = slices.iter().map(|_| Vec::new()).collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let slots: Vec<std::sync::Mutex<&mut Vec<Pair>>> = found.iter_mut().map(std::sync::Mutex::new).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                let (mut others, mut pairs) = (Vec::new(), Vec::new());
                loop {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let (Some(slice), Some(slot)) = (slices.get(at), slots.get(at)) else { return };
                    pairs.clear();
                    for &left in *slice {
                        blocks.candidates(left, &mut others);
                        pairs.extend(others.iter().map(|&right| Pair {
                            left,
                            right,
                            pattern: table.compare(left as usize, right as usize, births),
                        }));
                    }
                    let Ok(mut slot) = slot.lock() else { return };
                    **slot = pairs.clone();
                }
            });
        }
    });
    drop(slots);
    found
}

/// How many pairs have each pattern, sorted by pattern.
fn count(pairs: &[Vec<Pair>]) -> Vec<(Pattern, u64)> {
    let mut counts: HashMap<Pattern, u64> = HashMap::new();
    pairs.iter().flatten().for_each(|pair| *counts.entry(pair.pattern).or_default() += 1);
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable();
    counts
}

/// Trains without labels.
fn learn(table: &Table, births: Births, pairs: &[Vec<Pair>], options: &Options) -> Model {
    train(&count(pairs), table.len(), Terms::of(table), births, options.training)
}

/// What pairs say, in bits, in the order of the records: those that are not below the floor.
fn weigh(judge: &Judge<'_>, pairs: Vec<Vec<Pair>>) -> Vec<(u32, u32, f32)> {
    let weight = |pair: Pair| {
        let bits = judge.bits_from(FLOOR.into(), pair.left as usize, pair.right as usize, pair.pattern)?;
        Some((pair.left, pair.right, bits as f32))
    };
    let mut edges: Vec<_> = pairs.into_iter().flatten().filter_map(weight).collect();
    edges.sort_unstable_by_key(|(left, right, _)| (*left, *right));
    edges
}
