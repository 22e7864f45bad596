//! The epoch of what other processes may keep of our answers, and the servers that keep it. A writer that can't tell them what
//! it changes gives the epoch another value in the transaction of the change, and nothing kept before is trusted any more.

use tenure_store::{Query, StoreError, Tx};

const PLACE: i64 = 1;

/// What processes agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub(crate) epoch: [u8; 16],
    /// A digest of the servers; empty before anybody found one.
    pub(crate) servers: Vec<u8>,
    /// The generation that is read.
    pub(crate) generation: i64,
}

/// Makes the first epoch, unless there is one.
pub(crate) async fn begin(tx: &Tx, epoch: [u8; 16]) -> Result<(), StoreError> {
    let sql = "INSERT INTO hot_epoch (place, epoch, servers) VALUES (?, ?, ?) ON CONFLICT (place) DO NOTHING";
    tx.execute(sql, vec![PLACE.into(), epoch.to_vec().into(), Vec::<u8>::new().into()]).await.map(|_| ())
}

/// Gives the epoch another value.
pub(crate) async fn renew(tx: &Tx, epoch: [u8; 16]) -> Result<(), StoreError> {
    let sql = "UPDATE hot_epoch SET epoch = ? WHERE place = ?";
    tx.execute(sql, vec![epoch.to_vec().into(), PLACE.into()]).await.map(|_| ())
}

/// Names other servers, with another epoch, unless somebody was quicker.
pub(crate) async fn move_to(tx: &Tx, from: &Agreed, epoch: [u8; 16], servers: &[u8]) -> Result<(), StoreError> {
    let sql = "UPDATE hot_epoch SET epoch = ?, servers = ? WHERE place = ? AND epoch = ?";
    let values = vec![epoch.to_vec().into(), servers.to_vec().into(), PLACE.into(), from.epoch.to_vec().into()];
    tx.execute(sql, values).await.map(|_| ())
}

/// What is agreed on now.
pub(crate) async fn read(query: &impl Query) -> Result<Agreed, StoreError> {
    let sql =
        "SELECT h.epoch, h.servers, p.active FROM hot_epoch h, projection p WHERE h.place = ? AND p.name = 'profile'";
    let row = query.first(sql, vec![PLACE.into()]).await?;
    let row = row.ok_or_else(|| StoreError::Row("no hot_epoch".to_owned()))?;
    Ok(Agreed { epoch: row.id(0)?, servers: row.get(1)?, generation: row.get(2)? })
}
