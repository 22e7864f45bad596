//! What links the records of a neighbourhood.

use std::collections::BTreeMap;

use tenure_kernel::RecordId;

use super::{
    edge::{Edge, Edges},
    portrait::Portrait,
};

/// Edges and the portraits of those that have any.
#[derive(Debug, Clone, Default)]
pub(crate) struct Web {
    /// The edges that hold, both ways.
    pub(crate) edges: Edges,
    /// Portraits.
    pub(crate) portraits: BTreeMap<RecordId, Portrait>,
}

impl Web {
    /// The records that go where another is, with that one.
    pub(crate) fn follows(&self) -> impl Iterator<Item = (RecordId, RecordId)> {
        let follows = self.edges.iter().filter(|(_, edge)| **edge == Edge::Follows);
        follows.map(|((record, leader), _)| (*record, *leader))
    }

    /// Whom a record goes with.
    pub(crate) fn leader(&self, record: RecordId) -> Option<RecordId> {
        let from = (record, RecordId([0; 16]));
        let mut own = self.edges.range(from..=(record, RecordId([255; 16])));
        own.find(|(_, edge)| **edge == Edge::Follows).map(|((_, leader), _)| *leader)
    }
}
