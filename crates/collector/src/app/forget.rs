//! Forgets what had its time: the entries that told of it are rewritten, and every follower is told.

use std::collections::{BTreeMap, BTreeSet};

use prost::{Message, Name};
use tenure_journal::{Draft, Route, entries_at, rewrite};
use tenure_kernel::{EntryId, RecordId, Tenant, Timestamp, TouchpointId};
use tenure_keyring::{DataKeys, Keyring};
use tenure_proto::{collector::v1 as pb, journal::v1::JournalEntry};
use tenure_store::{StoreError, Tx};

/// A fact that is to be forgotten.
#[derive(Debug)]
pub(crate) struct ToForget {
    /// Of its primary subject.
    pub(crate) record: RecordId,
    pub(crate) fact: TouchpointId,
    /// Where the journal tells of it.
    pub(crate) sequences: Vec<i64>,
}

/// What a retention run decided, for a range of partitions.
#[derive(Debug)]
pub(crate) struct Decided {
    /// Of the entry that tells of it.
    pub(crate) id: EntryId,
    /// The run; empty: an amendment came for what was forgotten before.
    pub(crate) run: Vec<u8>,
    pub(crate) facts: Vec<ToForget>,
}

/// Rewrites the entries of facts, in a transaction of the journal's; answers what tells every follower.
pub(crate) async fn forget(
    tx: &Tx,
    keyring: &Keyring,
    tenant: &Tenant,
    decided: Decided,
    now: Timestamp,
) -> Result<Draft, StoreError> {
    let told = told(tx, tenant, &decided.facts).await?;
    let subjects = told.iter().flat_map(|(_, recorded)| &recorded.subjects);
    let ids: BTreeSet<[u8; 16]> = subjects.filter_map(|one| one.record_id.as_slice().try_into().ok()).collect();
    let keys = keyring.data_keys(tenant, ids, false).await?;
    let rewritten = told.into_iter().map(|(entry, recorded)| {
        let payload = without(recorded, &keys).encode_to_vec().into();
        JournalEntry { payload, ..entry }
    });
    rewrite(tx, rewritten.collect()).await?;
    Ok(draft(tenant, decided, now))
}

/// The entries that tell of facts and were not rewritten before.
async fn told(
    tx: &Tx,
    tenant: &Tenant,
    facts: &[ToForget],
) -> Result<Vec<(JournalEntry, pb::TouchpointRecorded)>, StoreError> {
    let of: BTreeMap<i64, TouchpointId> =
        facts.iter().flat_map(|one| one.sequences.iter().map(|sequence| (*sequence, one.fact))).collect();
    let mut told = Vec::with_capacity(of.len());
    for entry in entries_at(tx, tenant, &of.keys().copied().collect::<Vec<_>>()).await? {
        if entry.type_name != pb::TouchpointRecorded::full_name() {
            continue;
        }
        let recorded = pb::TouchpointRecorded::decode(entry.payload.clone());
        let recorded = recorded.map_err(|_| StoreError::Row("journal_entry.payload".to_owned()))?;
        // A position means something only in the journal that it was read from.
        if !recorded.forgotten && of.get(&entry.sequence).is_some_and(|fact| fact.0 == *recorded.fact_id) {
            told.push((entry, recorded));
        }
    }
    Ok(told)
}

/// What is left of a touchpoint: what was told of its subjects, and how good that is.
fn without(recorded: pb::TouchpointRecorded, keys: &DataKeys) -> pb::TouchpointRecorded {
    let touchpoint = recorded.touchpoint.map(|there| pb::Touchpoint {
        source: there.source,
        occur_time: there.occur_time,
        effective_time: there.effective_time,
        channel: there.channel,
        amendment: there.amendment.map(|one| pb::Amendment { target_event_id: String::new(), ..one }),
        aml_only: there.aml_only,
        ..pb::Touchpoint::default()
    });
    let subjects = recorded.subjects.into_iter().map(|subject| unsaid(subject, keys)).collect();
    pb::TouchpointRecorded { touchpoint, subjects, forgotten: true, ..recorded }
}

/// A subject without note and document. What can't be opened stays as it is: it is gone, or it is not for us to lose.
fn unsaid(subject: pb::RecordedSubject, keys: &DataKeys) -> pb::RecordedSubject {
    let resealed = subject.sealed.as_ref().and_then(|sealed| {
        let private = pb::SubjectPrivate::decode(keys.open(sealed)?.as_slice()).ok()?;
        let private = pb::SubjectPrivate { note: String::new(), custom_json: String::new(), ..private };
        keys.seal(sealed.key_id.as_slice().try_into().ok()?, &private.encode_to_vec())
    });
    pb::RecordedSubject { sealed: resealed.or(subject.sealed), ..subject }
}

fn draft(tenant: &Tenant, decided: Decided, now: Timestamp) -> Draft {
    let records: BTreeSet<RecordId> = decided.facts.iter().map(|one| one.record).collect();
    let fact = |one: ToForget| pb::ForgottenFact {
        record_id: one.record.0.to_vec(),
        fact_id: one.fact.0.to_vec(),
        sequences: one.sequences,
    };
    let payload = pb::FactsForgotten { run_id: decided.run, facts: decided.facts.into_iter().map(fact).collect() };
    Draft::new(decided.id, tenant.clone(), Route::Records(records.into_iter().collect()), &payload, now)
}
