//! Clusters that somebody should look at.

use super::{Clustering, components::components};

/// What is odd about a cluster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Alarm {
    /// It has more records than a person should.
    Large {
        /// The cluster.
        cluster: u32,
        /// Its records.
        records: usize,
    },
    /// So many records hang together, one by another, that they were parted at stronger pairs.
    Tangle {
        /// The first of them.
        first: u32,
        /// How many.
        records: usize,
    },
    /// Two parts of two records or more hang together by one pair only.
    Bridge {
        /// The cluster.
        cluster: u32,
        /// The pair.
        left: u32,
        /// The pair.
        right: u32,
    },
}

/// Alarms for tangles, then for clusters that are too large and for bridges, in the order of clusters. `edges` are pairs
/// with weights; those that hold a component together count.
#[must_use]
pub fn alarms(clusters: &[u32], edges: &[(u32, u32, f32)], clustering: &Clustering) -> Vec<Alarm> {
    let (strong, large) = (clustering.edge, clustering.alarm);
    let mut members: Vec<(u32, u32)> = clusters.iter().enumerate().map(|(record, of)| (*of, record as u32)).collect();
    members.sort_unstable();
    let mut inside: Vec<(u32, u32, u32)> = edges
        .iter()
        .filter(|edge| f64::from(edge.2) >= strong && clusters[edge.0 as usize] == clusters[edge.1 as usize])
        .map(|edge| (clusters[edge.0 as usize], edge.0, edge.1))
        .collect();
    inside.sort_unstable();
    let mut found = tangles(clusters.len(), edges, clustering);
    let mut edges_from = 0;
    for group in members.chunk_by(|left, right| left.0 == right.0) {
        let cluster = group[0].0;
        if group.len() > large {
            found.push(Alarm::Large { cluster, records: group.len() });
        }
        edges_from += inside[edges_from..].partition_point(|edge| edge.0 < cluster);
        let edges_to = edges_from + inside[edges_from..].partition_point(|edge| edge.0 == cluster);
        if group.len() >= 4 {
            let places: Vec<u32> = group.iter().map(|(_, record)| *record).collect();
            let of_cluster: Vec<(u32, u32)> =
                inside[edges_from..edges_to].iter().map(|edge| (edge.1, edge.2)).collect();
            let bridges = bridges(&places, &of_cluster).into_iter();
            found.extend(bridges.map(|(left, right)| Alarm::Bridge { cluster, left, right }));
        }
        edges_from = edges_to;
    }
    found
}

/// Components that are too large to be clustered as they are.
fn tangles(count: usize, edges: &[(u32, u32, f32)], clustering: &Clustering) -> Vec<Alarm> {
    let strong = edges.iter().filter(|edge| f64::from(edge.2) >= clustering.edge);
    let mut of_record = components(count, strong.map(|edge| (edge.0, edge.1)));
    of_record.sort_unstable();
    let large = of_record.chunk_by(|left, right| left == right).filter(|group| group.len() > clustering.largest);
    large.map(|group| Alarm::Tangle { first: group[0], records: group.len() }).collect()
}

/// Edges whose loss parts the records into two groups of two or more.
fn bridges(records: &[u32], edges: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let place = |record: u32| records.binary_search(&record).unwrap_or(0);
    let mut neighbours = vec![Vec::new(); records.len()];
    for (left, right) in edges {
        neighbours[place(*left)].push(place(*right));
        neighbours[place(*right)].push(place(*left));
    }
    let (mut entered, mut lowest, mut below) =
        (vec![0_usize; records.len()], vec![0; records.len()], vec![1; records.len()]);
    let mut found = Vec::new();
    let mut clock = 0;
    for root in 0..records.len() {
        if entered[root] > 0 {
            continue;
        }
        let start = found.len();
        let mut path = vec![(root, usize::MAX, 0_usize)];
        while let Some((at, from, next)) = path.last_mut() {
            let (at, from) = (*at, *from);
            if *next == 0 {
                clock += 1;
                entered[at] = clock;
                lowest[at] = clock;
            }
            if let Some(&to) = neighbours[at].get(*next) {
                *next += 1;
                if entered[to] == 0 {
                    path.push((to, at, 0));
                } else if to != from {
                    lowest[at] = lowest[at].min(entered[to]);
                }
            } else {
                path.pop();
                if from != usize::MAX {
                    lowest[from] = lowest[from].min(lowest[at]);
                    below[from] += below[at];
                    if lowest[at] > entered[from] {
                        found.push((from, at, below[at]));
                    }
                }
            }
        }
        let size = below[root];
        let both = |below: usize| below >= 2 && size - below >= 2;
        let kept: Vec<_> = found.drain(start..).filter(|(_, _, below)| both(*below)).collect();
        found.extend(kept);
    }
    let mut pairs: Vec<(u32, u32)> = found
        .into_iter()
        .map(|(from, to, _)| (records[from].min(records[to]), records[from].max(records[to])))
        .collect();
    pairs.sort_unstable();
    pairs
}
