//! Facts and summaries as bytes. What is personal is sealed under the record's data key; once that is destroyed, it is
//! left out.

use prost::Message;
use tenure_kernel::{RecordId, Timestamp, TouchpointId};
use tenure_keyring::DataKeys;
use tenure_proto::{keyring::v1::Sealed, profile::v1 as pb};
use tenure_store::StoreError;

use crate::{
    domain::{
        count::Count,
        fact::{Fact, Happened, Method, Statement},
        measure::{Amount, Measures},
        path,
        register::Entry,
        summary::{Counted, Key, Summary},
    },
    kept_field::{decode_field, encode_enriched, encode_field},
};

pub(super) fn encode_fact(record: RecordId, slot: TouchpointId, fact: &Fact, keys: &DataKeys) -> Vec<u8> {
    let happened = fact.happened.as_ref();
    let amended = fact.touchpoint != slot;
    let slot = pb::FactSlot {
        touchpoint_id: if amended { fact.touchpoint.0.to_vec() } else { Vec::new() },
        revision: fact.revision,
        counted: happened.is_some(),
        r#type: happened.map_or(0, |happened| happened.kind),
        occurred_at: happened.map_or(0, |happened| happened.at.0),
        measures: happened.and_then(|happened| happened.measures.as_ref()).map(encode_measures),
        statement: fact.statement.as_ref().map(|statement| encode_statement(record, statement, keys)),
        recorded_at: fact.recorded_at.0,
        aml: happened.is_some_and(|happened| happened.aml),
        sequence: fact.sequence,
        forgotten: fact.forgotten,
    };
    slot.encode_to_vec()
}

fn encode_measures(measures: &Measures) -> pb::Measures {
    let amount = measures.amount.as_ref();
    pb::Measures {
        channel: measures.channel,
        product_codes: measures.products.clone(),
        line_code: measures.line.clone(),
        currency_code: amount.map(|amount| amount.currency.clone()).unwrap_or_default(),
        minor_units: amount.map_or(0, |amount| amount.minor_units),
        handle_seconds: measures.handled.unwrap_or_default(),
        wait_seconds: measures.waited.unwrap_or_default(),
    }
}

fn decode_measures(kept: pb::Measures) -> Measures {
    let seconds = |seconds| Some(seconds).filter(|seconds| *seconds != 0);
    Measures {
        channel: kept.channel,
        products: kept.product_codes,
        line: kept.line_code,
        amount: (!kept.currency_code.is_empty())
            .then_some(Amount { currency: kept.currency_code, minor_units: kept.minor_units }),
        handled: seconds(kept.handle_seconds),
        waited: seconds(kept.wait_seconds),
    }
}

fn encode_statement(record: RecordId, statement: &Statement, keys: &DataKeys) -> pb::Statement {
    let of = |private: bool| {
        let fields = statement.fields.iter().filter(move |field| path::is_private(&field.path) == private);
        fields.map(encode_field).collect()
    };
    let private = pb::PrivateFields { fields: of(true) };
    pb::Statement {
        effective_at: statement.effective_at.0,
        planned: statement.planned,
        source_rank: statement.source_rank,
        source: statement.source.clone(),
        fields: of(false),
        sealed: seal(record, &private, keys),
        aml: statement.aml,
        method: encode_method(statement.method),
    }
}

fn encode_method(method: Method) -> i32 {
    match method {
        Method::System => 0,
        Method::Entered => 1,
        Method::Declared => 2,
    }
}

fn decode_method(kept: i32) -> Method {
    match kept {
        1 => Method::Entered,
        2 => Method::Declared,
        _ => Method::System,
    }
}

/// Nothing when there is nothing to seal, or the key is destroyed.
fn seal<M: Message>(record: RecordId, private: &M, keys: &DataKeys) -> Option<Sealed> {
    if private.encoded_len() == 0 { None } else { keys.seal(record.0, &private.encode_to_vec()) }
}

fn open<M: Message + Default>(sealed: Option<&Sealed>, keys: &DataKeys) -> Option<M> {
    M::decode(keys.open(sealed?)?.as_slice()).ok()
}

pub(super) fn decode_fact(slot: TouchpointId, bytes: &[u8], keys: &DataKeys) -> Result<Fact, StoreError> {
    let broken = || StoreError::Row("fact_slot.slot".to_owned());
    let kept = pb::FactSlot::decode(bytes).map_err(|_| broken())?;
    let touchpoint = match kept.touchpoint_id.as_slice() {
        [] => slot,
        amended => TouchpointId::from_slice(amended).map_err(|_| broken())?,
    };
    let (kind, at, aml) = (kept.r#type, Timestamp(kept.occurred_at), kept.aml);
    let measures = kept.measures.map(decode_measures);
    let happened = kept.counted.then_some(Happened { kind, at, measures, aml });
    let recorded_at = Timestamp(kept.recorded_at);
    let statement = kept.statement.map(|statement| decode_statement(statement, recorded_at, keys));
    let (sequence, forgotten) = (kept.sequence, kept.forgotten);
    Ok(Fact { touchpoint, revision: kept.revision, recorded_at, happened, statement, sequence, forgotten })
}

fn decode_statement(kept: pb::Statement, recorded_at: Timestamp, keys: &DataKeys) -> Statement {
    let private: pb::PrivateFields = open(kept.sealed.as_ref(), keys).unwrap_or_default();
    let fields = kept.fields.into_iter().chain(private.fields);
    Statement {
        effective_at: Timestamp(kept.effective_at),
        planned: kept.planned,
        recorded_at,
        source_rank: kept.source_rank,
        source: kept.source,
        method: decode_method(kept.method),
        aml: kept.aml,
        fields: fields.map(decode_field).collect(),
    }
}

pub(super) fn encode_summary(record: RecordId, summary: &Summary, keys: &DataKeys) -> Vec<u8> {
    let of = |private: bool| {
        let entries = summary.entries().filter(move |(key, ..)| path::is_private(&key.path) == private);
        entries.map(|(key, entry, planned)| encode_entry(key, entry, planned)).collect()
    };
    let private = pb::PrivateEntries { entries: of(true) };
    let counts = summary.counts.iter().map(|(what, count)| pb::TypeCount {
        r#type: what.kind,
        aml: what.aml,
        count: count.count,
        first_at: count.first.0,
        last_at: count.last.0,
    });
    let kept = pb::RecordSummary { entries: of(false), sealed: seal(record, &private, keys), counts: counts.collect() };
    kept.encode_to_vec()
}

fn encode_entry(key: &Key, entry: &Entry, planned: bool) -> pb::RegisterEntry {
    pb::RegisterEntry {
        path: key.path.clone(),
        value: entry.value.clone(),
        effective_at: entry.effective_at.0,
        planned,
        recorded_at: entry.recorded_at.0,
        source_rank: entry.source_rank,
        source: entry.source.clone(),
        touchpoint_id: entry.touchpoint.0.to_vec(),
        aml: key.aml,
        method: encode_method(entry.method),
        text_version: entry.text_version.clone(),
        expires_at: entry.expires_at.map(|at| at.0),
        enriched: entry.enriched.as_deref().map(encode_enriched),
    }
}

/// A summary as it is stored, its sealed part still closed.
#[derive(Default)]
pub(crate) struct Kept(pb::RecordSummary);

impl Kept {
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let kept = pb::RecordSummary::decode(bytes);
        kept.map(Self).map_err(|_| StoreError::Row("record_summary.summary".to_owned()))
    }

    /// Whether a data key is needed to read it whole.
    pub(crate) fn is_sealed(&self) -> bool {
        self.0.sealed.is_some()
    }

    /// The summary, and whether all of it could be opened.
    pub(crate) fn open(self, keys: &DataKeys) -> Result<(Summary, bool), StoreError> {
        let private: Option<pb::PrivateEntries> = open(self.0.sealed.as_ref(), keys);
        let whole = private.is_some() || self.0.sealed.is_none();
        let mut summary = Summary::default();
        for entry in self.0.entries.into_iter().chain(private.unwrap_or_default().entries) {
            add(&mut summary, entry)?;
        }
        for count in self.0.counts {
            let (first, last) = (Timestamp(count.first_at), Timestamp(count.last_at));
            summary
                .add_count(Counted { kind: count.r#type, aml: count.aml }, Count { count: count.count, first, last });
        }
        Ok((summary, whole))
    }
}

fn add(summary: &mut Summary, kept: pb::RegisterEntry) -> Result<(), StoreError> {
    let touchpoint = TouchpointId::from_slice(&kept.touchpoint_id);
    let touchpoint = touchpoint.map_err(|_| StoreError::Row("record_summary.summary".to_owned()))?;
    let statement = Statement {
        effective_at: Timestamp(kept.effective_at),
        planned: kept.planned,
        recorded_at: Timestamp(kept.recorded_at),
        source_rank: kept.source_rank,
        source: kept.source,
        method: decode_method(kept.method),
        aml: kept.aml,
        fields: Vec::new(),
    };
    let pb::RegisterEntry { path, value, text_version, expires_at, enriched, .. } = kept;
    let field = decode_field(pb::FieldValue { path, value, text_version, expires_at, enriched });
    summary.add_field(touchpoint, &statement, &field);
    Ok(())
}
