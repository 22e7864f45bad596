//! A touchpoint was accepted: its subjects' records exist, carry the identifiers that it names, and are what
//! it says of them.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use tenure_journal::Entry;
use tenure_kernel::{
    RecordId, Timestamp, TouchpointId,
    identifier::IdentifierKind,
    record::{IdSecret, MatchingSecret},
};
use tenure_keyring::DataKeys;
use tenure_proto::{
    collector::v1::{self as pb, amendment},
    keyring::v1::Sealed,
};
use tenure_server::wire;

use crate::{
    api::convert::content::{issuer, say},
    domain::{
        content::Content,
        fact::{Fact, Part, Rank, Touchpoint},
        key::MatchKey,
    },
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

    /// Opens it: identifiers become match keys. A destroyed data key leaves the record without them.
    pub(super) fn open(self, keys: &DataKeys, secrets: Secrets<'_>) -> Result<Touchpoint, String> {
        let mut parts = BTreeMap::from([(self.primary, Part::default())]);
        let mut contents: BTreeMap<RecordId, Content> = BTreeMap::new();
        let records = self.subjects.iter().map(|(record, _)| *record).collect();
        for (record, sealed) in self.subjects.iter().filter(|_| !self.retracts) {
            if let Some((key, sealed)) = sealed
                && !keys.is_destroyed(*key)
            {
                let private = keys.open(sealed).ok_or("sealed: can't be opened")?;
                let private =
                    pb::SubjectPrivate::decode(private.as_slice()).map_err(|_| "sealed: not a SubjectPrivate")?;
                parts.entry(*record).or_default().keys.extend(match_keys(&private, &self.source, secrets.matching)?);
                say(contents.entry(*record).or_default(), &private, &self.source);
            }
        }
        contents.retain(|_, content| !content.is_empty());
        for (record, content) in &contents {
            parts.entry(*record).or_default().content = Some(secrets.ids.derive("content", &[&content.encode()]));
        }
        let rank = Rank { revision: self.revision, touchpoint: self.id };
        let fact = Fact { id: self.fact, rank, primary: self.primary, occurred_at: self.occurred_at, parts };
        Ok(Touchpoint { fact, source: self.source, records, contents })
    }
}

/// What a tenant's identifiers and contents are hashed under.
#[derive(Clone, Copy)]
pub(super) struct Secrets<'a> {
    pub(super) ids: &'a IdSecret,
    pub(super) matching: &'a MatchingSecret,
}

fn match_keys(
    private: &pb::SubjectPrivate,
    source: &str,
    secret: &MatchingSecret,
) -> Result<BTreeSet<MatchKey>, String> {
    let key = |identifier: &pb::Identifier| {
        let kind = IdentifierKind::from_number(identifier.kind).ok_or("identifiers: a kind that is not known")?;
        Ok(MatchKey::of(secret, kind, issuer(identifier, source), &identifier.value))
    };
    private.identifiers.iter().map(key).collect()
}
