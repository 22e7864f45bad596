//! What happened and had its time.

use tenure_journal::{Batch, Entry, Unfit};
use tenure_kernel::{RecordId, TouchpointId};
use tenure_proto::collector::v1::FactsForgotten;

/// The revision that forgetting has: it wins over every amendment, whichever comes first.
pub const FORGOTTEN: i32 = i32::MAX;

/// The touchpoint that stands for it, of two of that revision.
pub const FORGETTING: TouchpointId = TouchpointId([u8::MAX; 16]);

/// A fact of a record of the range's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgotten {
    /// Its primary subject's record.
    pub record: RecordId,
    /// The fact.
    pub fact: TouchpointId,
    /// The entries that were rewritten.
    pub sequences: Vec<i64>,
}

/// The facts of a `FactsForgotten` that belong to the range.
///
/// # Errors
/// When the entry can't be read.
pub fn forgotten(entry: &Entry, batch: &Batch<'_>) -> Result<Vec<Forgotten>, Unfit> {
    let event: FactsForgotten = entry.decode(1)?;
    let mut facts = Vec::with_capacity(event.facts.len());
    for one in event.facts {
        let record = RecordId::from_slice(&one.record_id).map_err(|_| Unfit::Field("a record id is not 16 bytes"))?;
        let fact = TouchpointId::from_slice(&one.fact_id).map_err(|_| Unfit::Field("a fact id is not 16 bytes"))?;
        if batch.owns(record) {
            facts.push(Forgotten { record, fact, sequences: one.sequences });
        }
    }
    Ok(facts)
}
