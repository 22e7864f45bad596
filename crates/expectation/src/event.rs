//! What expectation writes to its journal.

use prost::{Message, Name};
use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, RecordId, Tenant, Timestamp};
use tenure_proto::expectation::v1 as pb;
use tenure_server::wire;

use crate::{
    api::convert::{matter, promise},
    domain::{
        complaint::ComplaintId,
        promise::{Expected, hashed},
        standing::{Standing, State},
        timer::{Timer, TimerKind},
    },
    store::{overdue_signal::Signal, record_hold::Told},
};

/// By when the promise of a signal was due.
pub(crate) fn due(signal: &pb::OverdueSignal) -> Timestamp {
    signal.due_time.as_ref().and_then(wire::timestamp).unwrap_or_default()
}

/// The signal of a promise that is overdue, in its next revision.
pub(crate) fn signal(record: RecordId, standing: &Standing, before: Option<&Signal>) -> Option<pb::OverdueSignal> {
    let promise = &standing.promise;
    let Expected::By(due) = promise.expected else { return None };
    Some(pb::OverdueSignal {
        promise_id: promise.id.0.to_vec(),
        record_id: record.0.to_vec(),
        due_time: Some(wire::to_wire(due)),
        matter: Some(matter::message(&promise.matter)),
        attribute_code: promise.attribute.clone(),
        revision: before.map_or(0, |before| before.content.revision) + 1,
    })
}

/// That a promise is overdue.
pub(crate) fn overdue(tenant: &Tenant, signal: &pb::OverdueSignal, now: Timestamp) -> Draft {
    of_signal(tenant, signal, &pb::PromiseOverdue { signal: Some(signal.clone()) }, now)
}

/// That it no longer is: it was kept in time after all, or was settled late. Without a standing there is no such promise.
pub(crate) fn no_longer(
    tenant: &Tenant,
    signal: &pb::OverdueSignal,
    standing: Option<&Standing>,
    now: Timestamp,
) -> Draft {
    let state = standing.map_or(pb::PromiseState::Unspecified, |standing| promise::state(standing.state)).into();
    let settled = standing.filter(|one| matches!(one.state, State::KeptLate | State::Broken | State::Waived));
    let signal_of = Some(signal.clone());
    match settled {
        Some(standing) => {
            let settle_time = standing.settled_at.map(wire::to_wire);
            let settled = pb::PromiseOverdueSettled { signal: signal_of, state, settle_time };
            of_signal(tenant, signal, &settled, now)
        }
        None => of_signal(tenant, signal, &pb::PromiseOverdueRetracted { signal: signal_of, state }, now),
    }
}

/// The entry of a signal: its id follows from the promise, its due time and the revision.
fn of_signal<M: Message + Name>(tenant: &Tenant, signal: &pb::OverdueSignal, payload: &M, now: Timestamp) -> Draft {
    let promise = signal.promise_id.as_slice().try_into().unwrap_or_default();
    let first = Timer::id_of(crate::domain::promise::PromiseId(promise), due(signal), TimerKind::Overdue);
    let id = if signal.revision == 1 { first } else { hashed("signal", &[&first, &signal.revision.to_be_bytes()]) };
    Draft::new(EntryId(id), tenant.clone(), of_record(&signal.record_id), payload, now)
}

/// The partition of a record.
fn of_record(record: &[u8]) -> Route {
    RecordId::from_slice(record).map_or(Route::All, |record| Route::Records(vec![record]))
}

/// That a complaint changed. Its id follows from all that is said.
pub(crate) fn complaint_changed(
    tenant: &Tenant,
    id: ComplaintId,
    record: RecordId,
    complaint: &pb::Complaint,
    now: Timestamp,
) -> Draft {
    let changed = pb::ComplaintChanged { complaint: Some(complaint.clone()) };
    let entry = hashed("complaint-changed", &[&id.0, &changed.encode_to_vec()]);
    Draft::new(EntryId(entry), tenant.clone(), Route::Records(vec![record]), &changed, now)
}

/// That what waits for somebody changed.
pub(crate) fn work_items_changed(
    id: EntryId,
    tenant: &Tenant,
    changes: &[pb::WorkItemChange],
    now: Timestamp,
) -> Draft {
    let changed = pb::WorkItemsChanged { changes: changes.to_vec() };
    Draft::new(id, tenant.clone(), Route::All, &changed, now)
}

/// Whether a record is held for complaints. Its id follows from the record and the revision.
pub(crate) fn record_held(tenant: &Tenant, record: RecordId, told: Told, now: Timestamp) -> Draft {
    let held = pb::ComplaintRecordHeld {
        record_id: record.0.to_vec(),
        revision: told.revision,
        held: told.held,
        expire_time: told.expires_at.map(wire::to_wire),
        state_time: Some(wire::to_wire(now)),
    };
    let id = EntryId(hashed("record-held", &[&record.0, &told.revision.to_be_bytes()]));
    Draft::new(id, tenant.clone(), Route::Records(vec![record]), &held, now)
}

/// That what was held of erased records is gone.
pub(crate) fn records_erased(tenant: &Tenant, records: Vec<RecordId>, now: Timestamp) -> Draft {
    let ids: Vec<&[u8]> = records.iter().map(|record| record.0.as_slice()).collect();
    let id = EntryId(hashed("erased", &ids));
    let record_ids = records.iter().map(|record| record.0.to_vec()).collect();
    Draft::new(id, tenant.clone(), Route::Records(records), &pb::ExpectationRecordsErased { record_ids }, now)
}

/// An entry about something that is kept under a record.
pub(crate) fn of_record_entry<M: Message + Name>(
    id: EntryId,
    tenant: &Tenant,
    record: RecordId,
    payload: &M,
    now: Timestamp,
) -> Draft {
    Draft::new(id, tenant.clone(), Route::Records(vec![record]), payload, now)
}
