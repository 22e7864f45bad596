//! Journal entries of the two services that are followed.

use tenure_journal::{Draft, Journal, Route};
use tenure_kernel::{EntryId, IdSource, PersonId, RandomIds, RecordId, Tenant, Timestamp};
use tenure_proto::{
    collector::v1::{FactsForgotten, ForgottenFact, RecordsErased, TouchpointRecorded},
    expectation::v1::ComplaintRecordHeld,
    identity::v1::{MembershipsChanged, Move, Redirect},
    profile::v1::{ForgettingDecided, forgetting_decided},
};
use tenure_server::wire;

use crate::suite::NOW;

/// A record, the version of its membership, and whose it is.
pub(crate) type Moved = (RecordId, i64, Option<PersonId>);
/// A person's id, the version of its redirect, and where it leads.
pub(crate) type Redirected = (PersonId, i64, Option<PersonId>);

fn entry_id() -> EntryId {
    EntryId(RandomIds::default().next())
}

pub(crate) fn collector_draft(tenant: &Tenant, touchpoint: &TouchpointRecorded) -> Draft {
    let records = touchpoint.subjects.iter().map(|one| RecordId::from_slice(&one.record_id).expect("an id")).collect();
    Draft::new(entry_id(), tenant.clone(), Route::Records(records), touchpoint, NOW)
}

pub(crate) fn erased_draft(tenant: &Tenant, records: &[RecordId]) -> Draft {
    let payload = RecordsErased { record_ids: records.iter().map(|record| record.0.to_vec()).collect() };
    Draft::new(entry_id(), tenant.clone(), Route::Records(records.to_vec()), &payload, NOW)
}

pub(crate) fn identity_draft(tenant: &Tenant, moves: &[Moved], redirects: &[Redirected]) -> Draft {
    let bytes = |person: &Option<PersonId>| person.map(|person| person.0.to_vec()).unwrap_or_default();
    let payload = MembershipsChanged {
        moves: moves
            .iter()
            .map(|(record, version, to)| Move {
                record_id: record.0.to_vec(),
                from_person_id: Vec::new(),
                to_person_id: bytes(to),
                version: *version,
            })
            .collect(),
        redirects: redirects
            .iter()
            .map(|(from, version, to)| Redirect {
                from_person_id: from.0.to_vec(),
                to_person_id: bytes(to),
                version: *version,
            })
            .collect(),
        ..Default::default()
    };
    let records = moves.iter().map(|(record, ..)| *record).collect();
    Draft::new(entry_id(), tenant.clone(), Route::Records(records), &payload, NOW)
}

/// That a record is held for complaints, or no longer is.
pub(crate) fn held_draft(tenant: &Tenant, record: RecordId, revision: i32, until: Option<Option<Timestamp>>) -> Draft {
    let payload = ComplaintRecordHeld {
        record_id: record.0.to_vec(),
        revision,
        held: until.is_some(),
        expire_time: until.flatten().map(wire::to_wire),
        state_time: Some(wire::to_wire(NOW)),
    };
    Draft::new(entry_id(), tenant.clone(), Route::Records(vec![record]), &payload, NOW)
}

/// That facts of a decision of profile's are forgotten, as the collector tells.
pub(crate) fn forgotten_draft(tenant: &Tenant, decided: ForgettingDecided) -> Draft {
    let records = decided.facts.iter().map(|one| RecordId::from_slice(&one.record_id).expect("an id")).collect();
    let fact = |one: forgetting_decided::Fact| ForgottenFact {
        record_id: one.record_id,
        fact_id: one.fact_id,
        sequences: one.sequences,
    };
    let facts = decided.facts.into_iter().map(fact).collect();
    let payload = FactsForgotten { run_id: decided.run_id, facts };
    Draft::new(entry_id(), tenant.clone(), Route::Records(records), &payload, NOW)
}

/// Appends; answers the last entry's token.
pub(crate) async fn append(journal: &Journal, drafts: Vec<Draft>) -> String {
    let tx = journal.store().begin().await.expect("a transaction");
    let sequence = journal.commit(tx, drafts).await.expect("appended");
    journal.token(sequence)
}
