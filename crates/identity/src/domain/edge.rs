//! What holds two records together.

use std::collections::BTreeMap;

use tenure_kernel::RecordId;
use tenure_linkage::{Said, cluster::Clustering, model::PARTS};

/// What a record has to do with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    /// They are compared, with a weight in 1/1024 bit.
    Weighed(i64),
    /// It says nothing of itself and goes where the other is.
    Follows,
    /// The other goes where it is.
    Leads,
}

impl Edge {
    /// What a pair is kept as; `None` when it is too light to matter to anybody.
    pub(crate) fn of(said: Said) -> Option<Self> {
        let bits = said.bits()?;
        (bits >= Clustering::default().review).then_some(Self::Weighed(fixed(bits)))
    }

    /// The same from the other record.
    pub(crate) fn turned(self) -> Self {
        match self {
            Self::Weighed(weight) => Self::Weighed(weight),
            Self::Follows => Self::Leads,
            Self::Leads => Self::Follows,
        }
    }

    /// Whether it holds a component together.
    pub(crate) fn holds(self) -> bool {
        match self {
            Self::Weighed(weight) => weight >= least(),
            Self::Follows | Self::Leads => true,
        }
    }
}

/// The edges of records, both ways.
pub(crate) type Edges = BTreeMap<(RecordId, RecordId), Edge>;

/// The least weight that holds a component together.
pub(crate) fn least() -> i64 {
    fixed(Clustering::default().edge)
}

/// Bits as they are counted: they are whole parts already.
fn fixed(bits: f64) -> i64 {
    (bits * PARTS).round() as i64
}

/// A weight in bits.
pub(crate) fn bits(weight: i64) -> f64 {
    weight as f64 / PARTS
}
