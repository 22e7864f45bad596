//! Complaints as they were last seen, for the work queue, and to tell what has changed since. Derived by refolding.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use tenure_kernel::{PersonId, RecordId, Tenant, Timestamp};
use tenure_proto::expectation::v1::{Complaint, ComplaintState};
use tenure_server::wire;
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx, Value};

use crate::domain::complaint::ComplaintId;

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("complaint_id", Kind::Bytes),
    ("record_id", Kind::Bytes),
    ("person_id", Kind::Bytes),
    ("next_due_at", Kind::Int),
    ("state", Kind::Int),
    ("breached", Kind::Bool),
    ("payload", Kind::Bytes),
];

/// Where a complaint stands in the queue: by what is due of it first.
pub(crate) type Place = (i64, ComplaintId);

/// Of one that has ended.
const ENDED: i64 = i64::MAX;
/// Of one that is open without a clock to meet.
const NO_TARGET: i64 = i64::MAX - 1;

/// Which complaints are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) person: Option<PersonId>,
    pub(crate) include_ended: bool,
    /// Numbers of `ComplaintState`; none: any.
    pub(crate) states: BTreeSet<i32>,
    pub(crate) breached_only: bool,
}

/// Complaints that came in with records.
pub(crate) async fn of_records(
    query: &impl Query,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<ComplaintId, (RecordId, Complaint)>, StoreError> {
    let sql = "SELECT complaint_id, record_id, payload FROM complaint_state WHERE tenant = ? AND record_id {keys}";
    let rows = query.by_keys(sql, vec![tenant.as_str().into()], super::keys(records)).await?;
    rows.iter().map(|row| Ok((ComplaintId(row.id(0)?), (RecordId(row.id(1)?), read(row, 2)?)))).collect()
}

/// Writes complaints as they are now.
pub(crate) async fn save(
    tx: &Tx,
    tenant: &Tenant,
    complaints: &BTreeMap<ComplaintId, (RecordId, PersonId, Complaint)>,
) -> Result<(), StoreError> {
    let mut insert = Insert::new("complaint_state", COLUMNS).on_conflict(
        "(tenant, complaint_id) DO UPDATE SET record_id = excluded.record_id, person_id = excluded.person_id,
         next_due_at = excluded.next_due_at, state = excluded.state, breached = excluded.breached,
         payload = excluded.payload",
    );
    for (id, (record, person, complaint)) in complaints {
        insert.row([
            tenant.as_str().into(),
            id.0.to_vec().into(),
            record.0.to_vec().into(),
            person.0.to_vec().into(),
            next_due(complaint).into(),
            i64::from(complaint.state).into(),
            complaint.clocks.iter().any(|clock| clock.breach_time.is_some()).into(),
            complaint.encode_to_vec().into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

fn next_due(complaint: &Complaint) -> i64 {
    if complaint.end_time.is_some() || complaint.state() == ComplaintState::Merged {
        return ENDED;
    }
    let target = complaint.next_due_time.as_ref().and_then(wire::timestamp);
    target.map_or(NO_TARGET, |Timestamp(at)| at)
}

/// The place of a complaint in the queue.
pub(crate) fn place(id: ComplaintId, complaint: &Complaint) -> Place {
    (next_due(complaint), id)
}

/// Drops complaints that are none any more.
pub(crate) async fn remove(tx: &Tx, tenant: &Tenant, gone: &BTreeSet<ComplaintId>) -> Result<(), StoreError> {
    let sql = "DELETE FROM complaint_state WHERE tenant = ? AND complaint_id {keys}";
    let keys = gone.iter().map(|id| id.0.to_vec()).collect();
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], keys).await.map(|_| ())
}

/// Drops what is held of erased records.
pub(crate) async fn drop(tx: &Tx, tenant: &Tenant, records: &[RecordId]) -> Result<(), StoreError> {
    let sql = "DELETE FROM complaint_state WHERE tenant = ? AND record_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], super::keys(records)).await.map(|_| ())
}

/// Whoever has an open complaint.
pub(crate) async fn open_persons(tx: &Tx, tenant: &Tenant) -> Result<BTreeSet<PersonId>, StoreError> {
    let sql = "SELECT DISTINCT person_id FROM complaint_state WHERE tenant = ? AND next_due_at < ? /* whole */";
    let rows = tx.all(sql, vec![tenant.as_str().into(), ENDED.into()]).await?;
    rows.iter().map(|row| Ok(PersonId(row.id(0)?))).collect()
}

/// Complaints from a place on, in the order of the queue.
pub(crate) async fn after(
    query: &impl Query,
    tenant: &Tenant,
    filter: &Filter,
    (after, most): (Place, i64),
) -> Result<Vec<(ComplaintId, Complaint)>, StoreError> {
    let mut values: Vec<Value> =
        vec![tenant.as_str().into(), after.0.into(), after.0.into(), after.1.0.to_vec().into()];
    let mut sql = "SELECT complaint_id, payload FROM complaint_state
                   WHERE tenant = ? AND next_due_at >= ? AND (next_due_at > ? OR complaint_id > ?)"
        .to_owned();
    if !filter.include_ended {
        sql.push_str(" AND next_due_at < ?");
        values.push(ENDED.into());
    }
    if let Some(person) = filter.person {
        sql.push_str(" AND person_id = ?");
        values.push(person.0.to_vec().into());
    }
    if filter.breached_only {
        sql.push_str(" AND breached");
    }
    if !filter.states.is_empty() {
        let marks = vec!["?"; filter.states.len()].join(", ");
        sql.push_str(&format!(" AND state IN ({marks})"));
        values.extend(filter.states.iter().map(|state| i64::from(*state).into()));
    }
    sql.push_str(" ORDER BY next_due_at, complaint_id LIMIT ?");
    values.push(most.into());
    let rows = query.all(&sql, values).await?;
    rows.iter().map(|row| Ok((ComplaintId(row.id(0)?), read(row, 1)?))).collect()
}

fn read(row: &Row, column: usize) -> Result<Complaint, StoreError> {
    let payload: Vec<u8> = row.get(column)?;
    Complaint::decode(payload.as_slice()).map_err(|_| StoreError::Row("complaint_state.payload".to_owned()))
}
