//! Retention policies and runs. Registers: they change only together with a `RetentionDefined` or `RetentionRunChanged` entry in our journal.

use prost::Message;
use tenure_kernel::{PersonId, RetentionRunId, Tenant, Timestamp};
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

use super::right::Asked;
use crate::{
    domain::retention::{Policy, Run},
    retention_event,
};

const POLICY: &[(&str, Kind)] = &[("tenant", Kind::Text), ("version", Kind::Int), ("payload", Kind::Bytes)];
const RUN: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("run_id", Kind::Bytes),
    ("request_id", Kind::Text),
    ("body", Kind::Text),
    ("began_at", Kind::Int),
    ("after_person", Kind::Bytes),
    ("payload", Kind::Bytes),
];

/// Has those who define policies of a tenant do so one after the other.
pub(crate) async fn lock(tx: &Tx, tenant: &Tenant) -> Result<(), StoreError> {
    tx.lock(&format!("profile-retention-{tenant}")).await
}

/// Keeps a policy.
pub(crate) async fn add_policy(tx: &Tx, tenant: &Tenant, policy: &Policy) -> Result<(), StoreError> {
    let mut insert = Insert::new("retention_policy", POLICY);
    let payload = retention_event::policy(policy).encode_to_vec();
    insert.row([tenant.as_str().into(), i64::from(policy.version).into(), payload.into()]);
    tx.insert(insert).await.map(|_| ())
}

/// A version of the policy; `None`: the newest.
pub(crate) async fn policy(
    query: &impl Query,
    tenant: &Tenant,
    version: Option<i32>,
) -> Result<Option<Policy>, StoreError> {
    let sql = "SELECT payload FROM retention_policy WHERE tenant = ? AND version BETWEEN ? AND ? ORDER BY version DESC LIMIT 1";
    let (least, most) = version.map_or((0, i32::MAX), |version| (version, version));
    let row = query.first(sql, vec![tenant.as_str().into(), i64::from(least).into(), i64::from(most).into()]).await?;
    row.map(|row| read(&row, retention_event::read_policy)).transpose()
}

/// Keeps a run that begins. Answers whether it did: not where the request was answered before.
pub(crate) async fn add_run(tx: &Tx, tenant: &Tenant, run: &Run, asked: Asked) -> Result<bool, StoreError> {
    let mut insert = Insert::new("retention_run", RUN).on_conflict("(tenant, request_id) DO NOTHING");
    insert.row([
        tenant.as_str().into(),
        run.id.0.to_vec().into(),
        asked.request_id.into(),
        asked.body.into(),
        run.began_at.0.into(),
        after(run).into(),
        retention_event::run(run).encode_to_vec().into(),
    ]);
    Ok(tx.insert(insert).await? > 0)
}

/// Writes how far a run is.
pub(crate) async fn update_run(tx: &Tx, tenant: &Tenant, run: &Run) -> Result<(), StoreError> {
    let sql = "UPDATE retention_run SET after_person = ?, payload = ? WHERE tenant = ? AND run_id = ?";
    let payload = retention_event::run(run).encode_to_vec();
    let values = vec![after(run).into(), payload.into(), tenant.as_str().into(), run.id.0.to_vec().into()];
    tx.execute(sql, values).await.map(|_| ())
}

/// A run by its id.
pub(crate) async fn run(query: &impl Query, tenant: &Tenant, id: RetentionRunId) -> Result<Option<Run>, StoreError> {
    let sql = "SELECT payload, after_person FROM retention_run WHERE tenant = ? AND run_id = ?";
    let row = query.first(sql, vec![tenant.as_str().into(), id.0.to_vec().into()]).await?;
    row.map(|row| read_run(&row)).transpose()
}

/// Runs, the newest first, those before a place.
pub(crate) async fn runs(
    query: &impl Query,
    tenant: &Tenant,
    before: Option<(Timestamp, RetentionRunId)>,
    limit: usize,
) -> Result<Vec<Run>, StoreError> {
    let (at, id) = before.unwrap_or((Timestamp(i64::MAX), RetentionRunId([255; 16])));
    let sql = "SELECT payload, after_person FROM retention_run
               WHERE tenant = ? AND began_at <= ? AND (began_at < ? OR run_id < ?)
               ORDER BY began_at DESC, run_id DESC LIMIT ?";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = vec![tenant.as_str().into(), at.0.into(), at.0.into(), id.0.to_vec().into(), limit.into()];
    query.all(sql, values).await?.iter().map(read_run).collect()
}

/// What answered a request, and what was asked for.
pub(crate) async fn of_request(
    query: &impl Query,
    tenant: &Tenant,
    request_id: &str,
) -> Result<Option<(String, Run)>, StoreError> {
    let sql = "SELECT payload, after_person, body FROM retention_run WHERE tenant = ? AND request_id = ?";
    let row = query.first(sql, vec![tenant.as_str().into(), request_id.into()]).await?;
    row.map(|row| Ok((row.get(2)?, read_run(&row)?))).transpose()
}

fn read_run(row: &Row) -> Result<Run, StoreError> {
    let after = PersonId::from_slice(&row.get::<Vec<u8>>(1)?).ok();
    Ok(Run { after, ..read(row, retention_event::read_run)? })
}

fn after(run: &Run) -> Vec<u8> {
    run.after.map_or_else(Vec::new, |person| person.0.to_vec())
}

fn read<M: Message + Default, T>(row: &Row, read: fn(M) -> Option<T>) -> Result<T, StoreError> {
    let message = M::decode(row.get::<Vec<u8>>(0)?.as_slice()).ok();
    message.and_then(read).ok_or_else(|| StoreError::Row("retention payload".to_owned()))
}
