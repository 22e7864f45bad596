//! A touchpoint: a fact for the record of each of its subjects.

use std::collections::BTreeMap;

use prost::Message;
use tenure_journal::Batch;
use tenure_kernel::{RecordId, Timestamp, TouchpointId};
use tenure_keyring::DataKeys;
use tenure_proto::collector::v1::{RecordedSubject, SubjectPrivate, Touchpoint, TouchpointRecorded, amendment};
use tenure_server::wire;

use super::REVISION;
use crate::{
    api::convert::{measure, subject, touchpoint},
    domain::fact::{Fact, Field, Happened, Statement},
};

/// The records of its subjects that are ours to write.
pub(super) fn owned(recorded: &TouchpointRecorded, batch: &Batch<'_>) -> impl Iterator<Item = RecordId> {
    let records = recorded.subjects.iter().filter_map(|subject| RecordId::from_slice(&subject.record_id).ok());
    records.filter(|record| batch.owns(*record))
}

/// The slot of the fact, and what it says of each record that is ours to write. The reason of a failure holds nothing personal.
pub(super) fn facts(
    (sequence, recorded): (i64, &TouchpointRecorded),
    batch: &Batch<'_>,
    keys: &DataKeys,
) -> Result<(TouchpointId, BTreeMap<RecordId, Fact>), String> {
    let id = TouchpointId::from_slice(&recorded.touchpoint_id).map_err(|_| "touchpoint_id is not an id")?;
    let slot = TouchpointId::from_slice(&recorded.fact_id).map_err(|_| "fact_id is not an id")?;
    let touchpoint = recorded.touchpoint.as_ref().ok_or("touchpoint is missing")?;
    let amendment = touchpoint.amendment.as_ref();
    let revision = amendment.map_or(0, |amendment| amendment.revision);
    let retracts = amendment.is_some_and(|amendment| amendment.kind() == amendment::Kind::Retraction);
    let recorded_at = time(recorded.receive_time.as_ref()).ok_or("receive_time is not a time")?;
    let mut facts: BTreeMap<RecordId, Fact> = BTreeMap::new();
    for (place, subject) in recorded.subjects.iter().enumerate() {
        let record = RecordId::from_slice(&subject.record_id).map_err(|_| "record_id is not an id")?;
        if !batch.owns(record) {
            continue;
        }
        // That something happened counts for the primary subject's record only, and can be forgotten there only.
        let forgotten = recorded.forgotten && place == 0;
        let sequence = if recorded.forgotten { 0 } else { sequence };
        let silent = Fact { sequence, forgotten, ..Fact::retracted(id, revision, recorded_at) };
        if retracts {
            facts.entry(record).or_insert(silent);
            continue;
        }
        let stated = stated(recorded, touchpoint, subject, (place == 0, recorded_at), keys)?;
        // The same record under two roles: the first, as the primary one, decides; both are heard.
        let fact = facts.entry(record).or_insert(silent);
        fact.happened = fact.happened.take().or(stated.0);
        match (&mut fact.statement, stated.1) {
            (Some(statement), Some(more)) => statement.fields.extend(more.fields),
            (statement, more) => *statement = statement.take().or(more),
        }
    }
    Ok((slot, facts))
}

/// What a touchpoint says of one subject's record.
fn stated(
    recorded: &TouchpointRecorded,
    touchpoint: &Touchpoint,
    subject: &RecordedSubject,
    (primary, recorded_at): (bool, Timestamp),
    keys: &DataKeys,
) -> Result<(Option<Happened>, Option<Statement>), String> {
    let at = time(touchpoint.occur_time.as_ref()).ok_or("occur_time is not a time")?;
    let effective_at = time(touchpoint.effective_time.as_ref()).unwrap_or(at);
    let aml = wire::is_aml_only(touchpoint);
    let mut fields: Vec<Field> = if primary { touchpoint::fields(touchpoint) } else { Vec::new() };
    if let Some(private) = open(subject, keys)? {
        fields.extend(subject::fields(&private, &touchpoint.source));
    }
    let statement = Statement {
        effective_at,
        planned: effective_at > at.max(recorded_at),
        recorded_at,
        source_rank: recorded.source_rank,
        source: touchpoint.source.clone(),
        method: touchpoint::method(touchpoint),
        aml,
        fields,
    };
    // No trait may be about what is for due diligence only.
    let measures = || measure::measures(touchpoint).filter(|_| !aml);
    let happened =
        (primary && !recorded.forgotten).then(|| Happened { kind: touchpoint.r#type, at, measures: measures(), aml });
    Ok((happened, Some(statement).filter(|statement| !statement.fields.is_empty())))
}

fn time(at: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
    at.and_then(wire::timestamp)
}

/// What is sealed of a subject; nothing once its key is destroyed.
fn open(subject: &RecordedSubject, keys: &DataKeys) -> Result<Option<SubjectPrivate>, String> {
    let Some(sealed) = &subject.sealed else { return Ok(None) };
    let Some(plain) = keys.open(sealed) else {
        let record = RecordId::from_slice(&subject.record_id).unwrap_or_default();
        return if keys.is_destroyed(record.0) { Ok(None) } else { Err("a sealed part can't be opened".to_owned()) };
    };
    let private = SubjectPrivate::decode(plain.as_slice());
    private.map(Some).map_err(|_| format!("a sealed part of revision {REVISION} can't be decoded"))
}
