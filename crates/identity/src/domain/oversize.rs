//! What is too large to be right, or to be weighed as a whole: somebody should look.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;
use tenure_linkage::cluster::{Alarm, Clustering, alarms};

use super::{
    decision::{Decision, Verdicts},
    edge::{Edge, bits},
    review::Why,
    web::Web,
};

/// What is too large, by its smallest record, and how many records it has.
pub(crate) type Oversize = BTreeMap<(RecordId, Why), i64>;

/// Fewer records than this have nothing that is too large.
pub(crate) fn least() -> usize {
    Clustering::default().alarm + 1
}

/// What is too large among records that were clustered.
pub(crate) fn oversize(
    records: &BTreeSet<RecordId>,
    web: &Web,
    decisions: &[Decision],
    clusters: &[BTreeSet<RecordId>],
) -> Oversize {
    if records.len() < least() {
        return Oversize::new();
    }
    let verdicts = Verdicts::new(records, decisions);
    // Browsers are many, and go with somebody; and what a steward put together was looked at.
    let counts = |record: &&RecordId| web.leader(**record).is_none() && !verdicts.speak_of(**record);
    let large = clusters.iter().filter(|cluster| cluster.iter().filter(counts).count() >= least());
    let large = large.filter_map(|cluster| Some(((*cluster.first()?, Why::Large), count(cluster.len()))));
    large.chain(tangles(records, web)).collect()
}

/// Components that are too large to be clustered as they are.
fn tangles(records: &BTreeSet<RecordId>, web: &Web) -> Vec<((RecordId, Why), i64)> {
    if records.len() <= Clustering::default().largest {
        return Vec::new();
    }
    let places: Vec<RecordId> = records.iter().copied().collect();
    let place = |record: &RecordId| places.binary_search(record).ok().and_then(|at| u32::try_from(at).ok());
    let weighed = |((left, right), edge): (&(RecordId, RecordId), &Edge)| match edge {
        Edge::Weighed(weight) if left < right => Some((place(left)?, place(right)?, bits(*weight) as f32)),
        _ => None,
    };
    let edges: Vec<(u32, u32, f32)> = web.edges.iter().filter_map(weighed).collect();
    let alone: Vec<u32> = (0..).take(places.len()).collect();
    let found = alarms(&alone, &edges, &Clustering::default()).into_iter();
    let tangle = |alarm| match alarm {
        Alarm::Tangle { first, records } => Some(((*places.get(first as usize)?, Why::Tangle), count(records))),
        Alarm::Large { .. } | Alarm::Bridge { .. } => None,
    };
    found.filter_map(tangle).collect()
}

fn count(records: usize) -> i64 {
    i64::try_from(records).unwrap_or(i64::MAX)
}
