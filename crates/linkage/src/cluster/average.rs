//! Average linkage inside components: a chain of good pairs does not make one person of two.

use super::{Evidence, SCARCE, Verdicts, components::components, stated::Stated};
use crate::{judge::Said, model::exact};
use serde::{Deserialize, Serialize};

/// How pairs become clusters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Clustering {
    /// Pairs of at least this weight hold a component together, in bits.
    pub edge: f64,
    /// Two clusters are one while the mean weight between them is above this, in bits. 0 is as likely as not.
    pub merge: f64,
    /// Weights are cut to this above and below zero, so that no pair outvotes all others.
    pub most: f64,
    /// Components of more records are parted at higher weights until they are no larger.
    pub largest: usize,
    /// How many dates of birth and national numbers a cluster may have, typos among them.
    pub scarce: [usize; SCARCE],
    /// A pair of at least this weight in two clusters is worth a steward's look.
    pub review: f64,
    /// A cluster of more records than this raises an alarm.
    pub alarm: usize,
}

impl Default for Clustering {
    fn default() -> Self {
        Self { edge: -0.5, merge: -0.5, most: 10.0, largest: 300, scarce: [8, 6], review: -4.0, alarm: 15 }
    }
}

/// The cluster of each of `count` records, named by its smallest record. `edges` are pairs with their weights; any other
/// pair of one component is weighed when it is needed.
///
/// What decisions hold together comes first, and is not parted. Then records hang together as the evidence says, save where a
/// decision parted them. At last whole clusters are put together that a decision merges: that moves nobody else.
pub fn cluster(
    count: usize,
    edges: &[(u32, u32, f32)],
    verdicts: &impl Verdicts,
    clustering: &Clustering,
    evidence: &impl Evidence,
) -> Vec<u32> {
    let mut stated = Stated::new(count, verdicts);
    verdicts.held().iter().for_each(|(left, right)| stated.unite(*left, *right));
    let held = stated.sets();
    let weighed = weighed(edges, (verdicts, &held), clustering, evidence);
    (0..).zip(weighed).for_each(|(record, home)| stated.join(record, home));
    verdicts.merged().iter().for_each(|(left, right)| stated.unite(*left, *right));
    stated.sets()
}

/// The clusters by evidence, of records of which `held` says with which they are held together.
fn weighed<V: Verdicts, E: Evidence>(
    edges: &[(u32, u32, f32)],
    (verdicts, held): (&V, &[u32]),
    clustering: &Clustering,
    evidence: &E,
) -> Vec<u32> {
    let own = 0..held.len() as u32;
    let same: Vec<(u32, u32)> = own
        .clone()
        .zip(held)
        .filter(|(record, first)| record != *first)
        .map(|(record, first)| (*first, record))
        .collect();
    let mut work = Work { clustering, evidence, verdicts, held, same, clusters: own.collect() };
    let strong = edges.iter().filter(|edge| f64::from(edge.2) >= clustering.edge).map(|edge| (edge.0, edge.1));
    let component = components(held.len(), strong.chain(work.same.iter().copied()));
    let mut order: Vec<(u32, u32)> = component.iter().enumerate().map(|(at, of)| (*of, at as u32)).collect();
    order.sort_unstable();
    let mut holding: Vec<(u32, u32, u32, f32)> = edges
        .iter()
        .filter(|edge| f64::from(edge.2) >= clustering.edge)
        .map(|edge| (component[edge.0 as usize], edge.0, edge.1, edge.2))
        .collect();
    holding.sort_unstable_by_key(|edge| (edge.0, edge.1, edge.2));
    let mut from = 0;
    for group in order.chunk_by(|left, right| left.0 == right.0).filter(|group| group.len() > 1) {
        from += holding[from..].partition_point(|edge| edge.0 < group[0].0);
        let to = from + holding[from..].partition_point(|edge| edge.0 == group[0].0);
        let records: Vec<u32> = group.iter().map(|(_, record)| *record).collect();
        let inside: Vec<(u32, u32, f32)> = holding[from..to].iter().map(|edge| (edge.1, edge.2, edge.3)).collect();
        work.part(&records, &inside, clustering.edge);
        from = to;
    }
    work.clusters
}

struct Work<'a, V, E> {
    clustering: &'a Clustering,
    evidence: &'a E,
    verdicts: &'a V,
    /// With which each record is held together: the first of them.
    held: &'a [u32],
    /// The same as pairs.
    same: Vec<(u32, u32)>,
    clusters: Vec<u32>,
}

/// How much stronger pairs must be for each round of parting a component that is too large.
const ROUND: f64 = 2.0;
/// No weight is above this.
const STRONGEST: f64 = 80.0;

impl<V: Verdicts, E: Evidence> Work<'_, V, E> {
    /// Clusters a component; one that is too large in parts that stronger pairs hold together.
    fn part(&mut self, group: &[u32], edges: &[(u32, u32, f32)], edge: f64) {
        if group.len() <= self.clustering.largest || edge > STRONGEST {
            return self.average(group);
        }
        let edge = edge + ROUND;
        let place = |record: u32| group.binary_search(&record).ok().map(|at| at as u32);
        let inside = |pair: &(u32, u32)| Some((place(pair.0)?, place(pair.1)?));
        let strong = edges.iter().filter(|one| f64::from(one.2) >= edge).filter_map(|one| inside(&(one.0, one.1)));
        let component = components(group.len(), strong.chain(self.same.iter().filter_map(inside)));
        let mut order: Vec<(u32, u32)> = component.iter().enumerate().map(|(at, of)| (*of, group[at])).collect();
        order.sort_unstable();
        for part in order.chunk_by(|left, right| left.0 == right.0).filter(|part| part.len() > 1) {
            let records: Vec<u32> = part.iter().map(|(_, record)| *record).collect();
            let among = |record: u32| records.binary_search(&record).is_ok();
            let kept: Vec<_> = edges.iter().filter(|one| among(one.0) && among(one.1)).copied().collect();
            self.part(&records, &kept, edge);
        }
    }

    /// Whether two records may never be in one cluster.
    fn parts(&self, left: u32, right: u32) -> bool {
        let spoken = || self.verdicts.speaks_of(left) && self.verdicts.speaks_of(right);
        let held = self.held[left as usize] == self.held[right as usize];
        !held && (self.evidence.veto(left, right) || spoken() && self.verdicts.parted(left, right))
    }

    fn average(&mut self, group: &[u32]) {
        let mut group = group.to_vec();
        group.sort_by_cached_key(|record| (self.evidence.tie(*record), *record));
        let mut places: Vec<(u32, usize)> = group.iter().enumerate().map(|(at, record)| (*record, at)).collect();
        places.sort_unstable();
        let place = |record: &u32| places.binary_search_by_key(record, |(one, _)| *one).ok().map(|at| places[at].1);
        let mut linkage = Linkage::new(&group, self);
        for (left, right) in &self.same {
            if let (Some(left), Some(right)) = (place(left), place(right)) {
                linkage.hold(left, right);
            }
        }
        while let Some((left, right)) = linkage.best() {
            linkage.join(left, right);
        }
        let mut first: Vec<u32> = group.clone();
        for (at, record) in group.iter().enumerate() {
            let home = linkage.home[at];
            first[home] = first[home].min(*record);
        }
        for (at, record) in group.iter().enumerate() {
            self.clusters[*record as usize] = first[linkage.home[at]];
        }
    }
}

/// A component on its way: clusters are named by the place of their first record, in an order of what records say.
struct Linkage {
    merge: f64,
    limits: [usize; SCARCE],
    count: usize,
    /// The sum of weights between two clusters; minus infinity where they may not be one.
    sums: Vec<f64>,
    /// What is to be added where one of both names nobody; empty if nothing is.
    attached: Vec<f64>,
    /// Whether a record of the cluster names somebody.
    names: Vec<bool>,
    sizes: Vec<f64>,
    scarce: Vec<[Vec<u64>; SCARCE]>,
    alive: Vec<usize>,
    home: Vec<usize>,
    /// For each cluster the best of those behind it, with the mean weight; none if nothing is worth it.
    best: Vec<Option<(f64, usize)>>,
}

impl Linkage {
    fn new<V: Verdicts, E: Evidence>(group: &[u32], work: &Work<'_, V, E>) -> Self {
        let count = group.len();
        let merge = exact(work.clustering.merge);
        let most = exact(work.clustering.most);
        let own =
            |record: &u32| work.evidence.scarce(*record).map(|value| if value == 0 { vec![] } else { vec![value] });
        let mut linkage = Self {
            merge,
            limits: work.clustering.scarce,
            count,
            sums: vec![0.0; count * count],
            attached: Vec::new(),
            names: group.iter().map(|record| work.evidence.names(*record)).collect(),
            sizes: vec![1.0; count],
            scarce: group.iter().map(own).collect(),
            alive: (0..count).collect(),
            home: (0..count).collect(),
            best: vec![None; count],
        };
        for left in 0..count {
            for right in left + 1..count {
                let pair = (group[left].min(group[right]), group[left].max(group[right]));
                let (weight, attached) = if work.parts(pair.0, pair.1) {
                    (f64::NEG_INFINITY, 0.0)
                } else {
                    match work.evidence.said(pair.0, pair.1) {
                        Said::Weight(weight) => (exact(weight.clamp(-most, most)), 0.0),
                        // Exactly what neither joins nor parts.
                        Said::Nothing => (merge, 0.0),
                        Said::Attach(weight) => (merge, exact(weight.clamp(-most, most)) - merge),
                    }
                };
                linkage.set(left, right, weight, attached);
            }
        }
        (0..count).for_each(|at| linkage.best[at] = linkage.best_of(at));
        linkage
    }

    fn set(&mut self, left: usize, right: usize, weight: f64, attached: f64) {
        self.sums[left * self.count + right] = weight;
        self.sums[right * self.count + left] = weight;
        if attached != 0.0 && self.attached.is_empty() {
            self.attached = vec![0.0; self.count * self.count];
        }
        if !self.attached.is_empty() {
            self.attached[left * self.count + right] = attached;
            self.attached[right * self.count + left] = attached;
        }
    }

    fn mean(&self, left: usize, right: usize) -> f64 {
        let at = left * self.count + right;
        let attached = match self.names[left] && self.names[right] {
            true => 0.0,
            false => self.attached.get(at).copied().unwrap_or(0.0),
        };
        (self.sums[at] + attached) / (self.sizes[left] * self.sizes[right])
    }

    fn best_of(&self, left: usize) -> Option<(f64, usize)> {
        let mut best: Option<(f64, usize)> = None;
        for &right in self.alive.iter().filter(|right| **right > left) {
            let mean = self.mean(left, right);
            if mean > self.merge && best.is_none_or(|(before, _)| mean > before) && self.few_enough(left, right) {
                best = Some((mean, right));
            }
        }
        best
    }

    /// Whether both together have no more of anything than a person has.
    fn few_enough(&self, left: usize, right: usize) -> bool {
        (0..SCARCE).all(|kind| {
            let more = self.scarce[right][kind].iter().filter(|value| !self.scarce[left][kind].contains(value)).count();
            more == 0 || self.scarce[left][kind].len() + more <= self.limits[kind]
        })
    }

    /// The pair of clusters with the highest mean weight; of equals the first in the order of what they say.
    fn best(&self) -> Option<(usize, usize)> {
        let mut best: Option<(f64, usize, usize)> = None;
        for &left in &self.alive {
            if let Some((mean, right)) = self.best[left]
                && best.is_none_or(|(before, ..)| mean > before)
            {
                best = Some((mean, left, right));
            }
        }
        best.map(|(_, left, right)| (left, right))
    }

    /// Joins the clusters of two records that are held together.
    fn hold(&mut self, left: usize, right: usize) {
        let (left, right) = (self.home[left].min(self.home[right]), self.home[left].max(self.home[right]));
        if left != right {
            self.join(left, right);
        }
    }

    fn join(&mut self, left: usize, right: usize) {
        for at in 0..self.alive.len() {
            let other = self.alive[at];
            let of = |sums: &[f64]| match (sums.get(left * self.count + other), sums.get(right * self.count + other)) {
                (Some(one), Some(two)) => one + two,
                _ => 0.0,
            };
            let (sum, attached) = (of(&self.sums), of(&self.attached));
            self.set(left, other, sum, attached);
        }
        self.names[left] |= self.names[right];
        self.sizes[left] += self.sizes[right];
        let gone = std::mem::take(&mut self.scarce[right]);
        for (kind, values) in gone.into_iter().enumerate() {
            for value in values {
                if !self.scarce[left][kind].contains(&value) {
                    self.scarce[left][kind].push(value);
                }
            }
        }
        self.alive.retain(|one| *one != right);
        self.home.iter_mut().filter(|home| **home == right).for_each(|home| *home = left);
        let stale: Vec<usize> = self
            .alive
            .iter()
            .copied()
            .filter(|&one| one <= left || self.best[one].is_some_and(|(_, to)| to == left || to == right))
            .collect();
        for one in stale {
            self.best[one] = self.best_of(one);
        }
    }
}
