//! A touchpoint was accepted: its subjects' records exist, and carry the identifiers that it names.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use tenure_journal::Entry;
use tenure_kernel::{RecordId, Timestamp, TouchpointId, identifier::IdentifierKind, record::MatchingSecret};
use tenure_keyring::DataKeys;
use tenure_proto::{
    collector::v1::{self as pb, amendment},
    keyring::v1::Sealed,
};
use tenure_server::wire;

use crate::domain::{
    fact::{Fact, Rank, Touchpoint},
    key::MatchKey,
};

/// The revision of the payload that this reads.
const REVISION: i32 = 1;

/// A touchpoint whose identifiers are still sealed.
pub(super) struct Recorded {
    /// Its entry's place in the journal.
    pub(super) sequence: i64,
    /// The W3C traceparent of the call behind it; empty if there is none.
    pub(super) traceparent: String,
    id: TouchpointId,
    fact: TouchpointId,
    revision: i64,
    retracts: bool,
    source: String,
    occurred_at: Timestamp,
    primary: RecordId,
    subjects: Vec<Subject>,
}

/// A record, and what is sealed of it under which data key.
type Subject = (RecordId, Option<([u8; 16], Sealed)>);

/// Reads an entry. The reason, if it can't be read, holds nothing of its content.
pub(super) fn read(entry: &Entry) -> Result<Recorded, String> {
    let recorded: pb::TouchpointRecorded = entry.decode(REVISION).map_err(|unreadable| unreadable.to_string())?;
    let touchpoint = recorded.touchpoint.ok_or("touchpoint: missing")?;
    let occurred_at = touchpoint.occur_time.as_ref().and_then(wire::timestamp).ok_or("occur_time: not a time")?;
    let id = |bytes: &[u8]| TouchpointId::from_slice(bytes).map_err(|_| "touchpoint_id or fact_id: not 16 bytes");
    let subjects: Vec<_> = recorded.subjects.into_iter().map(subject).collect::<Result<_, _>>()?;
    let (primary, _) = *subjects.first().ok_or("subjects: none")?;
    let amendment = touchpoint.amendment.as_ref();
    Ok(Recorded {
        sequence: entry.sequence,
        traceparent: entry.traceparent.clone(),
        id: id(&recorded.touchpoint_id)?,
        fact: id(&recorded.fact_id)?,
        revision: amendment.map_or(0, |amendment| i64::from(amendment.revision)),
        retracts: amendment.is_some_and(|amendment| amendment.kind() == amendment::Kind::Retraction),
        source: touchpoint.source,
        occurred_at,
        primary,
        subjects,
    })
}

fn subject(subject: pb::RecordedSubject) -> Result<Subject, &'static str> {
    let record = RecordId::from_slice(&subject.record_id).map_err(|_| "record_id: not 16 bytes")?;
    let sealed = subject.sealed.map(|sealed| match sealed.key_id.as_slice().try_into() {
        Ok(key) => Ok((key, sealed)),
        Err(_) => Err("key_id: not 16 bytes"),
    });
    Ok((record, sealed.transpose()?))
}

impl Recorded {
    /// The record that keeps the fact.
    pub(super) fn primary(&self) -> RecordId {
        self.primary
    }

    /// The data keys that are needed to open it.
    pub(super) fn key_ids(&self) -> impl Iterator<Item = [u8; 16]> {
        self.subjects.iter().filter_map(|(_, sealed)| sealed.as_ref().map(|(key, _)| *key))
    }

    /// Opens it: identifiers become match keys, and are forgotten. A destroyed data key leaves the record without them.
    pub(super) fn open(self, keys: &DataKeys, secret: &MatchingSecret) -> Result<Touchpoint, String> {
        let mut carried: BTreeMap<RecordId, BTreeSet<MatchKey>> = BTreeMap::from([(self.primary, BTreeSet::new())]);
        let records = self.subjects.iter().map(|(record, _)| *record).collect();
        for (record, sealed) in self.subjects.iter().filter(|_| !self.retracts) {
            if let Some((key, sealed)) = sealed
                && !keys.is_destroyed(*key)
            {
                let private = keys.open(sealed).ok_or("sealed: can't be opened")?;
                let more = match_keys(&private, &self.source, secret)?;
                carried.entry(*record).or_default().extend(more);
            }
        }
        let rank = Rank { revision: self.revision, touchpoint: self.id };
        let fact = Fact { id: self.fact, rank, primary: self.primary, keys: carried };
        Ok(Touchpoint { fact, source: self.source, occurred_at: self.occurred_at, records })
    }
}

fn match_keys(private: &[u8], source: &str, secret: &MatchingSecret) -> Result<BTreeSet<MatchKey>, String> {
    let private = pb::SubjectPrivate::decode(private).map_err(|_| "sealed: not a SubjectPrivate")?;
    let key = |identifier: &pb::Identifier| {
        let kind = IdentifierKind::from_number(identifier.kind).ok_or("identifiers: a kind that is not known")?;
        let issuer = if identifier.issuer.is_empty() { source } else { &identifier.issuer };
        Ok(MatchKey::of(secret, kind, issuer, &identifier.value))
    };
    private.identifiers.iter().map(key).collect()
}
