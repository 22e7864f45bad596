//! Which ranges this process works on.

use std::collections::BTreeMap;

use tenure_store::{Dialect, Query, StoreError};

use super::{
    lease::{self, Claimant},
    projection::Projection,
    supervisor::Following,
};

impl<P: Projection> Following<P> {
    pub(super) fn claimant(&self) -> Claimant {
        // A SQLite folder belongs to one process, which holds its lock.
        let alone = self.store().dialect() == Dialect::Sqlite;
        Claimant { projection: self.name(), holder: self.holder, alone }
    }

    /// Holds our share of the ranges: each with the epoch of its lease.
    pub(super) async fn hold(&self) -> Result<BTreeMap<u16, i64>, StoreError> {
        let (store, claimant, now) = (self.store(), self.claimant(), self.shared.clock.now());
        let (share, mut ripe) = if claimant.alone {
            (usize::from(self.shared.ranges), false)
        } else {
            let (present, ripe) = lease::replicas(store, &claimant, now).await?;
            (lease::share(self.shared.ranges, &present, self.holder), ripe)
        };
        let leases = lease::list(store, self.name()).await?;
        let mut held = BTreeMap::new();
        let mut free = Vec::new();
        for range in 0..self.shared.ranges {
            match leases.iter().find(|lease| lease.range == i64::from(range)) {
                Some(lease) if lease.holder == self.holder && lease.expires_at.0 != 0 => {
                    held.insert(range, lease.epoch);
                    ripe |= !claimant.alone && lease.is_ripe(now);
                }
                Some(lease) if !claimant.alone && lease.expires_at >= now => {}
                _ => free.push(range),
            }
        }
        let given_up = held.len() > share;
        while held.len() > share
            && let Some((range, _)) = held.pop_last()
        {
            lease::release(store, &claimant, i64::from(range)).await?;
        }
        if given_up {
            self.shared.bulletin.leases_given_up().await?;
        }
        for range in free.into_iter().take(share.saturating_sub(held.len())) {
            if let Some(epoch) = lease::take(store, &claimant, i64::from(range), now).await? {
                held.insert(range, epoch);
            }
        }
        if ripe {
            lease::renew(store, &claimant, now).await?;
        }
        Ok(held)
    }
}
