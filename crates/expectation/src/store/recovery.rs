//! Recovery campaigns, and whom they were decided of. Registers: change together with an entry.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use tenure_kernel::{RecordId, Tenant, Timestamp};
use tenure_proto::expectation::v1::RecoveryCampaign;
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx, Value};

use crate::domain::recovery::{Decided, Ground, Group};

const CAMPAIGN: &[(&str, Kind)] = &[("tenant", Kind::Text), ("campaign_code", Kind::Text), ("payload", Kind::Bytes)];
const DECISION: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("campaign_code", Kind::Text),
    ("record_id", Kind::Bytes),
    ("held_out", Kind::Bool),
    ("redress_owed", Kind::Bool),
    ("decided_at", Kind::Int),
];
const COLUMNS: &str = "record_id, held_out, redress_owed, decided_at, campaign_code";

/// The decisions of a campaign, by record.
pub(crate) type Decisions = BTreeMap<RecordId, Decided>;

pub(crate) async fn define(tx: &Tx, tenant: &Tenant, campaign: &RecoveryCampaign) -> Result<(), StoreError> {
    let mut insert = Insert::new("recovery_campaign", CAMPAIGN);
    let code = campaign.campaign_code.as_str();
    insert.row([tenant.as_str().into(), code.into(), campaign.encode_to_vec().into()]);
    tx.insert(insert).await.map(|_| ())
}

pub(crate) async fn campaign(
    query: &impl Query,
    tenant: &Tenant,
    code: &str,
) -> Result<Option<RecoveryCampaign>, StoreError> {
    let sql = "SELECT payload FROM recovery_campaign WHERE tenant = ? AND campaign_code = ?";
    let row = query.first(sql, vec![tenant.as_str().into(), code.into()]).await?;
    let read = |payload: Vec<u8>| RecoveryCampaign::decode(payload.as_slice());
    row.map(|row| read(row.get(0)?).map_err(|_| StoreError::Row("recovery_campaign.payload".to_owned()))).transpose()
}

pub(crate) async fn decide(tx: &Tx, tenant: &Tenant, code: &str, decisions: &Decisions) -> Result<(), StoreError> {
    let mut insert = Insert::new("recovery_decision", DECISION);
    for (record, decided) in decisions {
        insert.row([
            tenant.as_str().into(),
            code.into(),
            record.0.to_vec().into(),
            (decided.group == Group::HoldOut).into(),
            (decided.ground == Ground::RedressOwed).into(),
            decided.at.0.into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// What was decided of records by a campaign.
pub(crate) async fn of_records(
    query: &impl Query,
    tenant: &Tenant,
    code: &str,
    records: &BTreeSet<RecordId>,
) -> Result<Decisions, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM recovery_decision WHERE tenant = ? AND campaign_code = ? AND record_id {{keys}}"
    );
    let rows = query.by_keys(&sql, vec![tenant.as_str().into(), code.into()], super::keys(records)).await?;
    rows.iter().map(read).collect()
}

/// What was decided of records by any campaign, with its code.
pub(crate) async fn of_all(
    query: &impl Query,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<Vec<(RecordId, String, Decided)>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM recovery_decision WHERE tenant = ? AND record_id {{keys}}");
    let rows = query.by_keys(&sql, vec![tenant.as_str().into()], super::keys(records)).await?;
    rows.iter().map(|row| read(row).and_then(|(record, one)| Ok((record, row.get(4)?, one)))).collect()
}

/// The decisions of a campaign behind a record, by record.
pub(crate) async fn after(
    query: &impl Query,
    tenant: &Tenant,
    code: &str,
    (after, limit): (RecordId, i64),
) -> Result<Decisions, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM recovery_decision
         WHERE tenant = ? AND campaign_code = ? AND record_id > ? ORDER BY record_id LIMIT ?"
    );
    let values: Vec<Value> = vec![tenant.as_str().into(), code.into(), after.0.to_vec().into(), limit.into()];
    query.all(&sql, values).await?.iter().map(read).collect()
}

/// Drops what was decided of erased records: how many rows.
pub(crate) async fn drop(tx: &Tx, tenant: &Tenant, records: &[RecordId]) -> Result<u64, StoreError> {
    let sql = "DELETE FROM recovery_decision WHERE tenant = ? AND record_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], super::keys(records)).await
}

fn read(row: &Row) -> Result<(RecordId, Decided), StoreError> {
    let group = if row.get(1)? { Group::HoldOut } else { Group::Treat };
    let ground = if row.get(2)? { Ground::RedressOwed } else { Ground::Drawn };
    Ok((RecordId(row.id(0)?), Decided { at: Timestamp(row.get(3)?), group, ground }))
}
