//! Leases: which process works on a range of partitions. An epoch fences off a holder that did not notice its loss.

use std::{collections::BTreeSet, time::Duration};

use tenure_kernel::Timestamp;
use tenure_store::{Query, Store, StoreError, Tx};

/// How long a lease holds without renewal.
pub(crate) const TERM: Duration = Duration::from_secs(6);
/// How much is left of it when it is renewed.
const RENEWED_AT: Duration = Duration::from_secs(4);

/// Who wants to hold the ranges of a projection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claimant {
    pub(crate) projection: &'static str,
    pub(crate) holder: [u8; 16],
    /// Whether this process has the database to itself, so that any other holder is a dead one.
    pub(crate) alone: bool,
}

/// A lease as it is stored.
pub(crate) struct Lease {
    pub(crate) range: i64,
    pub(crate) holder: [u8; 16],
    pub(crate) epoch: i64,
    pub(crate) expires_at: Timestamp,
}

impl Lease {
    pub(crate) fn is_ripe(&self, now: Timestamp) -> bool {
        self.expires_at < now.plus(RENEWED_AT)
    }
}

/// Lets one process at a time touch many of a projection's checkpoints. Followers touch one each and need no lock: whoever
/// holds several rows waits for them alone, so that nobody waits in a circle.
pub(crate) async fn lock(tx: &Tx, projection: &str) -> Result<(), StoreError> {
    tx.lock(&format!("journal-projection-{projection}")).await
}

/// Every lease of a projection.
pub(crate) async fn list(store: &Store, projection: &str) -> Result<Vec<Lease>, StoreError> {
    let sql = "SELECT range_index, holder, epoch, expires_at FROM lease WHERE projection = ? ORDER BY range_index";
    let rows = store.all(sql, vec![projection.into()]).await?;
    rows.iter()
        .map(|row| {
            let expires_at = Timestamp(row.get(3)?);
            Ok(Lease { range: row.get(0)?, holder: row.id(1)?, epoch: row.get(2)?, expires_at })
        })
        .collect()
}

/// Takes a lease that is free or has run out: its epoch, or `None` when another was quicker.
pub(crate) async fn take(
    store: &Store,
    claimant: &Claimant,
    range: i64,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let sql = "INSERT INTO lease (projection, range_index, holder, epoch, expires_at) VALUES (?, ?, ?, 1, ?)
        ON CONFLICT (projection, range_index) DO UPDATE SET holder = excluded.holder, epoch = lease.epoch + 1,
            expires_at = excluded.expires_at
        WHERE lease.expires_at < ?
        RETURNING epoch";
    let expired_before = if claimant.alone { i64::MAX } else { now.0 };
    let tx = store.begin().await?;
    lock(&tx, claimant.projection).await?;
    let values = vec![
        claimant.projection.into(),
        range.into(),
        claimant.holder.to_vec().into(),
        now.plus(TERM).0.into(),
        expired_before.into(),
    ];
    let Some(row) = tx.first(sql, values).await? else {
        tx.rollback().await?;
        return Ok(None);
    };
    let epoch: i64 = row.get(0)?;
    fence(&tx, claimant.projection, range, epoch).await?;
    tx.commit().await?;
    Ok(Some(epoch))
}

/// From here on the former holder's steps no longer count.
async fn fence(tx: &Tx, projection: &str, range: i64, epoch: i64) -> Result<(), StoreError> {
    let sql = "UPDATE checkpoint SET lease_epoch = CASE
            WHEN generation = (SELECT active FROM projection WHERE name = ?) THEN ?
            WHEN generation = (SELECT building FROM projection WHERE name = ?) THEN ?
            ELSE 0 END
        WHERE projection = ? AND range_index = ?";
    let values =
        vec![projection.into(), epoch.into(), projection.into(), (-epoch).into(), projection.into(), range.into()];
    tx.execute(sql, values).await.map(|_| ())
}

/// Whether a lease is still ours; if so it stays ours until the transaction ends.
pub(crate) async fn confirm(tx: &Tx, claimant: &Claimant, range: i64, epoch: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE lease SET epoch = epoch WHERE projection = ? AND range_index = ? AND holder = ? AND epoch = ?";
    let values = vec![claimant.projection.into(), range.into(), claimant.holder.to_vec().into(), epoch.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Gives a lease up, so that another process may take it at once.
pub(crate) async fn release(store: &Store, claimant: &Claimant, range: i64) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    let sql = "UPDATE lease SET expires_at = 0 WHERE projection = ? AND range_index = ? AND holder = ?";
    tx.execute(sql, vec![claimant.projection.into(), range.into(), claimant.holder.to_vec().into()]).await?;
    tx.commit().await
}

/// Gives everything up.
pub(crate) async fn leave(store: &Store, claimant: &Claimant) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    for sql in [
        "UPDATE lease SET expires_at = 0 WHERE projection = ? AND holder = ?",
        "DELETE FROM replica WHERE projection = ? AND holder = ?",
    ] {
        tx.execute(sql, vec![claimant.projection.into(), claimant.holder.to_vec().into()]).await?;
    }
    tx.commit().await
}

/// The replicas that were seen within a term, and whether ours must be seen again soon.
pub(crate) async fn replicas(
    store: &Store,
    claimant: &Claimant,
    now: Timestamp,
) -> Result<(BTreeSet<[u8; 16]>, bool), StoreError> {
    let sql = "SELECT holder, expires_at FROM replica WHERE projection = ? AND expires_at >= ?";
    let mut present = BTreeSet::from([claimant.holder]);
    let mut ripe = true;
    for row in store.all(sql, vec![claimant.projection.into(), now.0.into()]).await? {
        let holder = row.id(0)?;
        if holder == claimant.holder {
            ripe = Timestamp(row.get(1)?) < now.plus(RENEWED_AT);
        }
        present.insert(holder);
    }
    Ok((present, ripe))
}

/// Renews all leases of a holder, and shows that it is there.
pub(crate) async fn renew(store: &Store, claimant: &Claimant, now: Timestamp) -> Result<(), StoreError> {
    let (projection, holder, until) = (claimant.projection, claimant.holder.to_vec(), now.plus(TERM).0);
    let tx = store.begin().await?;
    // Those that were given up just now stay given up.
    let sql = "UPDATE lease SET expires_at = ? WHERE projection = ? AND holder = ? AND expires_at <> 0";
    tx.execute(sql, vec![until.into(), projection.into(), holder.clone().into()]).await?;
    let sql = "INSERT INTO replica (projection, holder, expires_at) VALUES (?, ?, ?)
        ON CONFLICT (projection, holder) DO UPDATE SET expires_at = excluded.expires_at";
    tx.execute(sql, vec![projection.into(), holder.into(), until.into()]).await?;
    tx.execute("DELETE FROM replica WHERE projection = ? AND expires_at < ?", vec![projection.into(), now.0.into()])
        .await?;
    tx.commit().await
}

/// How many of the ranges a replica should hold, so that all hold as many, give or take one.
pub(crate) fn share(ranges: u16, present: &BTreeSet<[u8; 16]>, holder: [u8; 16]) -> usize {
    let (ranges, count) = (usize::from(ranges), present.len().max(1));
    let place = present.iter().position(|one| *one == holder).unwrap_or_default();
    ranges / count + usize::from(place < ranges % count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn shares_add_up_and_differ_by_one_at_most(ranges in 1_u16..=16, holders in prop::collection::btree_set(any::<[u8; 16]>(), 1..20)) {
            let shares: Vec<usize> = holders.iter().map(|holder| share(ranges, &holders, *holder)).collect();
            prop_assert_eq!(shares.iter().sum::<usize>(), usize::from(ranges));
            prop_assert!(shares.iter().max().unwrap() - shares.iter().min().unwrap() <= 1);
        }
    }
}
