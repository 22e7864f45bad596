//! Sealing what is personal, and writing the journal entry.

use prost::Message;
use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, Reason, RecordId, Refusal, Tenant, Timestamp, TouchpointId, record::IdSecret};
use tenure_keyring::DataKeys;
use tenure_proto::collector::v1 as pb;
use tenure_server::wire;

use super::{Item, Prepared};
use crate::domain::majority::of_age_at;

/// What an entry is made of.
pub(crate) struct Parts {
    pub(super) touchpoint_id: TouchpointId,
    pub(super) fact_id: TouchpointId,
    /// The facts, without anything personal.
    pub(super) touchpoint: pb::Touchpoint,
    /// The subjects, the primary one first.
    pub(super) subjects: Vec<Part>,
}

/// A subject and what is personal of it.
pub(super) struct Part {
    pub(super) record: RecordId,
    pub(super) role: i32,
    pub(super) private: pb::SubjectPrivate,
}

impl Parts {
    /// The records that have something to seal.
    pub(crate) fn records_to_seal(&self) -> impl Iterator<Item = RecordId> + '_ {
        self.subjects.iter().filter(|part| part.private != pb::SubjectPrivate::default()).map(|part| part.record)
    }
}

/// What items are sealed with.
pub(crate) struct Sealing<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) secret: &'a IdSecret,
    pub(crate) keys: DataKeys,
    /// The trace of the call.
    pub(crate) traceparent: &'a str,
}

impl Sealing<'_> {
    /// Seals an item: a sound one part by part into its entry, any other as a whole. `rank` is its source's.
    ///
    /// # Errors
    /// `INTERNAL` when a key is missing that should have been made.
    pub(crate) fn seal(&self, prepared: Prepared, rank: i32) -> Result<Item, Refusal> {
        let Prepared { mut item, parts } = prepared;
        match parts {
            Some(parts) => self.enter(&mut item, parts, rank)?,
            None => item.sealed = self.keys.seal(item.quarantine_id(self.secret).0, &item.raw),
        }
        Ok(item)
    }

    fn enter(&self, item: &mut Item, parts: Parts, rank: i32) -> Result<(), Refusal> {
        let mut subjects = Vec::with_capacity(parts.subjects.len());
        let mut records = Vec::with_capacity(parts.subjects.len());
        let occurred_at = parts.touchpoint.occur_time.as_ref().and_then(wire::timestamp).unwrap_or(item.received_at);
        for (place, part) in parts.subjects.into_iter().enumerate() {
            if self.keys.is_destroyed(part.record.0) {
                if place == 0 {
                    item.erased = true;
                    return Ok(());
                }
                // Nothing of an erased record is stored; the others' part in it stays.
                continue;
            }
            records.push(part.record);
            subjects.push(self.subject(part, occurred_at)?);
        }
        let payload = pb::TouchpointRecorded {
            touchpoint_id: parts.touchpoint_id.0.to_vec(),
            fact_id: parts.fact_id.0.to_vec(),
            subjects,
            touchpoint: Some(parts.touchpoint),
            receive_time: Some(wire::to_wire(item.received_at)),
            source_rank: rank,
            forgotten: false,
        };
        let id = EntryId(parts.touchpoint_id.0);
        let draft = Draft::new(id, self.tenant.clone(), Route::Records(records), &payload, item.received_at);
        item.draft = Some(Draft { traceparent: self.traceparent.to_owned(), ..draft });
        Ok(())
    }

    fn subject(&self, part: Part, occurred_at: Timestamp) -> Result<pb::RecordedSubject, Refusal> {
        let mut sealed = None;
        if part.private != pb::SubjectPrivate::default() {
            let made = self.keys.seal(part.record.0, &part.private.encode_to_vec());
            sealed = Some(made.ok_or_else(|| Refusal::new(Reason::Internal, "a data key is missing"))?);
        }
        let majority = majority(&part.private, occurred_at);
        Ok(pb::RecordedSubject { record_id: part.record.0.to_vec(), role: part.role, sealed, majority })
    }
}

/// When a subject comes of age, if it is told when they were born.
fn majority(private: &pb::SubjectPrivate, occurred_at: Timestamp) -> Option<pb::Majority> {
    let of_age_at = of_age_at(&private.attributes.as_ref()?.birth_date)?;
    Some(pb::Majority { of_age_time: (of_age_at > occurred_at).then(|| wire::to_wire(of_age_at)) })
}
