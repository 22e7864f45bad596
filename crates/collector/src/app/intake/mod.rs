//! The hot path between the wire and the journal: a touchpoint is looked at once, gets its ids, and is parted into facts
//! and what is sealed.

mod detail;
mod ids;
mod seal;
mod view;

use prost::Message;
use tenure_journal::Draft;
use tenure_kernel::{QuarantineId, RecordId, Timestamp, TouchpointId, Violation, record::IdSecret};
use tenure_proto::{collector::v1 as pb, keyring::v1::Sealed};

use crate::domain::{
    is_source,
    schema::Schemas,
    subject::{Known, is_primary},
    touchpoint::{self, Checked},
};
use ids::Ids;
pub(crate) use seal::{Parts, Sealing};

/// What a touchpoint is looked at with.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) secret: &'a IdSecret,
    pub(crate) schemas: &'a Schemas,
    pub(crate) now: Timestamp,
}

/// An item on its way in.
#[derive(Debug)]
pub(crate) struct Item {
    /// The type's number.
    pub(crate) kind: i32,
    /// The source; empty when it is not one: it may then be anything, also personal.
    pub(crate) source: String,
    /// Its id, if it has one.
    pub(crate) touchpoint: Option<TouchpointId>,
    /// What it amends.
    pub(crate) target: Option<TouchpointId>,
    /// The primary subject's record, if it can be told.
    pub(crate) record: Option<RecordId>,
    /// The records of all subjects, as far as they can be told.
    pub(crate) records: Vec<RecordId>,
    /// The digest of who it is about.
    pub(crate) subjects: [u8; 16],
    /// The digest of its body.
    pub(crate) body: [u8; 16],
    /// All of it, encoded.
    pub(crate) raw: Vec<u8>,
    /// When it came in.
    pub(crate) received_at: Timestamp,
    /// Everything that is wrong with it.
    pub(crate) violations: Vec<Violation>,
    /// Its journal entry, if nothing is wrong.
    pub(crate) draft: Option<Draft>,
    /// All of it sealed under its quarantine id, if something is wrong.
    pub(crate) sealed: Option<Sealed>,
    /// Whether its record's key was destroyed, so that nothing of it may be stored.
    pub(crate) erased: bool,
}

impl Item {
    /// Whether nothing is wrong with it; it then has ids.
    pub(crate) fn is_sound(&self) -> bool {
        self.violations.is_empty() && self.touchpoint.is_some() && self.record.is_some()
    }

    /// Its id in quarantine. Without a touchpoint id the body stands in for one.
    pub(crate) fn quarantine_id(&self, secret: &IdSecret) -> QuarantineId {
        quarantine_id(self.touchpoint, self.body, secret)
    }
}

/// The id in quarantine of what has an id, or none, and a body.
pub(crate) fn quarantine_id(touchpoint: Option<TouchpointId>, body: [u8; 16], secret: &IdSecret) -> QuarantineId {
    secret.quarantine(touchpoint.unwrap_or(TouchpointId(body)), body)
}

/// The digest of a touchpoint's body.
pub(crate) fn body(touchpoint: &pb::Touchpoint, secret: &IdSecret) -> [u8; 16] {
    encode(&mut touchpoint.clone(), secret).1
}

/// An item that was looked at, before anything is sealed.
pub(crate) struct Prepared {
    pub(crate) item: Item,
    /// What its entry is made of, if nothing is wrong.
    pub(crate) parts: Option<Parts>,
}

/// Looks at a touchpoint.
pub(crate) fn prepare(mut touchpoint: pb::Touchpoint, context: Context<'_>) -> Prepared {
    let (raw, body) = encode(&mut touchpoint, context.secret);
    let candidate = view::candidate(&touchpoint, raw.len());
    let Checked { violations, has_id, subjects } = touchpoint::check(&candidate, context.now, context.schemas);
    let ids = Ids::of(&candidate, has_id, &subjects, context.secret);
    let source = if is_source(&touchpoint.source) { touchpoint.source.clone() } else { String::new() };
    let item = Item {
        kind: touchpoint.r#type,
        source,
        touchpoint: ids.touchpoint,
        target: ids.target,
        record: ids.primary(),
        subjects: ids.subjects(context.secret),
        records: ids.records.iter().copied().flatten().collect(),
        body,
        raw,
        received_at: context.now,
        violations,
        draft: None,
        sealed: None,
        erased: false,
    };
    let sound = item.is_sound();
    Prepared { item, parts: sound.then(|| part(touchpoint, subjects, &ids, context)).flatten() }
}

/// The id of a touchpoint and the records of its subjects, as far as they can be told.
pub(crate) fn identify(
    touchpoint: &pb::Touchpoint,
    secret: &IdSecret,
) -> (Option<TouchpointId>, Vec<Option<RecordId>>) {
    let candidate = view::candidate(touchpoint, 0);
    let Checked { has_id, subjects, .. } = touchpoint::check(&candidate, Timestamp::MAX, &Schemas::default());
    let ids = Ids::of(&candidate, has_id, &subjects, secret);
    (ids.touchpoint, ids.records)
}

/// All of a touchpoint, and the digest of its body: of all but the time of sending, which differs from try to try.
fn encode(touchpoint: &mut pb::Touchpoint, secret: &IdSecret) -> (Vec<u8>, [u8; 16]) {
    let send_time = touchpoint.send_time.take();
    let mut raw = touchpoint.encode_to_vec();
    let body = secret.body(&raw);
    if send_time.is_some() {
        // Fields may stand in any order: what was left out goes behind.
        let rest = pb::Touchpoint { send_time, ..pb::Touchpoint::default() };
        rest.encode_raw(&mut raw);
        touchpoint.send_time = rest.send_time;
    }
    (raw, body)
}

/// Parts a sound touchpoint into its facts and, for each subject, what is personal. `None` when it has no ids, which a sound
/// touchpoint has.
fn part(touchpoint: pb::Touchpoint, known: Vec<Known>, ids: &Ids, context: Context<'_>) -> Option<Parts> {
    let mut touchpoint = touchpoint;
    let subjects = std::mem::take(&mut touchpoint.subjects);
    let note = std::mem::take(&mut touchpoint.note);
    let custom_json = take_custom(&mut touchpoint, context.schemas);
    let mut parts = Vec::with_capacity(subjects.len());
    for ((subject, known), record) in subjects.into_iter().zip(known).zip(&ids.records) {
        parts.push(seal::Part { record: (*record)?, role: subject.role, private: private(subject, known) });
    }
    let primary = parts.iter().position(|part| is_primary(part.role))?;
    parts.swap(0, primary);
    parts[0].private.note = note;
    parts[0].private.custom_json = custom_json;
    let touchpoint_id = ids.touchpoint?;
    Some(Parts { touchpoint_id, fact_id: ids.target.unwrap_or(touchpoint_id), touchpoint, subjects: parts })
}

/// Takes the document out of a custom detail, and notes the revision that it was checked against.
fn take_custom(touchpoint: &mut pb::Touchpoint, schemas: &Schemas) -> String {
    let Some(pb::touchpoint::Detail::Custom(custom)) = &mut touchpoint.detail else { return String::new() };
    if let Some(revision) = schemas.revision(&custom.schema_name, custom.schema_revision) {
        custom.schema_revision = revision;
    }
    std::mem::take(&mut custom.json)
}

fn private(subject: pb::Subject, known: Known) -> pb::SubjectPrivate {
    let identifier = |identifier: crate::domain::subject::Identifier| pb::Identifier {
        kind: identifier.kind.number(),
        value: identifier.value,
        issuer: identifier.issuer,
    };
    pb::SubjectPrivate {
        key: subject.key,
        identifiers: known.identifiers.into_iter().map(identifier).collect(),
        attributes: subject.attributes.filter(|attributes| *attributes != pb::SubjectAttributes::default()),
        ..pb::SubjectPrivate::default()
    }
}
