//! What profile writes to its journal of providers' answers: `FactsEnriched`, to and from the domain.

use prost::Message;
use ring::digest::{SHA256, digest};
use tenure_journal::{Draft, Route, Unfit};
use tenure_kernel::{EntryId, RecordId, Tenant, Timestamp, TouchpointId};
use tenure_keyring::DataKeys;
use tenure_proto::profile::v1 as pb;
use tenure_server::wire;

use crate::{
    domain::fact::{Fact, Field, Method, Statement},
    kept_field::{decode_field, encode_field},
};

/// What sources of providers' facts begin with.
const SOURCE: &str = "enrichment:";

/// What came of asking a provider about a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) provider: String,
    /// Of two answers of a provider on a record the one of the higher revision counts.
    pub(crate) revision: i32,
    pub(crate) fields: Vec<Field>,
}

/// The entry of answers on a record; `None` if its key is destroyed.
pub(crate) fn draft(
    tenant: &Tenant,
    (id, record): ([u8; 16], RecordId),
    answers: &[Answer],
    keys: &DataKeys,
    now: Timestamp,
) -> Option<Draft> {
    let answer = |answer: &Answer| pb::EnrichmentAnswer {
        provider_id: answer.provider.clone(),
        revision: answer.revision,
        fields: answer.fields.iter().map(encode_field).collect(),
    };
    let said = pb::EnrichmentAnswers { answers: answers.iter().map(answer).collect() };
    let payload = pb::FactsEnriched {
        enrichment_id: id.to_vec(),
        record_id: record.0.to_vec(),
        sealed: Some(keys.seal(record.0, &said.encode_to_vec())?),
        enrich_time: Some(wire::to_wire(now)),
    };
    Some(Draft::new(EntryId(id), tenant.clone(), Route::Records(vec![record]), &payload, now))
}

/// The record of an entry.
pub(crate) fn record(event: &pb::FactsEnriched) -> Result<RecordId, Unfit> {
    RecordId::from_slice(&event.record_id).map_err(|_| Unfit::Field("record_id is not 16 bytes"))
}

/// The facts of an entry, each with its slot; none once the record's key is destroyed.
pub(crate) fn facts(event: &pb::FactsEnriched, keys: &DataKeys) -> Result<Vec<(TouchpointId, Fact)>, Unfit> {
    let id =
        TouchpointId::from_slice(&event.enrichment_id).map_err(|_| Unfit::Field("enrichment_id is not 16 bytes"))?;
    let at = event.enrich_time.as_ref().and_then(wire::timestamp).ok_or(Unfit::Field("enrich_time is not a time"))?;
    let record = record(event)?;
    let Some(plain) = event.sealed.as_ref().and_then(|sealed| keys.open(sealed)) else {
        let gone = keys.is_destroyed(record.0);
        return if gone { Ok(Vec::new()) } else { Err(Unfit::Field("a sealed part can't be opened")) };
    };
    let said =
        pb::EnrichmentAnswers::decode(plain.as_slice()).map_err(|_| Unfit::Field("the answers can't be read"))?;
    Ok(said.answers.into_iter().map(|answer| (slot(&answer.provider_id), fact(id, answer, at))).collect())
}

/// The slot of a provider's answers in a record.
fn slot(provider: &str) -> TouchpointId {
    let mut short = [0; 16];
    short.copy_from_slice(&digest(&SHA256, format!("{SOURCE}{provider}").as_bytes()).as_ref()[..16]);
    TouchpointId(short)
}

fn fact(id: TouchpointId, answer: pb::EnrichmentAnswer, at: Timestamp) -> Fact {
    let statement = Statement {
        effective_at: at,
        planned: false,
        recorded_at: at,
        // So that whoever answers next knows it.
        source_rank: answer.revision,
        source: format!("{SOURCE}{}", answer.provider_id),
        method: Method::System,
        aml: false,
        fields: answer.fields.into_iter().map(decode_field).collect(),
    };
    let revision = answer.revision;
    Fact {
        touchpoint: id,
        revision,
        recorded_at: at,
        happened: None,
        statement: Some(statement),
        sequence: 0,
        forgotten: false,
    }
}
