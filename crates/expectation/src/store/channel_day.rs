//! How many permits were given for a channel on a day. Register: counts together with the reservations.

use tenure_kernel::{Tenant, Timestamp};
use tenure_store::{Query, StoreError, Tx, Value};

/// A channel on a day, and how many permits may be given for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChannelDay {
    pub(crate) channel: String,
    /// When the day began.
    pub(crate) day: Timestamp,
    pub(crate) cap: u32,
}

impl ChannelDay {
    fn values(&self, tenant: &Tenant) -> Vec<Value> {
        vec![tenant.as_str().into(), self.channel.as_str().into(), self.day.0.into()]
    }
}

/// Whether no more permits may be given.
pub(crate) async fn is_used_up(query: &impl Query, tenant: &Tenant, one: &ChannelDay) -> Result<bool, StoreError> {
    let sql = "SELECT permits FROM channel_day WHERE tenant = ? AND channel = ? AND day = ?";
    let row = query.first(sql, one.values(tenant)).await?;
    let given: i64 = row.map_or(Ok(0), |row| row.get(0))?;
    Ok(given >= i64::from(one.cap))
}

/// Counts a permit, if one more may be given; others wait until the transaction ends.
pub(crate) async fn count(tx: &Tx, tenant: &Tenant, one: &ChannelDay) -> Result<bool, StoreError> {
    if one.cap == 0 {
        return Ok(false);
    }
    let sql = "INSERT INTO channel_day (tenant, channel, day, permits) VALUES (?, ?, ?, 1)
               ON CONFLICT (tenant, channel, day) DO UPDATE SET permits = channel_day.permits + 1
               WHERE channel_day.permits < ?";
    let mut values = one.values(tenant);
    values.push(i64::from(one.cap).into());
    Ok(tx.execute(sql, values).await? > 0)
}
