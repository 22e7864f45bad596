//! The ids that a touchpoint gets.

use tenure_kernel::{RecordId, TouchpointId, record::IdSecret};

use crate::domain::{
    is_source, record,
    subject::{Known, is_primary},
    touchpoint::Candidate,
};

/// The ids of a touchpoint, as far as they can be told.
pub(super) struct Ids {
    pub(super) touchpoint: Option<TouchpointId>,
    pub(super) target: Option<TouchpointId>,
    /// Of each subject that was checked, in order.
    pub(super) records: Vec<Option<RecordId>>,
    primary: Option<usize>,
}

impl Ids {
    pub(super) fn of(candidate: &Candidate<'_>, has_id: bool, known: &[Known], secret: &IdSecret) -> Self {
        let source = candidate.source;
        let target = candidate.amendment.map(|amendment| amendment.target_event_id).filter(|id| !id.is_empty());
        let event = has_id.then(|| target.unwrap_or(candidate.event_id));
        let record = |(subject, known)| {
            let key = record::key(subject, known, event).filter(|_| is_source(source))?;
            Some(secret.record(source, key.kind, &key.value))
        };
        Self {
            touchpoint: has_id.then(|| secret.touchpoint(source, candidate.event_id)),
            target: target.filter(|_| has_id).map(|target| secret.touchpoint(source, target)),
            records: candidate.subjects.iter().zip(known).map(record).collect(),
            primary: candidate.subjects.iter().position(|subject| is_primary(subject.role)),
        }
    }

    /// The digest of who it is about: the primary subject's record, and the set of the others'.
    pub(super) fn subjects(&self, secret: &IdSecret) -> [u8; 16] {
        let primary = self.primary();
        let mut others: Vec<_> = self.records.iter().flatten().filter(|record| Some(**record) != primary).collect();
        others.sort_unstable();
        others.dedup();
        let parts: Vec<&[u8]> = primary.iter().chain(others).map(|record| record.0.as_slice()).collect();
        secret.derive("subjects", &parts)
    }

    /// The primary subject's record.
    pub(super) fn primary(&self) -> Option<RecordId> {
        self.primary.and_then(|place| self.records.get(place).copied().flatten())
    }
}
