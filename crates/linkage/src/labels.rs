//! Pairs that somebody judged, and pairs that are worth judging.

use crate::intern::{hash, mix};
use crate::records::Records;

/// A pair that somebody judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// A record, by its place.
    pub left: u32,
    /// Another.
    pub right: u32,
    /// Whether both are one person.
    pub is_match: bool,
}

/// Bands of weight in bits, and the share of the pairs to judge that comes from each: most where the model is in doubt.
const BANDS: [(f32, f32, f64); 6] =
    [(-10.0, -5.0, 0.1), (-5.0, -2.0, 0.25), (-2.0, 0.0, 0.2), (0.0, 2.0, 0.2), (2.0, 5.0, 0.15), (5.0, 90.0, 0.1)];

/// Chooses `count` pairs to judge among weighed pairs. Another `seed` chooses others; the order of records chooses nothing.
#[must_use]
pub fn choose(records: &Records, edges: &[(u32, u32, f32)], count: usize, seed: u64) -> Vec<(u32, u32, f32)> {
    let draw = |edge: &(u32, u32, f32)| {
        let ids = mix(hash(records.id(edge.0 as usize).as_bytes()), hash(records.id(edge.1 as usize).as_bytes()));
        mix(ids, seed)
    };
    let mut chosen = Vec::new();
    let mut rest = Vec::new();
    for (from, to, share) in BANDS {
        let mut band: Vec<(u64, (u32, u32, f32))> =
            edges.iter().filter(|edge| (from..to).contains(&edge.2)).map(|edge| (draw(edge), *edge)).collect();
        band.sort_unstable_by_key(|(drawn, edge)| (*drawn, edge.0, edge.1));
        let wanted = (share * count as f64).round() as usize;
        rest.extend(band.split_off(wanted.min(band.len())));
        chosen.extend(band);
    }
    // A band with too few leaves its part to all others.
    rest.sort_unstable_by_key(|(drawn, edge)| (*drawn, edge.0, edge.1));
    chosen.extend(rest);
    chosen.truncate(count);
    chosen.sort_unstable_by_key(|(_, edge)| (edge.0, edge.1));
    chosen.into_iter().map(|(_, edge)| edge).collect()
}
